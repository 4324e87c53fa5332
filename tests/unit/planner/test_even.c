/* Sharing a number out over zones: even, within bounds, complete. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "even.h"
#include "planner_fixture.h"
#include <limits.h>
#include <stdlib.h>

#define ZONES 4

static const uint32_t in_order[ZONES] = {0, 1, 2, 3};

static void levels_what_is_there(void **state)
{
    struct inf_even zones[3] = {
        {.least = 2, .most = 99}, {.least = 0, .most = 99}, {.least = 6, .most = 99}};
    static const uint32_t order[3] = {2, 1, 0};

    (void)state;
    inf_even_share(zones, order, 3, 11);
    assert_int_equal(zones[0].part, 2);
    assert_int_equal(zones[1].part, 3);
    assert_int_equal(zones[2].part, 6);
}

static void bounds_hold_whatever_the_total(void **state)
{
    struct inf_even zones[2] = {{.least = 1, .most = 3}, {.least = 2, .most = 2}};

    (void)state;
    inf_even_share(zones, in_order, 2, 100);
    assert_int_equal(zones[0].part, 3);
    assert_int_equal(zones[1].part, 2);
    inf_even_share(zones, in_order, 2, 0);
    assert_int_equal(zones[0].part, 1);
    assert_int_equal(zones[1].part, 2);
}

static void large_numbers_are_fine(void **state)
{
    struct inf_even zones[2] = {{.most = INT_MAX}, {.most = INT_MAX}};

    (void)state;
    inf_even_share(zones, in_order, 2, INT_MAX);
    assert_int_equal(zones[0].part, INT_MAX / 2 + 1);
    assert_int_equal(zones[1].part, INT_MAX / 2);
}

static void is_even_for_random_bounds(void **state)
{
    (void)state;
    srand(3);
    for (int i = 0; i < 20000; i++) {
        struct inf_even zones[ZONES];
        int64_t least = 0, most = 0, sum = 0, total;
        for (int z = 0; z < ZONES; z++) {
            zones[z] = (struct inf_even){.least = rand() % 5};
            zones[z].most = zones[z].least + rand() % 6;
            least += zones[z].least;
            most += zones[z].most;
        }
        total = least + rand() % (int)(most - least + 1);
        inf_even_share(zones, in_order, ZONES, total);
        for (int a = 0; a < ZONES; a++) {
            sum += zones[a].part;
            assert_in_range(zones[a].part, zones[a].least, zones[a].most);
            for (int b = 0; b < ZONES; b++) /* whoever has two less could not have more */
                assert_true(zones[a].part + 1 >= zones[b].part || zones[a].part == zones[a].most ||
                            zones[b].part == zones[b].least);
        }
        assert_int_equal(sum, total);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_what_is_there),
        cmocka_unit_test(bounds_hold_whatever_the_total),
        cmocka_unit_test(large_numbers_are_fine),
        cmocka_unit_test(is_even_for_random_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
