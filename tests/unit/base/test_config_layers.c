/* Values given over the API: what may be given, which one counts, and how they go away again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/config.h"
#include <stdlib.h>
#include <string.h>

#define TIMEOUT "engine.forward_timeout"

static void allows(const char *name, const char *text)
{
    struct inf_error err;
    if (inf_config_layer_check(INF_CONFIG_TRANSIENT, name, text, &err) != 0) {
        fail_msg("%s: %s", name, err.reason);
    }
}

static void refuses(enum inf_config_layer layer, const char *name, const char *text,
                    const char *reason)
{
    struct inf_error err = {0};
    assert_int_equal(inf_config_layer_check(layer, name, text, &err), -1);
    assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
    assert_string_equal(err.reason, reason);
}

static void test_what_may_be_given(void **state)
{
    char longest[300];
    (void)state;
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "logger.", 7);
    longest[sizeof longest - 1] = '\0';
    allows(TIMEOUT, "10s");
    allows(TIMEOUT, NULL);
    allows("logger.level", "DEBUG");
    allows("logger.org.elasticsearch.xpack.ml", "trace");
    allows("logger.org.elasticsearch.xpack.ml", NULL);
    allows("engine.*", NULL);
    allows("nothing.*", NULL);
    refuses(INF_CONFIG_PERSISTENT, "engine.forward", "10s",
            "persistent setting [engine.forward], not recognized");
    refuses(INF_CONFIG_TRANSIENT, "engine.forward", NULL,
            "transient setting [engine.forward], not recognized");
    refuses(INF_CONFIG_TRANSIENT, "engine.*", "1s", "transient setting [engine.*], not recognized");
    refuses(INF_CONFIG_TRANSIENT, "logger.", "info", "transient setting [logger.], not recognized");
    refuses(INF_CONFIG_PERSISTENT, "http.port", "1",
            "persistent setting [http.port], not dynamically updateable");
    refuses(INF_CONFIG_PERSISTENT, "http.port", NULL,
            "persistent setting [http.port], not dynamically updateable");
    refuses(INF_CONFIG_TRANSIENT, TIMEOUT, "1",
            "setting [engine.forward_timeout] has the value [1], but must be a time from 10ms to "
            "1d, with a unit (ms, s, m, h, d)");
    refuses(INF_CONFIG_TRANSIENT, "logger.a.b", "loud",
            "setting [logger.a.b] has the value [loud], but must be one of trace, debug, info, "
            "warn, error");
    refuses(INF_CONFIG_TRANSIENT, TIMEOUT, longest,
            "setting [engine.forward_timeout] has a value of [299] bytes, but may have [255]");
    struct inf_error err;
    assert_int_equal(inf_config_layer_check(INF_CONFIG_TRANSIENT, longest, "info", &err), -1);
}

static void test_precedence(void **state)
{
    struct inf_config *config = inf_config_new();
    struct inf_error err;
    (void)state;
    inf_config_override(config, TIMEOUT "=1s", &err);
    inf_config_layer_set(config, INF_CONFIG_TRANSIENT, TIMEOUT, "3s");
    inf_config_layer_set(config, INF_CONFIG_PERSISTENT, TIMEOUT, "2s");
    assert_int_equal(inf_config_ms(config, TIMEOUT), 3000);
    inf_config_layer_set(config, INF_CONFIG_TRANSIENT, TIMEOUT, "4s");
    assert_int_equal(inf_config_ms(config, TIMEOUT), 4000);
    inf_config_layer_set(config, INF_CONFIG_TRANSIENT, TIMEOUT, NULL);
    assert_int_equal(inf_config_ms(config, TIMEOUT), 2000);
    assert_true(inf_config_is_layered(config, TIMEOUT));
    inf_config_layer_set(config, INF_CONFIG_PERSISTENT, "eng*", NULL);
    assert_int_equal(inf_config_ms(config, TIMEOUT), 1000);
    assert_false(inf_config_is_layered(config, TIMEOUT));
    inf_config_free(config);
}

static void test_reload_changes_what_lies_below(void **state)
{
    struct inf_config *config = inf_config_new(), *fresh = inf_config_new();
    struct inf_buf names, text;
    struct inf_error err;
    (void)state;
    inf_buf_init(&names, 100);
    inf_buf_init(&text, 100);
    inf_config_layer_set(config, INF_CONFIG_PERSISTENT, TIMEOUT, "2s");
    inf_config_override(fresh, TIMEOUT "=7s", &err);
    inf_config_reload(config, fresh, &names);
    assert_int_equal(inf_config_ms(config, TIMEOUT), 2000);
    inf_config_start_value(config, TIMEOUT, &text);
    assert_string_equal(text.data, "7s");
    inf_config_layer_set(config, INF_CONFIG_PERSISTENT, TIMEOUT, NULL);
    assert_int_equal(inf_config_ms(config, TIMEOUT), 7000);
    inf_buf_free(&names);
    inf_buf_free(&text);
    inf_config_free(fresh);
    inf_config_free(config);
}

static void test_listing(void **state)
{
    struct inf_config *config = inf_config_new();
    const char *name;
    (void)state;
    inf_config_layer_set(config, INF_CONFIG_PERSISTENT, "shutdown.drain_timeout", "1500ms");
    inf_config_layer_set(config, INF_CONFIG_PERSISTENT, "logger.x", "WARN");
    assert_int_equal(inf_config_layer_size(config, INF_CONFIG_PERSISTENT), 2);
    assert_int_equal(inf_config_layer_size(config, INF_CONFIG_TRANSIENT), 0);
    assert_string_equal(inf_config_layer_at(config, INF_CONFIG_PERSISTENT, 0, &name), "WARN");
    assert_string_equal(name, "logger.x");
    assert_string_equal(inf_config_layer_at(config, INF_CONFIG_PERSISTENT, 1, &name), "1500ms");
    assert_string_equal(name, "shutdown.drain_timeout");
    inf_config_free(config);
}

static void test_the_most_verbose_level_counts(void **state)
{
    struct inf_config *config = inf_config_new();
    (void)state;
    assert_string_equal(inf_config_log_level(config), "info");
    inf_config_layer_set(config, INF_CONFIG_TRANSIENT, "logger.org.elasticsearch", "ERROR");
    assert_string_equal(inf_config_log_level(config), "info");
    inf_config_layer_set(config, INF_CONFIG_TRANSIENT, "logger.level", "warn");
    assert_string_equal(inf_config_log_level(config), "warn");
    inf_config_layer_set(config, INF_CONFIG_PERSISTENT, "logger.org.elasticsearch.xpack.ml",
                         "DEBUG");
    assert_string_equal(inf_config_log_level(config), "debug");
    inf_config_layer_set(config, INF_CONFIG_PERSISTENT, "logger.*", NULL);
    inf_config_layer_set(config, INF_CONFIG_TRANSIENT, "logger.*", NULL);
    assert_string_equal(inf_config_log_level(config), "info");
    inf_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_may_be_given),
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_reload_changes_what_lies_below),
        cmocka_unit_test(test_listing),
        cmocka_unit_test(test_the_most_verbose_level_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
