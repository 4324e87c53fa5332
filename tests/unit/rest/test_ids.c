/* The spelling rule of ids, by its edges. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ids.h"

#define SIXTY "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_good(void **state)
{
    static const char *const good[] = {"a",   "7",    "a1",       "a-b",        "a_b",
                                       "a.b", "0..0", "a--__..9", SIXTY "aaaa", "models__minilm"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(inf_id_valid(good[i]));
}

static void test_misspelled(void **state)
{
    static const char *const bad[] = {"",
                                      "A",
                                      "aB",
                                      "-a",
                                      "a-",
                                      "_a",
                                      "a_",
                                      ".a",
                                      "a.",
                                      "a b",
                                      "a/b",
                                      "a,b",
                                      "a*",
                                      "\xc3\xa9",
                                      "a\xc3\xa9z",
                                      "a\nb",
                                      "a\x7f"
                                      "b"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(inf_id_spelled_well(bad[i]));
        assert_false(inf_id_valid(bad[i]));
    }
}

static void test_too_long(void **state)
{
    (void)state;
    assert_true(inf_id_short_enough(SIXTY "aaaa"));
    assert_false(inf_id_short_enough(SIXTY "aaaaa"));
    assert_true(inf_id_spelled_well(SIXTY "aaaaa"));
    assert_false(inf_id_valid(SIXTY "aaaaa"));
}

static void test_packaged(void **state)
{
    static const char *const good[] = {".a", ".elser_model_2", ".elser_model_2_SNAPSHOT"};
    static const char *const bad[] = {".",   "..a",        ".A",
                                      ".a_", "._SNAPSHOT", ".a_SNAPSHOT_SNAPSHOT"};
    (void)state;
    assert_false(inf_id_is_packaged("a.b"));
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(inf_id_is_packaged(good[i]));
        assert_true(inf_packaged_id_spelled_well(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(inf_packaged_id_spelled_well(bad[i]));
}

static void test_aliases(void **state)
{
    static const char *const good[] = {"a", "7", "7a", "a-b_c.d", SIXTY SIXTY};
    static const char *const bad[] = {"", "a1", "77", "A", "-a", "a-", "a b", "a_", "a/b"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(inf_alias_spelled_well(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(inf_alias_spelled_well(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),     cmocka_unit_test(test_misspelled),
        cmocka_unit_test(test_too_long), cmocka_unit_test(test_packaged),
        cmocka_unit_test(test_aliases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
