/* Dates by Java's patterns, there and back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "date_format.h"

static void check(const char *text, const char *format, int64_t epoch_ms)
{
    struct inf_date date;

    assert_true(inf_date_parse(text, format, NULL, &date));
    assert_int_equal(date.epoch_ms, epoch_ms);
}

static void test_reading(void **state)
{
    struct inf_date date;

    (void)state;
    check("1970-01-01", "ISO8601", 0);
    check("2000-02-29T23:59:59.999Z", "ISO8601", 951868799999);
    check("1969-12-31T23:00:00-01:00", "yyyy-MM-dd'T'HH:mm:ssXXX", 0);
    check("1.5", "UNIX", 1500);
    check("-1", "UNIX_MS", -1);
    check("12 PM", "h a", 43200000);
    check("12 am", "h a", 0);
    assert_false(inf_date_parse("1900-02-29", "ISO8601", NULL, &date));
    assert_false(inf_date_parse("2026-01-01x", "yyyy-MM-dd", NULL, &date));
    assert_false(inf_date_parse("13 PM", "h a", NULL, &date));
}

/* Every day of some centuries, among them those whose leap years are missing. */
static void test_there_and_back(void **state)
{
    struct inf_buf text;

    (void)state;
    inf_buf_init(&text, 64);
    for (int64_t day = -150000; day < 150000; day++) {
        struct inf_date date = {.epoch_ms = day * 86400000 + 1}, back;

        inf_buf_clear(&text);
        inf_date_print(&date, "yyyy-MM-dd HH:mm:ss.SSS", &text);
        assert_true(inf_date_parse(text.data, "yyyy-MM-dd HH:mm:ss.SSS", NULL, &back));
        assert_int_equal(back.epoch_ms, date.epoch_ms);
    }
    inf_buf_free(&text);
}

static void test_zones(void **state)
{
    int zone_s;

    (void)state;
    assert_true(inf_date_zone("+05:30", &zone_s));
    assert_int_equal(zone_s, 19800);
    assert_true(inf_date_zone("UTC", &zone_s));
    assert_false(inf_date_zone("Europe/Berlin", &zone_s));
    assert_false(inf_date_zone("+99", &zone_s));
}

static void test_formats(void **state)
{
    struct inf_error err;

    (void)state;
    assert_int_equal(inf_date_format_check("EEE, dd MMM yyyy 'at' HH", &err), 0);
    assert_int_equal(inf_date_format_check("yyyy-QQ", &err), -1);
    assert_int_equal(inf_date_format_check("yyyy 'open", &err), -1);
    assert_int_equal(inf_date_format_check("yyyy '", &err), -1);
    assert_int_equal(inf_date_format_check("yyyy''", &err), 0);
    assert_int_equal(inf_date_format_check("yyyyyyyyy", &err), 0);
    assert_int_equal(inf_date_format_check("yyyyyyyyyy", &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_formats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
