/* Settings: defaults, -E, reload, and the complaints. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/config.h"
#include <stdlib.h>
#include <string.h>

static void test_defaults(void **state)
{
    (void)state;
    struct inf_config *config = inf_config_new();
    assert_string_equal(inf_config_string(config, "cluster.name"), "inferd");
    assert_string_equal(inf_config_string(config, "node.name"), "");
    assert_string_equal(inf_config_string(config, "network.host"), "127.0.0.1");
    assert_int_equal(inf_config_int(config, "http.port"), 9200);
    assert_int_equal(inf_config_bytes(config, "http.max_content_length"), 100 << 20);
    assert_int_equal(inf_config_ms(config, "http.idle_timeout"), 600000);
    assert_int_equal(inf_config_ms(config, "engine.forward_timeout"), 60000);
    assert_int_equal(inf_config_bytes(config, "engine.memory_limit"), 0);
    assert_false(inf_config_bool(config, "engine.require_landlock"));
    assert_string_equal(inf_config_string(config, "logger.level"), "info");
    inf_config_free(config);
    inf_config_free(NULL);
}

static void test_override(void **state)
{
    (void)state;
    struct inf_config *config = inf_config_new();
    struct inf_error err;
    assert_int_equal(inf_config_override(config, "http.port=0", &err), 0);
    assert_int_equal(inf_config_override(config, "path.data=/a=b c", &err), 0);
    assert_int_equal(inf_config_override(config, "http.body_timeout=1500ms", &err), 0);
    assert_int_equal(inf_config_override(config, "http.max_content_length=1.5mb", &err), 0);
    assert_int_equal(inf_config_override(config, "engine.require_landlock=true", &err), 0);
    assert_int_equal(inf_config_override(config, "logger.level=DEBUG", &err), 0);
    assert_int_equal(inf_config_override(config, "node.name=", &err), 0);
    assert_int_equal(inf_config_int(config, "http.port"), 0);
    assert_string_equal(inf_config_string(config, "path.data"), "/a=b c");
    assert_int_equal(inf_config_ms(config, "http.body_timeout"), 1500);
    assert_int_equal(inf_config_bytes(config, "http.max_content_length"), 3 << 19);
    assert_true(inf_config_bool(config, "engine.require_landlock"));
    assert_string_equal(inf_config_string(config, "logger.level"), "debug");
    inf_config_free(config);
}

static void refuses(const char *assignment, const char *reason)
{
    struct inf_config *config = inf_config_new();
    struct inf_error err = {0};
    if (inf_config_override(config, assignment, &err) == 0) {
        fail_msg("accepted: %s", assignment);
    }
    assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
    assert_string_equal(err.reason, reason);
    assert_int_equal(inf_config_int(config, "http.port"), 9200);
    inf_config_free(config);
}

static void test_complaints(void **state)
{
    (void)state;
    refuses("http.prt=1", "-E: unknown setting [http.prt], did you mean [http.port]?");
    refuses("zzz=1", "-E: unknown setting [zzz]; --print-config prints every setting there is");
    refuses("http.port=99999", "-E: setting [http.port] has the value [99999], but must be an "
                               "integer from 0 to 65535");
    refuses("http.port=", "-E: setting [http.port] has the value [], but must be an integer from "
                          "0 to 65535");
    refuses("http.port=92 00", "-E: setting [http.port] has the value [92 00], but must be an "
                               "integer from 0 to 65535");
    refuses("engine.require_landlock=yes", "-E: setting [engine.require_landlock] has the value "
                                           "[yes], but must be true or false");
    refuses("http.header_timeout=10", "-E: setting [http.header_timeout] has the value [10], but "
                                      "must be a time from 10ms to 1h, with a unit (ms, s, m, h, "
                                      "d)");
    refuses("http.header_timeout=-1", "-E: setting [http.header_timeout] has the value [-1], but "
                                      "must be a time from 10ms to 1h, with a unit (ms, s, m, h, "
                                      "d)");
    refuses("http.max_header_size=65kb", "-E: setting [http.max_header_size] has the value "
                                         "[65kb], but must be a size from 1kb to 64kb, with a "
                                         "unit (b, kb, mb, gb, tb, pb)");
    refuses("logger.level=inf", "-E: setting [logger.level] has the value [inf], but must be one "
                                "of trace, debug, info, warn, error");
    refuses("cluster.name=", "-E: setting [cluster.name] has the value [], but must be text of 1 "
                             "to 255 bytes without control characters");
    refuses("node.name=a\nb", "-E: setting [node.name] has the value [a\nb], but must be text of "
                              "at most 255 bytes without control characters");
    refuses("http.port", "-E takes setting=value, such as -E http.port=9201, not [http.port]");
    refuses("=1", "-E takes setting=value, such as -E http.port=9201, not [=1]");
}

static void test_reload(void **state)
{
    (void)state;
    struct inf_config *config = inf_config_new(), *fresh = inf_config_new();
    struct inf_error err;
    struct inf_buf names;
    inf_buf_init(&names, 1000);
    inf_buf_puts(&names, "");
    inf_config_reload(config, fresh, &names);
    assert_string_equal(names.data, "");
    inf_config_override(fresh, "logger.level=trace", &err);
    inf_config_override(fresh, "engine.forward_timeout=2s", &err);
    inf_config_override(fresh, "http.port=1", &err);
    inf_config_override(fresh, "cluster.name=other", &err);
    inf_config_reload(config, fresh, &names);
    inf_config_free(fresh);
    assert_string_equal(names.data, "cluster.name, http.port");
    assert_string_equal(inf_config_string(config, "logger.level"), "trace");
    assert_int_equal(inf_config_ms(config, "engine.forward_timeout"), 2000);
    assert_int_equal(inf_config_int(config, "http.port"), 9200);
    assert_string_equal(inf_config_string(config, "cluster.name"), "inferd");
    inf_buf_free(&names);
    inf_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_override),
        cmocka_unit_test(test_complaints),
        cmocka_unit_test(test_reload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
