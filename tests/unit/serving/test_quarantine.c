/* An input is refused after it was added, for its time, and no other is; the table is bounded. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quarantine.h"

#define NOW 1000000

static struct inf_encoding input(int32_t *ids, int count)
{
    return (struct inf_encoding){.tensors = 1, .rows = 1, .cols = count, .data = ids};
}

static void refuses_what_was_added_and_nothing_else(void **state)
{
    struct inf_quarantine quarantine;
    int32_t bad[] = {101, 666, 102}, good[] = {101, 667, 102}, shorter[] = {101, 666};
    struct inf_encoding killer = input(bad, 3), neighbour = input(good, 3),
                        prefix = input(shorter, 2);

    (void)state;
    inf_quarantine_init(&quarantine, 42);
    assert_false(inf_quarantine_has(&quarantine, &killer, NOW));
    inf_quarantine_add(&quarantine, &killer, NOW);
    assert_true(inf_quarantine_has(&quarantine, &killer, NOW));
    assert_false(inf_quarantine_has(&quarantine, &neighbour, NOW));
    assert_false(inf_quarantine_has(&quarantine, &prefix, NOW));
}

static void lets_it_go_after_its_time(void **state)
{
    struct inf_quarantine quarantine;
    int32_t ids[] = {1, 2};
    struct inf_encoding killer = input(ids, 2);

    (void)state;
    inf_quarantine_init(&quarantine, 42);
    inf_quarantine_add(&quarantine, &killer, NOW);
    assert_true(inf_quarantine_has(&quarantine, &killer, NOW + INF_QUARANTINE_MS - 1));
    assert_false(inf_quarantine_has(&quarantine, &killer, NOW + INF_QUARANTINE_MS));
}

static void the_oldest_gives_way(void **state)
{
    struct inf_quarantine quarantine;

    (void)state;
    inf_quarantine_init(&quarantine, 42);
    for (int32_t i = 0; i <= INF_QUARANTINE_SLOTS; i++) {
        struct inf_encoding killer = input(&i, 1);
        inf_quarantine_add(&quarantine, &killer, NOW + i);
    }
    for (int32_t i = 0; i <= INF_QUARANTINE_SLOTS; i++) {
        struct inf_encoding killer = input(&i, 1);
        assert_int_equal(inf_quarantine_has(&quarantine, &killer, NOW + 200), i != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refuses_what_was_added_and_nothing_else),
                                       cmocka_unit_test(lets_it_go_after_its_time),
                                       cmocka_unit_test(the_oldest_gives_way)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
