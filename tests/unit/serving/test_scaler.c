/* The scaler against simulated traffic (compatibility 9.7): it follows the load within a few
 * intervals, swings under no noise, keeps bounds and cool-downs, goes to zero and stays there. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scaler.h"
#include <math.h>
#include <stdlib.h>

#define INTERVAL_S 10.0
#define COOL_DOWN_S 300.0
#define DAY_S 86400.0

/* A deployment whose allocations work off a queue; documents come in a Poisson process. */
struct world {
    struct inf_scaler scaler;
    struct inf_scaler_limits limits;
    double now_s, work_s; /* work_s: waiting, in seconds of one allocation */
    double time_s;        /* of a document */
    double patience_s;    /* deadline of a request; INFINITY: none */
    int allocations, ups, downs;
    enum inf_scaler_why why; /* of the last change */
};

static struct world begin(int allocations, int minimum, int maximum)
{
    struct world world = {.limits = {minimum, maximum, DAY_S},
                          .now_s = 1000,
                          .time_s = 0.05,
                          .patience_s = INFINITY,
                          .allocations = allocations};

    srand48(7);
    inf_scaler_init(&world.scaler);
    inf_scaler_start(&world.scaler, world.now_s, world.now_s);
    return world;
}

static int poisson(double mean)
{
    double limit = exp(-mean), product = drand48();
    int count = 0;

    if (mean > 500) /* a normal one, as exp would become zero */
        return (int)(mean + sqrt(mean) * (drand48() + drand48() + drand48() - 1.5) * 2);
    while (product > limit) {
        product *= drand48();
        count++;
    }
    return count;
}

static void decide(struct world *world)
{
    struct inf_scaler_decision decision;

    inf_scaler_decide(&world->scaler, world->now_s, world->allocations, &world->limits, &decision);
    assert_int_equal(decision.why == INF_SCALER_KEEP, decision.allocations == world->allocations);
    if (decision.allocations == world->allocations)
        return;
    inf_scaler_changed(&world->scaler);
    if (decision.allocations > world->allocations)
        inf_scaler_cool_down(&world->scaler, world->now_s + COOL_DOWN_S);
    world->ups += decision.allocations > world->allocations;
    world->downs += decision.allocations < world->allocations;
    world->allocations = decision.allocations;
    world->why = decision.why;
}

/* Sees `documents` arrive in one interval; those that find no room in time wait. */
static void arrive(struct world *world, int documents)
{
    struct inf_scaler_sample sample = {.documents = documents, .left_s = world->patience_s};
    double done_s = 0;

    world->now_s += INTERVAL_S;
    world->work_s += documents * world->time_s;
    done_s = fmin(world->work_s, world->allocations * INTERVAL_S);
    world->work_s -= done_s;
    sample.answered = (int64_t)(done_s / world->time_s + 0.5);
    sample.busy_s = (double)sample.answered * world->time_s;
    sample.pending = (int64_t)(world->work_s / world->time_s + 0.5);
    inf_scaler_add(&world->scaler, world->now_s, &sample);
    decide(world);
}

static void run(struct world *world, int intervals, double rate)
{
    for (int i = 0; i < intervals; i++)
        arrive(world, poisson(rate * INTERVAL_S));
}

static void a_step_of_the_load_is_followed_within_two_intervals(void **state)
{
    struct world world = begin(1, -1, -1);

    (void)state;
    run(&world, 20, 5); /* a load of 0.25 */
    assert_int_equal(world.allocations, 1);
    run(&world, 2, 100); /* of 5: at least 5 / 0.9 */
    assert_in_range(world.allocations, 6, 7);
    assert_int_equal(world.why, INF_SCALER_LOAD);
    run(&world, 200, 100);
    assert_in_range(world.allocations, 6, 7);
}

static void what_the_load_no_longer_needs_goes_after_the_cool_down(void **state)
{
    struct world world = begin(1, -1, -1);
    double cooled_s = 0;

    (void)state;
    run(&world, 20, 100);
    assert_in_range(world.allocations, 6, 7);
    cooled_s = world.now_s;
    inf_scaler_cool_down(&world.scaler, cooled_s + COOL_DOWN_S);
    world.work_s = 0;
    while (world.now_s + INTERVAL_S < cooled_s + COOL_DOWN_S) {
        run(&world, 1, 5);
        assert_int_equal(world.downs, 0);
    }
    run(&world, 3, 5);
    assert_int_equal(world.allocations, 1);
}

