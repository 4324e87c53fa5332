/* The command line, and the order in which its settings count. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int parse(const char *const *arguments, struct inf_options *ret, struct inf_error *err)
{
    char *argv[16] = {(char *)"inferd"};
    int argc = 1;

    for (; arguments[argc - 1] != NULL; argc++)
        argv[argc] = (char *)arguments[argc - 1];
    return inf_options_parse(argc, argv, ret, err);
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_settings(void **state)
{
    struct inf_options options;
    struct inf_error err;
    (void)state;
    assert_int_equal(parse(ARGS("-c", "f.yml", "-E", "a=1", "-Eb=2", "-E", "c="), &options, &err),
                     0);
    assert_int_equal(options.action, INF_ACTION_SERVE);
    assert_string_equal(options.config_path, "f.yml");
    assert_int_equal(options.assignment_count, 3);
    assert_string_equal(options.assignments[0], "a=1");
    assert_string_equal(options.assignments[1], "b=2");
    assert_string_equal(options.assignments[2], "c=");
    inf_options_fini(&options);
    assert_int_equal(parse(ARGS("--config=g.yml"), &options, &err), 0);
    assert_string_equal(options.config_path, "g.yml");
    inf_options_fini(&options);
    assert_int_equal(parse(ARGS(NULL), &options, &err), 0);
    assert_null(options.config_path);
    assert_int_equal(options.assignment_count, 0);
    inf_options_fini(&options);
}

static void test_actions(void **state)
{
    static const struct {
        const char *argument;
        enum inf_action action;
    } cases[] = {{"--help", INF_ACTION_HELP},
                 {"-h", INF_ACTION_HELP},
                 {"--version", INF_ACTION_VERSION},
                 {"-V", INF_ACTION_VERSION},
                 {"--print-config", INF_ACTION_PRINT_CONFIG},
                 {"--print-config-docs", INF_ACTION_PRINT_CONFIG_DOCS},
                 {"--print-config-sample", INF_ACTION_PRINT_CONFIG_SAMPLE},
                 {"--print-routes", INF_ACTION_PRINT_ROUTES}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct inf_options options;
        struct inf_error err;

        assert_int_equal(parse(ARGS("-E", "a=1", cases[i].argument), &options, &err), 0);
        assert_int_equal(options.action, cases[i].action);
        assert_int_equal(options.assignment_count, 1);
        inf_options_fini(&options);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *argument, *reason;
    } cases[] = {{"--prnt-config", "unknown argument [--prnt-config]; see inferd --help"},
                 {"inferd.yml", "unknown argument [inferd.yml]; see inferd --help"},
                 {"--help=1", "unknown argument [--help=1]; see inferd --help"},
                 {"", "unknown argument []; see inferd --help"},
                 {"-c", "option [-c] needs a value: -c FILE"},
                 {"-E", "option [-E] needs a value: -E NAME=VALUE"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct inf_options options;
        struct inf_error err;

        assert_int_equal(parse(ARGS(cases[i].argument), &options, &err), -1);
        assert_string_equal(err.reason, cases[i].reason);
        inf_options_fini(&options);
    }
}

static void test_help_names_all(void **state)
{
    static const char *const names[] = {"-c, --config FILE",   "-E NAME=VALUE",  "--print-config ",
                                        "--print-config-docs", "--print-routes", "-V, --version",
                                        "-h, --help"};
    struct inf_buf help;
    (void)state;
    inf_buf_init(&help, 1 << 16);
    inf_options_print_help(&help);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(strstr(help.data, names[i]));
    inf_buf_free(&help);
}

static void write_file(char path[], const char *text)
{
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void test_precedence(void **state)
{
    char path[] = "/tmp/inferd-options-XXXXXX";
    struct inf_options options;
    struct inf_config *config;
    struct inf_error err;
    (void)state;
    write_file(path, "cluster.name: file\nhttp.port: 1234\n");
    assert_int_equal(
        parse(ARGS("-E", "http.port=1", "-c", path, "-E", "http.port=2"), &options, &err), 0);
    assert_int_equal(inf_options_load_config(&options, &config, &err), 0);
    assert_string_equal(inf_config_string(config, "cluster.name"), "file");
    assert_int_equal(inf_config_int(config, "http.port"), 2);
    assert_int_equal(inf_config_int(config, "http.max_connections"), 1024);
    inf_config_free(config);
    inf_options_fini(&options);
    unlink(path);
    assert_int_equal(parse(ARGS("-c", path), &options, &err), 0);
    assert_int_equal(inf_options_load_config(&options, &config, &err), -1);
    assert_non_null(strstr(err.reason, path));
    inf_options_fini(&options);
}

static void test_node_name(void **state)
{
    char host[256] = "";
    struct inf_options options;
    struct inf_config *config;
    struct inf_error err;
    (void)state;
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    assert_int_equal(parse(ARGS("-E", "node.name="), &options, &err), 0);
    assert_int_equal(inf_options_load_config(&options, &config, &err), 0);
    assert_string_equal(inf_config_string(config, "node.name"), host);
    inf_config_free(config);
    inf_options_fini(&options);
    assert_int_equal(parse(ARGS("-E", "node.name=n1"), &options, &err), 0);
    assert_int_equal(inf_options_load_config(&options, &config, &err), 0);
    assert_string_equal(inf_config_string(config, "node.name"), "n1");
    inf_config_free(config);
    inf_options_fini(&options);
}

static void test_bad_setting(void **state)
{
    struct inf_options options;
    struct inf_config *config;
    struct inf_error err;
    (void)state;
    assert_int_equal(parse(ARGS("-E", "http.prt=1"), &options, &err), 0);
    assert_int_equal(inf_options_load_config(&options, &config, &err), -1);
    assert_non_null(strstr(err.reason, "http.prt"));
    inf_options_fini(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),    cmocka_unit_test(test_actions),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_help_names_all),
        cmocka_unit_test(test_precedence),  cmocka_unit_test(test_node_name),
        cmocka_unit_test(test_bad_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
