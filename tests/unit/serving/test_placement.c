/* Threads never exceed processors; refusals say the arithmetic (compatibility 8.1 #15, #16, 9.3).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "placement.h"
#include <stdlib.h>
#include <string.h>

static const struct inf_placement_node node = {.node_id = "n1",
                                               .processors = 8,
                                               .processors_used = 3,
                                               .memory_bytes = 1000,
                                               .memory_used = 400};

static void fits_by_whole_allocations(void **state)
{
    (void)state;
    assert_int_equal(inf_placement_fit(&node, &(struct inf_placement_request){5, 1, false, 600}),
                     5);
    assert_int_equal(inf_placement_fit(&node, &(struct inf_placement_request){6, 1, false, 600}),
                     5);
    assert_int_equal(inf_placement_fit(&node, &(struct inf_placement_request){3, 2, false, 600}),
                     2);
    assert_int_equal(inf_placement_fit(&node, &(struct inf_placement_request){1, 8, false, 600}),
                     0);
}

static void low_priority_takes_no_processors(void **state)
{
    (void)state;
    assert_int_equal(inf_placement_fit(&node, &(struct inf_placement_request){1, 32, true, 600}),
                     1);
}

static void explains_when_nothing_fits(void **state)
{
    struct inf_error err;

    (void)state;
    assert_int_equal(
        inf_placement_check(&node, &(struct inf_placement_request){1, 8, false, 600}, &err), -1);
    assert_int_equal(err.code, INF_ERR_TOO_MANY);
    assert_string_equal(err.reason,
                        "Could not start deployment because no ML nodes with sufficient "
                        "capacity were found");
    assert_int_equal(err.cause_code, INF_ERR_ILLEGAL_STATE);
    assert_non_null(strstr(err.cause,
                           "on node [n1]. Reason: This node has insufficient allocated "
                           "processors. Available processors [8], free processors [5], "
                           "processors required for each allocation of this model [8]]"));
}

static void says_when_only_some_fit(void **state)
{
    struct inf_error err;

    (void)state;
    assert_int_equal(
        inf_placement_check(&node, &(struct inf_placement_request){6, 1, false, 600}, &err), -1);
    assert_string_equal(err.reason, "Could not start deployment because there are not enough "
                                    "resources to provide all requested allocations");
}

static void explains_too_little_memory(void **state)
{
    struct inf_error err;
    struct inf_placement_request request = {1, 1, true, 601};

    (void)state;
    assert_int_equal(inf_placement_fit(&node, &request), 0);
    assert_int_equal(inf_placement_check(&node, &request, &err), -1);
    assert_int_equal(err.code, INF_ERR_TOO_MANY);
    assert_non_null(strstr(err.cause,
                           "This node has insufficient available memory. Available memory "
                           "for ML [1000 (1000b)], free memory [600 (600b)], estimated "
                           "memory required for this model [601 (601b)].]"));
}

static void never_over_subscribes(void **state)
{
    (void)state;
    srand(7);
    for (int i = 0; i < 100000; i++) {
        struct inf_placement_node n = {"n", rand() % 65, rand() % 80, 10, 0};
        struct inf_placement_request r = {1 + rand() % 40, 1 << (rand() % 6), false, 0};
        int fit = inf_placement_fit(&n, &r);
        assert_in_range(fit, 0, r.allocations);
        assert_true(fit == 0 || n.processors_used + fit * r.threads_per_allocation <= n.processors);
        assert_true(fit == r.allocations ||
                    n.processors_used + (fit + 1) * r.threads_per_allocation > n.processors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_by_whole_allocations),
        cmocka_unit_test(low_priority_takes_no_processors),
        cmocka_unit_test(explains_when_nothing_fits),
        cmocka_unit_test(says_when_only_some_fit),
        cmocka_unit_test(explains_too_little_memory),
        cmocka_unit_test(never_over_subscribes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
