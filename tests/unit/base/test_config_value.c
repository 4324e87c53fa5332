/* One value: the edges of every row's range, and printing that reads back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse(const struct inf_setting *setting, const char *text)
{
    struct inf_config_value value = {0};
    struct inf_error err;
    int result = inf_config_value_parse(setting, text, &value, &err);
    free(value.text);
    return result;
}

static void test_edges_of_every_number(void **state)
{
    (void)state;
    static const char *const units[] = {[INF_S_INT] = "", [INF_S_TIME] = "ms", [INF_S_BYTES] = "b"};
    for (const struct inf_setting *setting = inf_settings; setting->name; setting++) {
        if (setting->type != INF_S_INT && setting->type != INF_S_TIME &&
            setting->type != INF_S_BYTES) {
            continue;
        }
        char text[64];
        const int64_t numbers[] = {setting->min, setting->max, setting->min - 1, setting->max + 1};
        for (int i = 0; i < 4; i++) {
            snprintf(text, sizeof text, "%lld%s", (long long)numbers[i], units[setting->type]);
            if (parse(setting, text) != (i < 2 ? 0 : -1)) {
                fail_msg("%s: %s", setting->name, text);
            }
        }
    }
}

static void test_edges_of_every_string(void **state)
{
    (void)state;
    static char text[8192];
    for (const struct inf_setting *setting = inf_settings; setting->name; setting++) {
        if (setting->type != INF_S_STRING) {
            continue;
        }
        assert_true(setting->max < (int64_t)sizeof text - 1);
        memset(text, 'x', sizeof text);
        text[setting->max + 1] = '\0';
        assert_int_equal(parse(setting, text), -1);
        text[setting->max] = '\0';
        assert_int_equal(parse(setting, text), 0);
        assert_int_equal(parse(setting, ""), setting->min > 0 ? -1 : 0);
        assert_int_equal(parse(setting, "a\x1B"), -1);
        assert_int_equal(parse(setting, "a\xFF"), -1);
    }
}

static void test_every_choice(void **state)
{
    (void)state;
    for (const struct inf_setting *setting = inf_settings; setting->name; setting++) {
        if (setting->type != INF_S_ENUM) {
            continue;
        }
        char *choices = strdup(setting->choices), *rest = choices, *choice;
        while ((choice = strsep(&rest, "|")) != NULL) {
            assert_int_equal(parse(setting, choice), 0);
        }
        free(choices);
        assert_int_equal(parse(setting, setting->choices), -1);
        assert_int_equal(parse(setting, ""), -1);
    }
}

static void prints(const char *name, const char *text, const char *expected)
{
    const struct inf_setting *setting = &inf_settings[inf_config_find(name)];
    struct inf_config_value value = {0};
    struct inf_error err;
    struct inf_buf out;
    assert_int_equal(inf_config_value_parse(setting, text, &value, &err), 0);
    inf_buf_init(&out, 1000);
    inf_config_value_print(setting, &value, &out);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
    free(value.text);
}

static void test_print(void **state)
{
    (void)state;
    prints("http.idle_timeout", "90s", "90s");
    prints("http.idle_timeout", "120s", "2m");
    prints("http.idle_timeout", "1500ms", "1500ms");
    prints("http.max_content_length", "1536kb", "1536kb");
    prints("http.max_content_length", "2048mb", "2gb");
    prints("engine.memory_limit", "0", "0b");
    prints("engine.memory_limit", "1025b", "1025b");
    prints("shutdown.drain_timeout", "0", "0ms");
    prints("path.data", "a \"b\"", "\"a \\\"b\\\"\"");
    prints("node.name", "", "\"\"");
    prints("logger.format", "JSON", "json");
}

static void test_find(void **state)
{
    (void)state;
    assert_int_equal(inf_config_find("cluster.name"), 0);
    assert_int_equal(inf_config_find("cluster"), -1);
    assert_int_equal(inf_config_find(""), -1);
    assert_null(inf_settings[inf_config_count()].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges_of_every_number),
        cmocka_unit_test(test_edges_of_every_string),
        cmocka_unit_test(test_every_choice),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
