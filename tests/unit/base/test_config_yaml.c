/* Configuration files: both spellings, and every way to get one wrong. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/config.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/test_config_yaml_XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_file(const char *text, size_t length)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static struct inf_config *load(const char *text)
{
    struct inf_config *config = inf_config_new();
    struct inf_error err;
    write_file(text, strlen(text));
    if (inf_config_load(config, path, &err)) {
        fail_msg("%s", err.reason);
    }
    return config;
}

static void test_both_spellings(void **state)
{
    (void)state;
    struct inf_config *config = load("---\n"
                                     "# a comment\n"
                                     "cluster.name: \"my: cluster\"\n"
                                     "http:\n"
                                     "  port: 9201\n"
                                     "  max_content_length: 1mb\n"
                                     "xpack:\n"
                                     "  ml.max_deployments: '7'\n"
                                     "engine: {require_landlock: true, forward_timeout: 5s}\n"
                                     "logger:\n"
                                     "node.name: # nothing\n"
                                     "...\n");
    assert_string_equal(inf_config_string(config, "cluster.name"), "my: cluster");
    assert_int_equal(inf_config_int(config, "http.port"), 9201);
    assert_int_equal(inf_config_bytes(config, "http.max_content_length"), 1 << 20);
    assert_int_equal(inf_config_int(config, "xpack.ml.max_deployments"), 7);
    assert_true(inf_config_bool(config, "engine.require_landlock"));
    assert_int_equal(inf_config_ms(config, "engine.forward_timeout"), 5000);
    assert_string_equal(inf_config_string(config, "node.name"), "");
    inf_config_free(config);
}

static void test_nothing_in_it(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "# only a comment\n", "---\n", "{}\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct inf_config *config = load(texts[i]);
        assert_int_equal(inf_config_int(config, "http.port"), 9200);
        inf_config_free(config);
    }
}

static void refuses_n(const char *text, size_t length, const char *reason)
{
    struct inf_config *config = inf_config_new();
    struct inf_error err = {0};
    char expected[INF_REASON_MAX];
    write_file(text, length);
    if (inf_config_load(config, path, &err) == 0) {
        fail_msg("accepted: %s", text);
    }
    snprintf(expected, sizeof expected, "%s:%s", path, reason);
    assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
    if (strncmp(err.reason, expected, strlen(expected)) != 0) {
        fail_msg("%s", err.reason);
    }
    inf_config_free(config);
}

static void refuses(const char *text, const char *reason)
{
    refuses_n(text, strlen(text), reason);
}

static void test_complaints(void **state)
{
    (void)state;
    refuses("a: 1", "1: unknown setting [a]; --print-config prints every setting there is");
    refuses("\nhtp:\n  port: 1", "3: unknown setting [htp.port], did you mean [http.port]?");
    refuses("http:\n  port: 70000\n", "2: setting [http.port] has the value [70000], but must be "
                                      "an integer from 0 to 65535");
    refuses("http.port: 1\nnode.name: x\nhttp: {port: 1}",
            "3: setting [http.port] is set twice, first in line 1");
    refuses("http.port: [1, 2]",
            "1: a list or an alias cannot be the value of setting [http.port]");
    refuses("http.port: {a: 1}", "1: a map cannot be the value of setting [http.port]");
    refuses("cluster.name: &x a\nnode.name: *x\n",
            "2: a list or an alias cannot be the value of setting [node.name]");
    refuses("http: ''", "1: unknown setting [http]");
    refuses("nothing:", "1: unknown setting [nothing]");
    refuses("- a\n", "1: the file must hold settings as [name: value]");
    refuses("just text", "1: the file must hold settings as [name: value]");
    refuses("http.port: 1\n---\nhttp.port: 2\n", "2: only one document is allowed in [");
    refuses("http.port: 1\n\tnode.name: x", "2: not valid YAML: ");
    refuses("http: {port: 1", "2: not valid YAML: while parsing a flow mapping, ");
    refuses("? [a]\n: 1", "1: a key must be plain text below []");
    refuses("'': 1", "1: a key is empty or holds a NUL character below []");
    refuses("\"a\\0b\": 1", "1: a key is empty or holds a NUL character below []");
    refuses("node.name: \"a\\0b\"", "1: a NUL character in the value of setting [node.name]");
    refuses("node.name: \"a\xFF\"", "1: not valid YAML: ");
    refuses("a: {b: {c: {d: {e: {f: {g: {h: {i: {j: {k: {l: {m: {n: {o: {p: {q: 1",
            "1: maps are nested too deeply below [a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p]");
}

static void test_long_names_and_files(void **state)
{
    (void)state;
    char name[400];
    memset(name, 'x', sizeof name - 2);
    memcpy(name + sizeof name - 2, ":", 2);
    refuses(name, "1: the name of a setting is too long below []");
    struct inf_config *config = inf_config_new();
    struct inf_error err = {0};
    char *text = malloc((1 << 20) + 1);
    memset(text, '\n', (1 << 20) + 1);
    write_file(text, (1 << 20) + 1);
    assert_int_equal(inf_config_load(config, path, &err), -1);
    assert_non_null(strstr(err.reason, "is longer than 1048576 bytes"));
    free(text);
    inf_config_free(config);
}

static void test_no_such_file(void **state)
{
    (void)state;
    struct inf_config *config = inf_config_new();
    struct inf_error err = {0};
    assert_int_equal(inf_config_load(config, "/nonexistent/inferd.yml", &err), -1);
    assert_int_equal(err.code, INF_ERR_IO);
    assert_string_equal(err.reason, "cannot open the configuration file [/nonexistent/inferd.yml]: "
                                    "No such file or directory");
    assert_int_equal(inf_config_load(config, "/", &err), -1);
    assert_string_equal(err.reason, "cannot read the configuration file [/]: Is a directory");
    inf_config_free(config);
}

/* What --print-config prints is a file that says the same. */
static void test_printed_config_loads(void **state)
{
    (void)state;
    struct inf_config *config = inf_config_new(), *again = inf_config_new();
    struct inf_error err;
    struct inf_buf first, second;
    assert_int_equal(inf_config_override(config, "path.data=a \"b\": #\\ \xC3\xA4", &err), 0);
    assert_int_equal(inf_config_override(config, "http.idle_timeout=1501ms", &err), 0);
    assert_int_equal(inf_config_override(config, "engine.require_landlock=true", &err), 0);
    inf_buf_init(&first, 1 << 16);
    inf_buf_init(&second, 1 << 16);
    inf_config_print(config, &first);
    write_file(first.data, first.length);
    assert_int_equal(inf_config_load(again, path, &err), 0);
    inf_config_print(again, &second);
    assert_string_equal(first.data, second.data);
    assert_string_equal(inf_config_string(again, "path.data"), "a \"b\": #\\ \xC3\xA4");
    inf_buf_free(&first);
    inf_buf_free(&second);
    inf_config_free(config);
    inf_config_free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_spellings), cmocka_unit_test(test_nothing_in_it),
        cmocka_unit_test(test_complaints),     cmocka_unit_test(test_long_names_and_files),
        cmocka_unit_test(test_no_such_file),   cmocka_unit_test(test_printed_config_loads),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
