/* The two tables of operations: their order, that no name is twice, and what becomes of examples.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/vet.h"
#include "operations.h"
#include <string.h>

static int is_namespace(const char *name)
{
    return name[strlen(name) - 1] == ':';
}

static void check_family(const struct inf_operation_family *family)
{
    size_t i;

    assert_true(strlen(family->what) > 0);
    assert_true(family->count > 0);
    for (i = 0; i < family->count; i++) {
        assert_non_null(strstr(family->names[i], "::"));
        if (i > 0)
            assert_true(strcmp(family->names[i - 1], family->names[i]) < 0);
    }
}

/* How often the name stands in the families. */
static int times(const struct inf_operation_family *families, size_t count, const char *name)
{
    int found = 0;
    size_t i, j;

    for (i = 0; i < count; i++)
        for (j = 0; j < families[i].count; j++)
            found += strcmp(families[i].names[j], name) == 0;
    return found;
}

static void test_allowed(void **state)
{
    size_t count, forbidden_count, i, j, names = 0;
    const struct inf_operation_family *allowed = inf_operations_allowed(&count);
    const struct inf_operation_family *forbidden = inf_operations_forbidden(&forbidden_count);
    const char *name;

    (void)state;
    for (i = 0; i < count; i++) {
        check_family(&allowed[i]);
        for (j = 0; j < allowed[i].count; j++, names++) {
            name = allowed[i].names[j];
            assert_false(is_namespace(name));
            assert_int_equal(times(allowed, count, name), 1);
            assert_int_equal(times(forbidden, forbidden_count, name), 0);
            assert_int_equal(inf_vet_operation(name), INF_VET_ALLOWED);
            assert_null(inf_vet_forbidden_because(name));
        }
    }
    assert_true(names > 500);
}

static void test_forbidden(void **state)
{
    size_t count, i, j;
    const struct inf_operation_family *forbidden = inf_operations_forbidden(&count);
    const char *name;

    (void)state;
    for (i = 0; i < count; i++) {
        check_family(&forbidden[i]);
        for (j = 0; j < forbidden[i].count; j++) {
            name = forbidden[i].names[j];
            assert_int_equal(times(forbidden, count, name), 1);
            assert_int_equal(inf_vet_operation(name), INF_VET_FORBIDDEN);
            assert_ptr_equal(inf_vet_forbidden_because(name), forbidden[i].what);
        }
    }
}

static void test_examples(void **state)
{
    static const struct {
        const char *name;
        enum inf_vet_class expected;
    } examples[] = {
        {"aten::add", INF_VET_ALLOWED},
        {"aten::linear", INF_VET_ALLOWED},
        {"aten::scaled_dot_product_attention", INF_VET_ALLOWED},
        {"prim::If", INF_VET_ALLOWED},
        {"prim::Constant", INF_VET_ALLOWED},
        {"quantized::linear_dynamic", INF_VET_ALLOWED},
        {"prim::TimePoint", INF_VET_UNKNOWN},
        {"prim::Print", INF_VET_UNKNOWN},
        {"aten::empty", INF_VET_UNKNOWN},
        {"aten::rand", INF_VET_UNKNOWN},
        {"aten::manual_seed", INF_VET_UNKNOWN},
        {"aten::repeat_interleave", INF_VET_UNKNOWN},
        {"aten::im2col", INF_VET_UNKNOWN},
        {"own::linear", INF_VET_UNKNOWN},
        {"aten::", INF_VET_UNKNOWN},
        {"aten", INF_VET_UNKNOWN},
        {"add", INF_VET_UNKNOWN},
        {"aten::ADD", INF_VET_UNKNOWN},
        {"aten::add.Tensor", INF_VET_UNKNOWN},
        {"aten::linear_of_mine", INF_VET_UNKNOWN},
        {"", INF_VET_UNKNOWN},
        {"aten::from_file", INF_VET_FORBIDDEN},
        {"aten::save", INF_VET_FORBIDDEN},
        {"aten::as_strided", INF_VET_FORBIDDEN},
        {"aten::as_strided_", INF_VET_FORBIDDEN},
        {"aten::_reshape_alias", INF_VET_FORBIDDEN},
        {"aten::set_", INF_VET_FORBIDDEN},
        {"aten::resize_", INF_VET_FORBIDDEN},
        {"aten::_sparse_coo_tensor_unsafe", INF_VET_FORBIDDEN},
        {"inductor::_reinterpret_tensor", INF_VET_FORBIDDEN},
        {"c10d::of_a_later_version", INF_VET_FORBIDDEN},
        {"prim::CallMethod", INF_VET_FORBIDDEN},
        {"prim::fork", INF_VET_FORBIDDEN},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof examples / sizeof examples[0]; i++)
        if (inf_vet_operation(examples[i].name) != examples[i].expected)
            fail_msg("[%s] is of class %d", examples[i].name, inf_vet_operation(examples[i].name));
}

static void test_reason(void **state)
{
    (void)state;
    assert_string_equal(inf_vet_forbidden_because("aten::as_strided"), "forges a view of memory");
    assert_string_equal(inf_vet_forbidden_because("c10d::send"), "talks to other processes");
    assert_null(inf_vet_forbidden_because("prim::TimePoint"));
    assert_null(inf_vet_forbidden_because("own::c10d::send"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_forbidden),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
