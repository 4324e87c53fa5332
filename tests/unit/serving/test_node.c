/* What the machine offers: plausible numbers, and the quota of a control group. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node.h"
#include <string.h>
#include <unistd.h>

static void reads_a_quota(void **state)
{
    (void)state;
    assert_int_equal(inf_node_quota_processors("200000 100000"), 2);
    assert_int_equal(inf_node_quota_processors("150000 100000"), 2);
    assert_int_equal(inf_node_quota_processors("50000 100000"), 1);
    assert_int_equal(inf_node_quota_processors("max 100000"), 0);
    assert_int_equal(inf_node_quota_processors(""), 0);
    assert_int_equal(inf_node_quota_processors("-1 0"), 0);
}

static void finds_processors_and_memory(void **state)
{
    (void)state;
    assert_in_range(inf_node_processors(), 1, sysconf(_SC_NPROCESSORS_CONF));
    assert_true(inf_node_memory() > 1024 * 1024);
    assert_true(inf_node_memory() <= (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
}

static void makes_a_new_id_each_time(void **state)
{
    char one[INF_NODE_RANDOM_ID], other[INF_NODE_RANDOM_ID];

    (void)state;
    inf_node_random_id(one);
    inf_node_random_id(other);
    assert_int_equal(strlen(one), 22);
    assert_string_not_equal(one, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_a_quota),
                                       cmocka_unit_test(finds_processors_and_memory),
                                       cmocka_unit_test(makes_a_new_id_each_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
