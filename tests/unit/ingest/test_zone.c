/* Time zones by name, held against those of the C library. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/alloc.h"
#include "zone.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY INT64_C(86400)

static struct inf_zone *named(const char *name)
{
    struct inf_error err;
    struct inf_zone *zone = inf_zone_new(name, &err);

    assert_non_null(zone);
    return zone;
}

/* Every twelve hours and a bit of two centuries, with those that no table has any more. North and
 * south, half hours, a day that was left out, a summer that is the winter, none at all. */
static void test_against_the_c_library(void **state)
{
    static const char *const names[] = {"Europe/Berlin",
                                        "America/New_York",
                                        "Australia/Lord_Howe",
                                        "Pacific/Apia",
                                        "Europe/Dublin",
                                        "Asia/Kolkata",
                                        "America/Nuuk",
                                        "Africa/Casablanca",
                                        "America/St_Johns",
                                        "Etc/GMT+5",
                                        "EST5EDT",
                                        "Asia/Gaza",
                                        "America/Argentina/Buenos_Aires"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct inf_zone *zone = named(names[i]);

        setenv("TZ", names[i], 1);
        tzset();
        for (int64_t at = -100 * 365 * DAY; at < 100 * 365 * DAY; at += DAY / 2 + 1) {
            time_t moment = (time_t)at;
            struct tm parts;

            assert_non_null(localtime_r(&moment, &parts));
            assert_int_equal(inf_zone_offset(zone, at), parts.tm_gmtoff);
        }
        inf_zone_free(zone);
    }
}

/* 2026-03-29 and 2026-10-25 in Berlin: an hour that is not there, and one that is there twice. */
static void test_clocks_that_are_put(void **state)
{
    const int64_t spring = INT64_C(20541) * DAY, autumn = INT64_C(20751) * DAY;
    struct inf_zone *zone = named("Europe/Berlin");

    (void)state;
    assert_int_equal(inf_zone_to_utc(zone, spring + 3600), spring);
    assert_int_equal(inf_zone_to_utc(zone, spring + 2 * 3600 + 1800), spring + 3600 + 1800);
    assert_int_equal(inf_zone_to_utc(zone, spring + 3 * 3600), spring + 3600);
    assert_int_equal(inf_zone_to_utc(zone, autumn + 2 * 3600 + 1800), autumn + 1800);
    assert_int_equal(inf_zone_to_utc(zone, autumn + 3 * 3600), autumn + 2 * 3600);
    inf_zone_free(zone);
    zone = named("-03:30");
    assert_int_equal(inf_zone_to_utc(zone, 0), 12600);
    inf_zone_free(zone);
    assert_int_equal(inf_zone_to_utc(NULL, 5), 5);
}

static void test_names_that_are_none(void **state)
{
    static const char *const bad[] = {
        "",
        ".",
        "..",
        "/etc/passwd",
        "../passwd",
        "Europe/../Europe/Berlin",
        "Europe",
        "Europe/",
        "/Europe",
        "Europe//Berlin",
        "localtime",
        "posix/Europe/Berlin",
        "tzdata.zi",
        "Nowhere/No",
        "leapseconds",
        "Europe/Berlin\n",
        "posixrules",
        "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    struct inf_error err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(inf_zone_new(bad[i], &err));
        assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
    }
}

/* A file that is cut anywhere, or has another byte anywhere, is read without a fault. */
static void test_damaged_files(void **state)
{
    unsigned char *bytes = inf_alloc(INF_ZONE_FILE, 1), *copy;
    int fd = open("/usr/share/zoneinfo/Europe/Berlin", O_RDONLY);
    size_t length = (size_t)read(fd, bytes, INF_ZONE_FILE);

    (void)state;
    close(fd);
    for (size_t cut = 0; cut < length; cut++) {
        copy = inf_alloc(cut + 1, 1); /* of just that size, for the address sanitizer */
        memcpy(copy, bytes, cut);
        assert_null(inf_zone_read(copy, cut));
        free(copy);
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char before = bytes[i];

        bytes[i] = (unsigned char)(before + 1 + i % 255);
        inf_zone_free(inf_zone_read(bytes, length));
        bytes[i] = before;
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_c_library),
        cmocka_unit_test(test_clocks_that_are_put),
        cmocka_unit_test(test_names_that_are_none),
        cmocka_unit_test(test_damaged_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
