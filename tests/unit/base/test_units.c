/* Time values, byte sizes, integers and timestamps, with the texts of Elasticsearch. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/units.h"
#include <string.h>

static int64_t time_of(const char *text)
{
    struct inf_error err;
    int64_t ms = INT64_MIN;
    if (inf_time_parse(text, "timeout", &ms, &err)) {
        fail_msg("%s: %s", text, err.reason);
    }
    return ms;
}

static void time_fails(const char *text, const char *reason)
{
    struct inf_error err = {0};
    int64_t ms = 42;
    assert_int_equal(inf_time_parse(text, "timeout", &ms, &err), -1);
    assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
    assert_string_equal(err.reason, reason);
    assert_int_equal(ms, 42);
}

static void test_time(void **state)
{
    (void)state;
    assert_int_equal(time_of("0"), 0);
    assert_int_equal(time_of("000"), 0);
    assert_int_equal(time_of("-1"), -1);
    assert_int_equal(time_of("20s"), 20000);
    assert_int_equal(time_of("20S"), 20000);
    assert_int_equal(time_of(" 20 s "), 20000);
    assert_int_equal(time_of("-1s"), -1);
    assert_int_equal(time_of("500ms"), 500);
    assert_int_equal(time_of("5m"), 300000);
    assert_int_equal(time_of("2h"), 7200000);
    assert_int_equal(time_of("1d"), 86400000);
    assert_int_equal(time_of("1nanos"), 1);
    assert_int_equal(time_of("1000001nanos"), 2);
    assert_int_equal(time_of("3000micros"), 3);
    assert_true(time_of("9223372036854775807ms") == INT64_MAX);
}

static void test_time_complaints(void **state)
{
    (void)state;
    time_fails("10", "failed to parse setting [timeout] with value [10] as a time value: unit is "
                     "missing or unrecognized");
    time_fails("", "failed to parse setting [timeout] with value [] as a time value: unit is "
                   "missing or unrecognized");
    time_fails("5M", "failed to parse setting [timeout] with value [5M] as a time value: unit is "
                     "missing or unrecognized");
    time_fails("5x", "failed to parse setting [timeout] with value [5x] as a time value: unit is "
                     "missing or unrecognized");
    time_fails("1.5s", "failed to parse [1.5s], fractional time values are not supported");
    time_fails("1e3s", "failed to parse [1e3s], fractional time values are not supported");
    time_fails("abcs", "failed to parse [abcs]");
    time_fails("s", "failed to parse [s]");
    time_fails("0x1s", "failed to parse [0x1s]");
    time_fails("-5s", "failed to parse setting [timeout] with value [-5s] as a time value: "
                      "negative durations are not supported");
    time_fails("9223372036854775807d",
               "failed to parse setting [timeout] with value [9223372036854775807d] as a time "
               "value: the duration is too long");
    time_fails("99999999999999999999s", "failed to parse [99999999999999999999s]");
    char digits[100];
    memset(digits, '1', 99);
    digits[98] = 's';
    digits[99] = '\0';
    struct inf_error err;
    int64_t ms;
    assert_int_equal(inf_time_parse(digits, "t", &ms, &err), -1);
}

static void test_time_print(void **state)
{
    (void)state;
    char text[INF_UNITS_TEXT];
    assert_string_equal(inf_time_print(0, text), "0s");
    assert_string_equal(inf_time_print(-1, text), "-1");
    assert_string_equal(inf_time_print(1, text), "1ms");
    assert_string_equal(inf_time_print(999, text), "999ms");
    assert_string_equal(inf_time_print(1000, text), "1s");
    assert_string_equal(inf_time_print(1590, text), "1.5s");
    assert_string_equal(inf_time_print(1050, text), "1s");
    assert_string_equal(inf_time_print(90000, text), "1.5m");
    assert_string_equal(inf_time_print(3600000, text), "1h");
    assert_string_equal(inf_time_print(86400000 + 8640000, text), "1.1d");
    inf_time_print(INT64_MAX, text);
    assert_string_equal(text, "106751991167.3d");
}

static int64_t bytes_of(const char *text)
{
    struct inf_error err;
    int64_t bytes = INT64_MIN;
    if (inf_bytes_parse(text, "cache_size", &bytes, &err)) {
        fail_msg("%s: %s", text, err.reason);
    }
    return bytes;
}

static void test_bytes(void **state)
{
    (void)state;
    assert_int_equal(bytes_of("0"), 0);
    assert_int_equal(bytes_of("0b"), 0);
    assert_int_equal(bytes_of("-1"), -1);
    assert_int_equal(bytes_of("-1b"), -1);
    assert_int_equal(bytes_of("1b"), 1);
    assert_int_equal(bytes_of("10k"), 10240);
    assert_int_equal(bytes_of("10KB"), 10240);
    assert_int_equal(bytes_of(" 1 mb "), 1 << 20);
    assert_int_equal(bytes_of("1m"), 1 << 20);
    assert_int_equal(bytes_of("1gb"), 1 << 30);
    assert_true(bytes_of("1tb") == INT64_C(1) << 40);
    assert_true(bytes_of("1p") == INT64_C(1) << 50);
    assert_int_equal(bytes_of("1.5mb"), 3 << 19);
    assert_int_equal(bytes_of(".5kb"), 512);
    assert_true(bytes_of("8191pb") == INT64_C(8191) << 50);
}

static void bytes_fail(const char *text, const char *reason, enum inf_err_code cause_code,
                       const char *cause)
{
    struct inf_error err = {0};
    int64_t bytes;
    assert_int_equal(inf_bytes_parse(text, "cache_size", &bytes, &err), -1);
    assert_int_equal(err.code, INF_ERR_PARSE);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.cause_code, cause_code);
    assert_string_equal(err.cause, cause);
}

static void test_bytes_complaints(void **state)
{
    (void)state;
    bytes_fail("10",
               "failed to parse setting [cache_size] with value [10] as a size in bytes: unit is "
               "missing or unrecognized",
               INF_ERR_NONE, "");
    bytes_fail("1xy",
               "failed to parse setting [cache_size] with value [1xy] as a size in bytes: unit is "
               "missing or unrecognized",
               INF_ERR_NONE, "");
    bytes_fail("abcmb", "failed to parse setting [cache_size] with value [abcmb]",
               INF_ERR_NUMBER_FORMAT, "For input string: \"abc\"");
    bytes_fail("infmb", "failed to parse setting [cache_size] with value [infmb]",
               INF_ERR_NUMBER_FORMAT, "For input string: \"inf\"");
    bytes_fail("-5mb", "failed to parse setting [cache_size] with value [-5mb] as a size in bytes",
               INF_ERR_ILLEGAL_ARGUMENT, "Values less than -1 bytes are not supported: -5mb");
    bytes_fail("-1.5mb",
               "failed to parse setting [cache_size] with value [-1.5mb] as a size in bytes",
               INF_ERR_ILLEGAL_ARGUMENT, "Values less than -1 bytes are not supported: -1.5mb");
    bytes_fail("8192pb",
               "failed to parse setting [cache_size] with value [8192pb] as a size in bytes",
               INF_ERR_ILLEGAL_ARGUMENT,
               "Values greater than 9223372036854775807 bytes are not supported: 8192pb");
    bytes_fail("1e300kb",
               "failed to parse setting [cache_size] with value [1e300kb] as a size in bytes",
               INF_ERR_ILLEGAL_ARGUMENT,
               "Values greater than 9223372036854775807 bytes are not supported: 1e300kb");
}

static void test_bytes_print(void **state)
{
    (void)state;
    char text[INF_UNITS_TEXT];
    assert_string_equal(inf_bytes_print(0, text), "0b");
    assert_string_equal(inf_bytes_print(-1, text), "-1b");
    assert_string_equal(inf_bytes_print(1023, text), "1023b");
    assert_string_equal(inf_bytes_print(1536, text), "1.5kb");
    assert_string_equal(inf_bytes_print(240 << 20, text), "240mb");
    assert_string_equal(inf_bytes_print(INT64_C(1396703232), text), "1.3gb");
    assert_string_equal(inf_bytes_print(INT64_MAX, text), "8191.9pb");
}

static void test_int(void **state)
{
    (void)state;
    int64_t value = 5;
    assert_int_equal(inf_int_parse("0", &value), 0);
    assert_int_equal(value, 0);
    assert_int_equal(inf_int_parse("-12", &value), 0);
    assert_int_equal(value, -12);
    assert_int_equal(inf_int_parse("+7", &value), 0);
    assert_int_equal(value, 7);
    assert_int_equal(inf_int_parse("9223372036854775807", &value), 0);
    assert_true(value == INT64_MAX);
    assert_int_equal(inf_int_parse("-9223372036854775808", &value), 0);
    assert_true(value == INT64_MIN);
    static const char *const bad[] = {
        "", "-", "+", " 1", "1 ", "1.0", "0x1", "--1", "9223372036854775808", "1e2", "\xD9\xA1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        value = 5;
        assert_int_equal(inf_int_parse(bad[i], &value), -1);
        assert_int_equal(value, 5);
    }
}

static void test_iso8601(void **state)
{
    (void)state;
    char text[INF_UNITS_TEXT];
    assert_string_equal(inf_iso8601_print(0, text), "1970-01-01T00:00:00.000Z");
    assert_string_equal(inf_iso8601_print(INT64_C(1795395600007), text),
                        "2026-11-23T01:00:00.007Z");
    assert_string_equal(inf_iso8601_print(-1, text), "1969-12-31T23:59:59.999Z");
    inf_iso8601_print(INT64_MAX, text);
    assert_non_null(strchr(text, 'Z'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_time_complaints),
        cmocka_unit_test(test_time_print),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_bytes_complaints),
        cmocka_unit_test(test_bytes_print),
        cmocka_unit_test(test_int),
        cmocka_unit_test(test_iso8601),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