static void a_ramp_is_followed_without_going_back(void **state)
{
    struct world world = begin(1, -1, -1);

    (void)state;
    for (int i = 0; i <= 400; i++)
        run(&world, 1, i);
    assert_int_equal(world.downs, 0);
    assert_in_range(world.allocations, 20, 25); /* a load of 20 */
}

static void noise_moves_nothing(void **state)
{
    static const double rates[] = {0.1, 1, 5, 17.9, 18, 18.5, 33, 37, 70, 92.5, 200};

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct world world = begin(1, -1, -1);
        int changes = 0;

        run(&world, 100, rates[i]);
        changes = world.ups + world.downs;
        run(&world, 2000, rates[i]);
        assert_in_range(world.ups + world.downs - changes, 0, 2);
    }
}

static void is_never_outside_its_bounds(void **state)
{
    (void)state;
    for (int minimum = -1; minimum <= 4; minimum++)
        for (int maximum = -1; maximum <= 8; maximum++) {
            struct world world = begin(1, minimum, maximum);

            if (maximum == 0 || (maximum > 0 && maximum < minimum))
                continue;
            for (int i = 0; i < 300; i++) {
                run(&world, 1, lrand48() % 3 == 0 ? 0.0 : drand48() * 2000);
                assert_in_range(world.allocations, minimum > 0 ? minimum : 0,
                                maximum > 0 ? maximum : INF_SCALER_MAXIMUM);
            }
        }
}

static void a_new_bound_holds_at_once_even_within_a_cool_down(void **state)
{
    struct world world = begin(1, -1, -1);

    (void)state;
    run(&world, 3, 100);
    assert_in_range(world.allocations, 6, 7);
    world.limits.maximum = 2;
    run(&world, 1, 100);
    assert_int_equal(world.allocations, 2);
    assert_int_equal(world.downs, 1);
    assert_int_equal(world.why, INF_SCALER_BOUNDS);
    world.limits = (struct inf_scaler_limits){9, -1, DAY_S};
    run(&world, 1, 0); /* the load alone would leave one */
    assert_int_equal(world.allocations, 9);
    assert_int_equal(world.why, INF_SCALER_BOUNDS);
}

static void without_an_upper_bound_there_are_thirty_two_at_most(void **state)
{
    struct world world = begin(1, -1, -1);

    (void)state;
    run(&world, 5, 1e6);
    assert_int_equal(world.allocations, INF_SCALER_MAXIMUM);
    world.limits.maximum = 64;
    run(&world, 1, 1e6);
    assert_int_equal(world.allocations, 64);
}

static void goes_to_zero_when_idle_for_long_enough(void **state)
{
    struct world world = begin(1, -1, -1);

    (void)state;
    world.limits.scale_to_zero_s = 600;
    run(&world, 10, 5);
    for (int i = 0; i < 60; i++)
        arrive(&world, 0);
    assert_int_equal(world.allocations, 1); /* 600 s, not more */
    arrive(&world, 0);
    assert_int_equal(world.allocations, 0);
    assert_int_equal(world.why, INF_SCALER_IDLE);
    for (int i = 0; i < 1000; i++)
        arrive(&world, 0);
    assert_int_equal(world.allocations, 0);
}

static void a_lower_bound_keeps_it_from_zero(void **state)
{
    struct world world = begin(3, 2, 4);

    (void)state;
    world.limits.scale_to_zero_s = 60;
    for (int i = 0; i < 100; i++)
        arrive(&world, 0);
    assert_int_equal(world.allocations, 2);
    world.limits.minimum = 0;
    arrive(&world, 0);
    assert_int_equal(world.allocations, 0);
}

