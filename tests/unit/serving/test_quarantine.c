/* Who is suspected, who is refused, for how long, what clears; and that the table is bounded. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quarantine.h"

#define NOW 1000000

static const struct inf_death alone = {.how = "a fault", .explained = true, .alone = true};
static const struct inf_death in_company = {.how = "a fault", .explained = true};
static const struct inf_death killed_alone = {.how = "a kill", .alone = true};
static const struct inf_death killed_in_company = {.how = "a kill"};

static struct inf_encoding input(int32_t *ids, int count)
{
    return (struct inf_encoding){.tensors = 1, .rows = 1, .cols = count, .data = ids};
}

static bool is_refused(const struct inf_quarantine *quarantine, const struct inf_encoding *encoding,
                       int64_t now_ms)
{
    const struct inf_quarantined *known = inf_quarantine_find(quarantine, encoding, now_ms);

    return known != NULL && known->refused;
}

static void two_deaths_are_enough_when_the_second_is_alone(void **state)
{
    struct inf_quarantine quarantine;
    int32_t bad[] = {101, 666, 102}, good[] = {101, 667, 102}, shorter[] = {101, 666};
    struct inf_encoding killer = input(bad, 3), neighbour = input(good, 3),
                        prefix = input(shorter, 2);

    (void)state;
    inf_quarantine_init(&quarantine, 42);
    assert_null(inf_quarantine_find(&quarantine, &killer, NOW));
    assert_false(inf_quarantine_died(&quarantine, &killer, &in_company, NOW));
    assert_non_null(inf_quarantine_find(&quarantine, &killer, NOW));
    assert_false(is_refused(&quarantine, &killer, NOW));
    assert_true(inf_quarantine_died(&quarantine, &killer, &alone, NOW));
    assert_true(is_refused(&quarantine, &killer, NOW));
    assert_string_equal(inf_quarantine_find(&quarantine, &killer, NOW)->how, "a fault");
    assert_int_equal(inf_quarantine_find(&quarantine, &killer, NOW)->explained, 2);
    assert_null(inf_quarantine_find(&quarantine, &neighbour, NOW));
    assert_null(inf_quarantine_find(&quarantine, &prefix, NOW));
}

static void company_alone_never_refuses(void **state)
{
    struct inf_quarantine quarantine;
    int32_t ids[] = {1, 2};
    struct inf_encoding innocent = input(ids, 2);

    (void)state;
    inf_quarantine_init(&quarantine, 42);
    for (int i = 0; i < 50; i++)
        assert_false(inf_quarantine_died(&quarantine, &innocent, &in_company, NOW));
    assert_true(inf_quarantine_died(&quarantine, &innocent, &alone, NOW));
}

static void kills_from_outside_are_forgiven_often(void **state)
{
    struct inf_quarantine quarantine;
    int32_t ids[] = {1, 2};
    struct inf_encoding unlucky = input(ids, 2);

    (void)state;
    inf_quarantine_init(&quarantine, 42);
    for (int i = 0; i < 50; i++)
        assert_false(inf_quarantine_died(&quarantine, &unlucky, &killed_in_company, NOW));
    assert_null(inf_quarantine_find(&quarantine, &unlucky, NOW));
    for (int i = 1; i < INF_QUARANTINE_UNEXPLAINED; i++)
        assert_false(inf_quarantine_died(&quarantine, &unlucky, &killed_alone, NOW));
    assert_true(inf_quarantine_died(&quarantine, &unlucky, &killed_alone, NOW));
    assert_true(is_refused(&quarantine, &unlucky, NOW));
}

static void an_answer_clears_a_suspect_only(void **state)
{
    struct inf_quarantine quarantine;
    int32_t ids[] = {1, 2}, others[] = {3, 4};
    struct inf_encoding suspect = input(ids, 2), refused = input(others, 2);

    (void)state;
    inf_quarantine_init(&quarantine, 42);
    inf_quarantine_answered(&quarantine, &suspect, NOW);
    inf_quarantine_died(&quarantine, &suspect, &alone, NOW);
    inf_quarantine_answered(&quarantine, &suspect, NOW);
    assert_null(inf_quarantine_find(&quarantine, &suspect, NOW));
    assert_false(inf_quarantine_died(&quarantine, &suspect, &alone, NOW));
    inf_quarantine_refuse(&quarantine, &refused, "too long", NOW);
    inf_quarantine_answered(&quarantine, &refused, NOW);
    assert_true(is_refused(&quarantine, &refused, NOW));
}

static void lets_it_go_after_its_time(void **state)
{
    struct inf_quarantine quarantine;
    int32_t ids[] = {1, 2};
    struct inf_encoding killer = input(ids, 2);

    (void)state;
    inf_quarantine_init(&quarantine, 42);
    inf_quarantine_refuse(&quarantine, &killer, "too long", NOW);
    assert_true(is_refused(&quarantine, &killer, NOW + INF_QUARANTINE_MS - 1));
    assert_false(is_refused(&quarantine, &killer, NOW + INF_QUARANTINE_MS));
    /* And what was held against it is forgotten. */
    assert_false(inf_quarantine_died(&quarantine, &killer, &alone, NOW + INF_QUARANTINE_MS));
}

static void the_oldest_gives_way(void **state)
{
    struct inf_quarantine quarantine;

    (void)state;
    inf_quarantine_init(&quarantine, 42);
    for (int32_t i = 0; i <= INF_QUARANTINE_SLOTS; i++) {
        struct inf_encoding killer = input(&i, 1);
        inf_quarantine_refuse(&quarantine, &killer, "", NOW + i);
    }
    for (int32_t i = 0; i <= INF_QUARANTINE_SLOTS; i++) {
        struct inf_encoding killer = input(&i, 1);
        assert_int_equal(is_refused(&quarantine, &killer, NOW + 200), i != 0);
    }
}

static void suspects_give_way_before_who_is_refused(void **state)
{
    struct inf_quarantine quarantine;
    int32_t bad = -1;
    struct inf_encoding killer = input(&bad, 1);

    (void)state;
    inf_quarantine_init(&quarantine, 42);
    inf_quarantine_refuse(&quarantine, &killer, "", NOW);
    for (int32_t i = 0; i < 3 * INF_QUARANTINE_SLOTS; i++) {
        struct inf_encoding suspect = input(&i, 1);
        inf_quarantine_died(&quarantine, &suspect, &in_company, NOW + 1 + i);
    }
    assert_true(is_refused(&quarantine, &killer, NOW + 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_deaths_are_enough_when_the_second_is_alone),
        cmocka_unit_test(company_alone_never_refuses),
        cmocka_unit_test(kills_from_outside_are_forgiven_often),
        cmocka_unit_test(an_answer_clears_a_suspect_only),
        cmocka_unit_test(lets_it_go_after_its_time),
        cmocka_unit_test(the_oldest_gives_way),
        cmocka_unit_test(suspects_give_way_before_who_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
