/* config_print.c - the table in words: --print-config, the sample file and docs/configuration.md.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_value.h"
#include "inferd/alloc.h"

#include <stdlib.h>
#include <string.h>

#define COMMENT_WIDTH 96

void inf_config_print(const struct inf_config *config, struct inf_buf *out)
{
    for (size_t i = 0; i < config->count; i++) {
        inf_buf_printf(out, "%s: ", inf_settings[i].name);
        inf_config_value_print(&inf_settings[i], &config->values[i], out);
        inf_buf_puts(out, "\n");
    }
}

static void print_default(const struct inf_setting *setting, struct inf_buf *out)
{
    struct inf_config_value value = {0};
    struct inf_error err;
    if (inf_config_value_parse(setting, setting->dflt, &value, &err)) {
        abort(); /* a default that its own row forbids */
    }
    inf_config_value_print(setting, &value, out);
    free(value.text);
}

/* The first part of a name: settings are grouped by it. */
static size_t group_length(const char *name)
{
    return strcspn(name, ".");
}

static bool starts_group(size_t i)
{
    const char *name = inf_settings[i].name;
    size_t length = group_length(name);
    return i == 0 || strncmp(inf_settings[i - 1].name, name, length + 1) != 0;
}

/* ---- the sample file ---- */

/* Lines of "# " and whole words, none longer than COMMENT_WIDTH unless a word is. */
static void print_comment(const char *text, struct inf_buf *out)
{
    size_t column = 0;
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column > 0 && column + 1 + word > COMMENT_WIDTH) {
            inf_buf_puts(out, "\n");
            column = 0;
        }
        inf_buf_puts(out, column > 0 ? " " : "# ");
        inf_buf_append(out, text, word);
        column += word + (column > 0 ? 1 : 2);
        text += word;
        text += strspn(text, " ");
    }
    inf_buf_puts(out, "\n");
}

static void print_sample_setting(const struct inf_setting *setting, struct inf_buf *out)
{
    struct inf_buf text;
    inf_buf_puts(out, "\n");
    print_comment(setting->doc, out);
    inf_buf_init(&text, INF_REASON_MAX);
    inf_buf_puts(&text, "Allowed: ");
    inf_config_allowed(setting, &text);
    inf_buf_puts(&text, setting->dynamic ? ". Can change while the daemon runs." : ".");
    print_comment(text.data, out);
    inf_buf_free(&text);
    inf_buf_printf(out, "#%s: ", setting->name);
    print_default(setting, out);
    inf_buf_puts(out, "\n");
}

void inf_config_print_sample(struct inf_buf *out)
{
    inf_buf_puts(out, "# SPDX-License-Identifier: Apache-2.0\n"
                      "# Settings of inferd. Every one stands here with its default, commented "
                      "out. Start with\n"
                      "#     inferd -c inferd.yml\n"
                      "# and override single settings with -E name=value.\n");
    for (size_t i = 0; inf_settings[i].name; i++) {
        print_sample_setting(&inf_settings[i], out);
    }
}

/* ---- docs/configuration.md ---- */

static const char docs_intro[] =
    "# Configuration\n"
    "\n"
    "This page is printed by the program from its table of settings "
    "(`src/base/config_table.c`).\n"
    "\n"
    "Settings come from five places; a later one wins:\n"
    "\n"
    "1. the defaults below,\n"
    "2. the YAML file named by `-c FILE`,\n"
    "3. `-E name=value` on the command line, as often as needed,\n"
    "4. `persistent` values of `PUT /_cluster/settings`, which survive a restart,\n"
    "5. `transient` values of `PUT /_cluster/settings`, which last until the daemon ends.\n"
    "\n"
    "In the file, names may be written with dots or nested; these two say the same:\n"
    "\n"
    "```yaml\n"
    "http.port: 9201\n"
    "```\n"
    "\n"
    "```yaml\n"
    "http:\n"
    "  port: 9201\n"
    "```\n"
    "\n"
    "An unknown setting, a value of the wrong type or out of range, or a setting given twice in\n"
    "the file stops the start with a message that names the file, the line, the setting, its\n"
    "value and what is allowed. `inferd --print-config` prints the values in force, as YAML that\n"
    "can be used as a file; `config/inferd.yml` is a file with every setting commented out at its\n"
    "default.\n"
    "\n"
    "Times take a unit: `ms`, `s`, `m`, `h` or `d`. Sizes take `b`, `kb`, `mb`, `gb`, `tb` or "
    "`pb`\n"
    "(powers of 1024).\n"
    "\n"
    "Settings marked *dynamic* can change while the daemon runs: by `PUT /_cluster/settings`, "
    "which\n"
    "takes these and no others, or when the daemon receives SIGHUP and reads its file again. A\n"
    "change of any other in the file is logged and waits for a restart. A value given over the "
    "API\n"
    "stays in force whatever the file says, until it is reset with `null`; then the file's "
    "counts.\n"
    "The API takes `logger.<name>`, too, with the choices of `logger.level`: Elasticsearch's\n"
    "clients set the levels of its loggers. The most verbose of all these levels is used.\n";

static const char *type_name(enum inf_setting_type type)
{
    static const char *const names[] = {
        [INF_S_STRING] = "text", [INF_S_INT] = "integer", [INF_S_BOOL] = "boolean",
        [INF_S_TIME] = "time",   [INF_S_BYTES] = "size",  [INF_S_ENUM] = "choice",
    };
    return names[type];
}

static void print_docs_setting(const struct inf_setting *setting, struct inf_buf *out)
{
    inf_buf_printf(
        out, "\n### `%s`\n\n%s\n\n| type | default | allowed | dynamic |\n|---|---|---|---|\n",
        setting->name, setting->doc);
    inf_buf_printf(out, "| %s | `", type_name(setting->type));
    print_default(setting, out);
    inf_buf_puts(out, "` | ");
    inf_config_allowed(setting, out);
    inf_buf_printf(out, " | %s |\n", setting->dynamic ? "yes" : "no");
}

void inf_config_print_docs(struct inf_buf *out)
{
    inf_buf_puts(out, docs_intro);
    for (size_t i = 0; inf_settings[i].name; i++) {
        const char *name = inf_settings[i].name;
        if (starts_group(i)) {
            inf_buf_printf(out, "\n## %.*s\n", (int)group_length(name), name);
        }
        print_docs_setting(&inf_settings[i], out);
    }
}