static void does_not_go_to_zero_while_something_waits(void **state)
{
    struct world world = begin(1, 0, -1);

    (void)state;
    world.limits.scale_to_zero_s = 60;
    for (int i = 0; i < 20; i++) {
        struct inf_scaler_sample sample = {.pending = 1, .left_s = INFINITY};
        world.now_s += INTERVAL_S;
        inf_scaler_add(&world.scaler, world.now_s, &sample);
        decide(&world);
    }
    assert_int_equal(world.allocations, 1);
}

static void a_burst_after_a_long_silence_is_followed_within_two_intervals(void **state)
{
    struct world world = begin(1, -1, -1);

    (void)state;
    run(&world, 50, 5);
    run(&world, 2000, 0);
    run(&world, 2, 100);
    assert_in_range(world.allocations, 6, 8);
}

/* A load of 0.5, but for one burst of 15 s of work with 4 s of patience. */
static void more_come_when_waiting_requests_would_miss_their_deadlines(void **state)
{
    struct world world = begin(1, -1, -1);

    (void)state;
    run(&world, 50, 10);
    assert_int_equal(world.allocations, 1);
    world.patience_s = 4;
    world.work_s += 15;
    run(&world, 1, 10);
    assert_in_range(world.allocations, 2, 5);
    assert_int_equal(world.why, INF_SCALER_DEADLINES);
    world.patience_s = INFINITY;
    run(&world, 100, 10);
    assert_int_equal(world.allocations, 1);
}

static void without_deadlines_a_queue_alone_moves_nothing(void **state)
{
    struct world world = begin(1, -1, -1);

    (void)state;
    run(&world, 50, 10);
    world.work_s += 15;
    run(&world, 10, 10);
    assert_int_equal(world.ups, 0);
}

static void deadlines_do_not_lift_the_upper_bound(void **state)
{
    struct world world = begin(1, -1, 2);

    (void)state;
    run(&world, 50, 10);
    world.patience_s = 0;
    world.work_s += 1000;
    run(&world, 5, 10);
    assert_int_equal(world.allocations, 2);
}

/* What happens between a stop of measuring and its new start is not held against the deployment. */
static void a_new_start_is_no_idle_time_and_cools_down(void **state)
{
    struct world world = begin(3, -1, -1);

    (void)state;
    world.limits.scale_to_zero_s = 60;
    world.now_s += 10 * DAY_S;
    inf_scaler_start(&world.scaler, world.now_s, world.now_s + 25);
    arrive(&world, 0);
    arrive(&world, 0);
    assert_int_equal(world.allocations, 3);
    arrive(&world, 0);
    assert_int_equal(world.allocations, 1);
}

static void what_costs_an_unknown_time_takes_nothing_away(void **state)
{
    struct world world = begin(4, -1, -1);
    struct inf_scaler_sample sample = {.documents = 1, .pending = 1, .left_s = INFINITY};

    (void)state;
    world.now_s += INTERVAL_S;
    inf_scaler_add(&world.scaler, world.now_s, &sample);
    decide(&world);
    assert_int_equal(world.allocations, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_of_the_load_is_followed_within_two_intervals),
        cmocka_unit_test(what_the_load_no_longer_needs_goes_after_the_cool_down),
        cmocka_unit_test(a_ramp_is_followed_without_going_back),
        cmocka_unit_test(noise_moves_nothing),
        cmocka_unit_test(is_never_outside_its_bounds),
        cmocka_unit_test(a_new_bound_holds_at_once_even_within_a_cool_down),
        cmocka_unit_test(without_an_upper_bound_there_are_thirty_two_at_most),
        cmocka_unit_test(goes_to_zero_when_idle_for_long_enough),
        cmocka_unit_test(a_lower_bound_keeps_it_from_zero),
        cmocka_unit_test(does_not_go_to_zero_while_something_waits),
        cmocka_unit_test(a_burst_after_a_long_silence_is_followed_within_two_intervals),
        cmocka_unit_test(more_come_when_waiting_requests_would_miss_their_deadlines),
        cmocka_unit_test(without_deadlines_a_queue_alone_moves_nothing),
        cmocka_unit_test(deadlines_do_not_lift_the_upper_bound),
        cmocka_unit_test(a_new_start_is_no_idle_time_and_cools_down),
        cmocka_unit_test(what_costs_an_unknown_time_takes_nothing_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
