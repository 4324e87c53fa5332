/* Names of records: what one may not be called, and how bytes are shown. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_fixture.h"
#include "archive_parts.h"

static void name_refused(const char *name, size_t length, const char *shown, const char *what)
{
    struct inf_error err = {0};
    char reason[INF_REASON_MAX];
    assert_int_equal(inf_archive_check_name((const uint8_t *)name, length, 7, &err), -1);
    snprintf(reason, sizeof reason, "record 7 of the archive has the name [%s], %s", shown, what);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
}

static void names_that_mislead_are_refused(void **state)
{
    static const struct {
        const char *name, *shown, *what;
    } bad[] = {
        {"", "", "which is empty"},
        {"data.pkl", "data.pkl", "which is not below a root folder"},
        {"/m/a", "/m/a", "which begins with a slash"},
        {"/", "/", "which begins with a slash"},
        {"m/", "m/", "which ends with a slash, as a folder's"},
        {"m/a/", "m/a/", "which ends with a slash, as a folder's"},
        {"m//a", "m//a", "which has two slashes in a row"},
        {"m/a//b", "m/a//b", "which has two slashes in a row"},
        {"m/../a", "m/../a", "which has a component that is no name but a way through folders"},
        {"../m/a", "../m/a", "which has a component that is no name but a way through folders"},
        {"m/..", "m/..", "which has a component that is no name but a way through folders"},
        {"m/./a", "m/./a", "which has a component that is no name but a way through folders"},
        {".", ".", "which has a component that is no name but a way through folders"},
        {"m/a\\b", "m/a\\x5cb", "which has a backslash"},
        {"m/a\n", "m/a\\x0a", "which has a control character"},
        {"m/\x7f", "m/\\x7f", "which has a control character"},
        {"m/\xc2\x80z", "m/\\xc2\\x80z", "which has a control character"},
        {"m/\xc2\x9f", "m/\\xc2\\x9f", "which has a control character"},
        {"m/\xff", "m/\\xff", "which is not UTF-8"},
        {"m/\xc3", "m/\\xc3", "which is not UTF-8"},
        {"m/\xed\xa0\x80", "m/\\xed\\xa0\\x80", "which is not UTF-8"},
        {"m\xc0\xaf"
         "a",
         "m\\xc0\\xafa", "which is not UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        name_refused(bad[i].name, strlen(bad[i].name), bad[i].shown, bad[i].what);
    }
    name_refused("m/a\0b", 5, "m/a\\x00b", "which has a control character");
    name_refused("m/a\0", 4, "m/a\\x00", "which has a control character");
}

static void plain_names_pass(void **state)
{
    static const char *const good[] = {
        "m/a",
        "m/.data/serialization_id",
        "m/...",
        "m/..a",
        "m/a..",
        "m/.a.",
        "m/a b",
        "m/code/__torch__/a.py",
        "\xe6\x9d\xb1/\xe4\xba\xac",
        "m/\xc2\xa0",
        "m/\xf0\x9f\x98\x80",
        ".m/a",
    };
    struct inf_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        inf_archive_check_name((const uint8_t *)good[i], strlen(good[i]), 1, &err);
        assert_string_equal(err.reason, "");
    }
}

static void long_names_are_refused(void **state)
{
    struct inf_error err = {0};
    struct zip zip;
    char name[INF_ARCHIVE_NAME_MAX + 2];
    (void)state;
    memset(name, 'a', sizeof name);
    name[1] = '/';
    assert_int_equal(inf_archive_check_name((uint8_t *)name, INF_ARCHIVE_NAME_MAX, 1, &err), 0);
    assert_int_equal(inf_archive_check_name((uint8_t *)name, INF_ARCHIVE_NAME_MAX + 1, 1, &err),
                     -1);
    assert_non_null(strstr(err.reason, "...], which is too long: 256 bytes, more than 255"));
    name[INF_ARCHIVE_NAME_MAX] = '\0';
    name[7] = '\\';
    inf_archive_check_name((uint8_t *)name, INF_ARCHIVE_NAME_MAX, 1, &err);
    assert_non_null(strstr(err.reason, "...], which has a backslash"));
    assert_null(strstr(err.reason, "bytes"));
    name[7] = 'a';
    zip_begin(&zip);
    zip_add(&zip, RECORD(name, "1", .padding = 3));
    zip_finish(&zip, true);
    must_pass(&zip);
    zip_free(&zip);
}

/* The directory asks for it, for each of its entries. */
static void a_bad_name_is_refused_with_its_number(void **state)
{
    struct zip zip;
    (void)state;
    zip_begin(&zip);
    zip_add(&zip, RECORD("m/a", "1"));
    zip_add(&zip, RECORD("m/../b", "1"));
    zip_finish(&zip, true);
    refused(&zip, "record 2 of the archive has the name [m/../b], which has a component that is "
                  "no name but a way through folders");
}

static void case_is_no_difference(void **state)
{
    (void)state;
    assert_int_equal(inf_archive_compare_folded("m/Data.PKL", "m/dATA.pkl"), 0);
    assert_int_equal(inf_archive_compare_folded("AZaz", "azAZ"), 0);
    assert_true(inf_archive_compare_folded("m/A", "m/b") < 0);
    assert_true(inf_archive_compare_folded("m/a", "m/B") < 0);
    assert_true(inf_archive_compare_folded("m/", "m/B") < 0);
    assert_true(inf_archive_compare_folded("m/aa", "m/a") > 0);
    assert_true(inf_archive_compare_folded("m/\xc3\xa4", "m/z") > 0);
    assert_true(inf_archive_compare_folded("m/[", "m/{") != 0);
    assert_true(inf_archive_compare_folded("m/@", "m/`") != 0);
}

static void bytes_are_shown_as_far_as_there_is_room(void **state)
{
    char shown[INF_ARCHIVE_SHOWN];
    uint8_t bytes[200];
    (void)state;
    inf_archive_show((const uint8_t *)"a\"\\\0 ~\x7f\x80", 8, shown);
    assert_string_equal(shown, "a\"\\x5c\\x00 ~\\x7f\\x80");
    inf_archive_show(bytes, 0, shown);
    assert_string_equal(shown, "");
    for (int byte = 0; byte < 256; byte += 65) {
        memset(bytes, byte, sizeof bytes);
        for (size_t length = 0; length < sizeof bytes; length++) {
            inf_archive_show(bytes, length, shown);
            assert_true(strlen(shown) < sizeof shown);
            assert_int_equal(strstr(shown, "...") != NULL, length > (byte == 65 ? 93 : 24));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_mislead_are_refused),
        cmocka_unit_test(plain_names_pass),
        cmocka_unit_test(long_names_are_refused),
        cmocka_unit_test(a_bad_name_is_refused_with_its_number),
        cmocka_unit_test(case_is_no_difference),
        cmocka_unit_test(bytes_are_shown_as_far_as_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
