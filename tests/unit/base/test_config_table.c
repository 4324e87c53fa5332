/* The table itself: every row is complete, unique and in order. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/config.h"
#include <stdlib.h>
#include <string.h>

static void test_rows_are_complete(void **state)
{
    (void)state;
    for (const struct inf_setting *setting = inf_settings; setting->name; setting++) {
        size_t length = strlen(setting->doc);
        assert_non_null(strchr(setting->name, '.'));
        assert_int_equal(
            setting->name[strspn(setting->name, "abcdefghijklmnopqrstuvwxyz0123456789_.")], 0);
        assert_true(length > 20 && setting->doc[length - 1] == '.');
        assert_null(strpbrk(setting->doc, "|\n")); /* would break the printed table */
        assert_true(setting->min <= setting->max);
        assert_int_equal(setting->choices != NULL, setting->type == INF_S_ENUM);
    }
}

static void test_names_are_unique_and_grouped(void **state)
{
    (void)state;
    for (size_t i = 0; inf_settings[i].name; i++) {
        bool left = false; /* the group of row i, once left, does not come again */
        size_t group = strcspn(inf_settings[i].name, ".") + 1;
        for (size_t j = i + 1; inf_settings[j].name; j++) {
            assert_string_not_equal(inf_settings[i].name, inf_settings[j].name);
            bool same = strncmp(inf_settings[i].name, inf_settings[j].name, group) == 0;
            assert_false(left && same);
            left = left || !same;
        }
    }
}

/* No name is another's group: "a.b" and "a.b.c" could not both be nested. */
static void test_no_name_is_a_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; inf_settings[i].name; i++) {
        size_t length = strlen(inf_settings[i].name);
        for (size_t j = 0; inf_settings[j].name; j++) {
            bool prefix = strncmp(inf_settings[i].name, inf_settings[j].name, length) == 0;
            assert_false(prefix && inf_settings[j].name[length] == '.');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_complete),
        cmocka_unit_test(test_names_are_unique_and_grouped),
        cmocka_unit_test(test_no_name_is_a_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
