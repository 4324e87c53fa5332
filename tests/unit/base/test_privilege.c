/* Which privilege contains which, and how refusals name them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/privilege.h"

static uint32_t set_of(const char *name)
{
    return inf_privilege_with_contained(inf_privilege_parse(name));
}

static void names(void **state)
{
    (void)state;
    for (int i = INF_PRIV_MONITOR_ML; i < INF_PRIV_COUNT; i++)
        assert_int_equal(inf_privilege_parse(inf_privilege_name((enum inf_privilege)i)), i);
    assert_int_equal(inf_privilege_parse("none"), INF_PRIV_NONE);
    assert_int_equal(inf_privilege_parse("any authenticated caller"), INF_PRIV_NONE);
    assert_int_equal(inf_privilege_parse("MONITOR"), INF_PRIV_NONE);
}

static void all_has_every_one(void **state)
{
    (void)state;
    for (int i = INF_PRIV_MONITOR_ML; i < INF_PRIV_COUNT; i++)
        assert_true(inf_privilege_in((enum inf_privilege)i, set_of("all")));
    assert_false(inf_privilege_in(INF_PRIV_NONE, UINT32_MAX));
}

static void manage_has_no_security(void **state)
{
    (void)state;
    assert_true(inf_privilege_in(INF_PRIV_MONITOR_ML, set_of("manage")));
    assert_true(inf_privilege_in(INF_PRIV_READ_PIPELINE, set_of("manage")));
    assert_false(inf_privilege_in(INF_PRIV_MANAGE_SECURITY, set_of("manage")));
    assert_false(inf_privilege_in(INF_PRIV_MANAGE_OWN_API_KEY, set_of("manage")));
    assert_true(inf_privilege_in(INF_PRIV_MANAGE_OWN_API_KEY, set_of("manage_security")));
}

static void narrow_ones_have_only_themselves(void **state)
{
    (void)state;
    assert_int_equal(set_of("monitor_ml"), UINT32_C(1) << INF_PRIV_MONITOR_ML);
    assert_false(inf_privilege_in(INF_PRIV_MONITOR, set_of("manage_ml")));
}

static void granting(void **state)
{
    struct inf_buf out;

    (void)state;
    inf_buf_init(&out, 1024);
    inf_privilege_print_granting(INF_PRIV_MANAGE_ML, &out);
    assert_string_equal(out.data, "manage_ml,manage,all");
    inf_buf_clear(&out);
    inf_privilege_print_granting(INF_PRIV_MONITOR_ML, &out);
    assert_string_equal(out.data, "monitor_ml,monitor,manage_ml,manage,all");
    inf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(all_has_every_one),
        cmocka_unit_test(manage_has_no_security),
        cmocka_unit_test(narrow_ones_have_only_themselves),
        cmocka_unit_test(granting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
