/* MeCab as it is loaded: once, with every function, and not before it is asked for. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mecab_library.h"
#include <dlfcn.h>

static void test_not_before(void **state)
{
    (void)state;
    assert_null(dlopen("libmecab.so.2", RTLD_NOW | RTLD_NOLOAD));
}

static void test_loaded(void **state)
{
    const struct inf_mecab *mecab = inf_mecab_library();
    mecab_model_t *model = NULL;
    (void)state;
    assert_non_null(mecab);
    assert_ptr_equal(inf_mecab_library(), mecab);
#define IS_THERE(name) assert_non_null(mecab->name);
    INF_MECAB_FUNCTIONS(IS_THERE)
#undef IS_THERE
    model = mecab->mecab_model_new2("-r /dev/null -d /nonexistent");
    assert_null(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_before),
        cmocka_unit_test(test_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
