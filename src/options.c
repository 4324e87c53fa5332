/* options.c - the command line, and the settings that it leads to.
 *
 * One table has the options; parsing and the help text come from it. getopt is not used: it keeps
 * its position in globals and prints complaints by itself. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST_NAME_SIZE 256

enum kind { SETTING, CONFIG_FILE, FILE_ACTION, STATE_ACTION, ACTION };

static const struct {
    const char *short_name, *long_name; /* NULL: there is none */
    enum kind kind;
    enum inf_action action;
    const char *value, *doc;
} table[] = {
    {"-c", "--config", CONFIG_FILE, INF_ACTION_SERVE, "FILE", "read settings from this YAML file"},
    {"-E", NULL, SETTING, INF_ACTION_SERVE, "NAME=VALUE",
     "set one setting; overrides the file, may be repeated"},
    {NULL, "--print-config", ACTION, INF_ACTION_PRINT_CONFIG, NULL,
     "print the settings in force as YAML"},
    {NULL, "--print-config-docs", ACTION, INF_ACTION_PRINT_CONFIG_DOCS, NULL,
     "print the settings' documentation in Markdown"},
    {NULL, "--print-config-sample", ACTION, INF_ACTION_PRINT_CONFIG_SAMPLE, NULL,
     "print a settings file with every setting commented out at its default"},
    {NULL, "--print-routes", ACTION, INF_ACTION_PRINT_ROUTES, NULL,
     "print the API's documentation in Markdown"},
    {NULL, "--print-openapi", ACTION, INF_ACTION_PRINT_OPENAPI, NULL,
     "print the API as an OpenAPI 3.1 document"},
    {NULL, "--print-roles", ACTION, INF_ACTION_PRINT_ROLES, NULL,
     "print the built-in roles in Markdown"},
    {NULL, "--hash-password", ACTION, INF_ACTION_HASH_PASSWORD, NULL,
     "read a password from standard input and print its hash, for "
     "xpack.security.elastic_password_hash_file"},
    {NULL, "--vet", FILE_ACTION, INF_ACTION_VET, "FILE",
     "say what an upload of this definition would be told, and print the report as JSON; exit "
     "status 0 "
     "if it is accepted, 1 if not, 2 if it cannot be looked at"},
    {NULL, "--migrate-state", STATE_ACTION, INF_ACTION_MIGRATE_STATE, "etcd|embedded",
     "move the state in path.data to the etcd of cluster.etcd.*, or what is there back into "
     "path.data; no inferd may be running on it"},
    {"-V", "--version", ACTION, INF_ACTION_VERSION, NULL,
     "print the versions of inferd and its engine"},
    {"-h", "--help", ACTION, INF_ACTION_HELP, NULL, "print this text"},
};

#define ROWS (sizeof table / sizeof table[0])

/* The row that argument names; *ret_value is what is glued to it ("-Ea=b", "--config=f"), or NULL.
 */
static size_t find(const char *argument, const char **ret_value)
{
    for (size_t i = 0; i < ROWS; i++) {
        const char *short_name = table[i].short_name, *long_name = table[i].long_name;
        size_t length = long_name != NULL ? strlen(long_name) : 0;

        *ret_value = NULL;
        if ((long_name != NULL && strcmp(argument, long_name) == 0) ||
            (short_name != NULL && strcmp(argument, short_name) == 0))
            return i;
        if (table[i].value == NULL)
            continue;
        if (long_name != NULL && strncmp(argument, long_name, length) == 0 &&
            argument[length] == '=') {
            *ret_value = argument + length + 1;
            return i;
        }
        if (short_name != NULL && strncmp(argument, short_name, 2) == 0) {
            *ret_value = argument + 2;
            return i;
        }
    }
    return ROWS;
}

static void apply(struct inf_options *options, size_t row, const char *value)
{
    switch (table[row].kind) {
    case SETTING:
        options->assignments[options->assignment_count++] = value;
        break;
    case CONFIG_FILE:
        options->config_path = value;
        break;
    case FILE_ACTION:
        options->vet_path = value;
        options->action = table[row].action;
        break;
    case STATE_ACTION:
        options->migrate_to = value;
        options->action = table[row].action;
        break;
    case ACTION:
        options->action = table[row].action;
        break;
    }
}

int inf_options_parse(int argc, char *const argv[], struct inf_options *ret, struct inf_error *err)
{
    *ret = (struct inf_options){.action = INF_ACTION_SERVE};
    ret->assignments = inf_alloc((size_t)argc + 1, sizeof *ret->assignments);
    for (int i = 1; i < argc; i++) {
        const char *value;
        size_t row = find(argv[i], &value);

        if (row == ROWS)
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                 "unknown argument [%s]; see inferd --help", argv[i]);
        if (table[row].value != NULL && value == NULL) {
            if (i + 1 == argc)
                return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                     "option [%s] needs a value: %s %s", argv[i], argv[i],
                                     table[row].value);
            value = argv[++i];
        }
        apply(ret, row, value);
    }
    return 0;
}

void inf_options_fini(struct inf_options *options)
{
    free(options->assignments);
    options->assignments = NULL;
}

void inf_options_print_help(struct inf_buf *out)
{
    inf_buf_puts(out,
                 "Usage: inferd [OPTION]...\n"
                 "Serves PyTorch models over HTTP with Elasticsearch's trained-model API.\n\n");
    for (size_t i = 0; i < ROWS; i++) {
        struct inf_buf name;

        inf_buf_init(&name, 128);
        inf_buf_printf(&name, "%s%s%s%s%s", table[i].short_name != NULL ? table[i].short_name : "",
                       table[i].short_name != NULL && table[i].long_name != NULL ? ", " : "",
                       table[i].long_name != NULL ? table[i].long_name : "",
                       table[i].value != NULL ? " " : "",
                       table[i].value != NULL ? table[i].value : "");
        inf_buf_printf(out, "  %-22s  %s\n", name.data, table[i].doc);
        inf_buf_free(&name);
    }
    inf_buf_puts(out, "\nSIGTERM drains and stops, SIGHUP reads the settings again.\n");
}

/* Whoever asks for the node's name gets one, so the host's name takes the empty one's place here.
 */
static int name_node(struct inf_config *config, struct inf_error *err)
{
    char assignment[HOST_NAME_SIZE + sizeof "node.name="] = "node.name=";
    size_t used = strlen(assignment);

    if (inf_config_string(config, "node.name")[0] != '\0')
        return 0;
    if (gethostname(assignment + used, HOST_NAME_SIZE) != 0 || assignment[used] == '\0')
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "this host has no name; set [node.name]");
    assignment[sizeof assignment - 1] = '\0';
    return inf_config_override(config, assignment, err);
}

int inf_options_load_config(const struct inf_options *options, struct inf_config **ret,
                            struct inf_error *err)
{
    struct inf_config *config = inf_config_new();
    int rc = options->config_path != NULL ? inf_config_load(config, options->config_path, err) : 0;

    for (size_t i = 0; rc == 0 && i < options->assignment_count; i++)
        rc = inf_config_override(config, options->assignments[i], err);
    if (rc == 0)
        rc = name_node(config, err);
    if (rc != 0) {
        inf_config_free(config);
        return -1;
    }
    *ret = config;
    return 0;
}
