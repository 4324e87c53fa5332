/* Thousands of small random worlds: whatever happens in them, the invariants of a plan hold, the
 * order of the input does not matter, low priority is in nobody's way, and planning again changes
 * nothing. The checks are those of the simulation (tests/simulation/world.h). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "planner_fixture.h"
#include "world.h"

#define WORLDS 250
#define CHANGES 12

static void plan_once(struct world *world, uint64_t seed)
{
    char complaint[WORLD_COMPLAINT] = "";
    struct world_input input;
    struct inf_plan *plan;

    world_input_init(&input, world, false, false);
    plan = inf_plan_make(&input.input);
    if (!world_check_plan(world, &input, plan, complaint) ||
        !world_check_order(world, &input, plan, complaint) ||
        !world_check_low(world, &input, plan, complaint))
        fail_msg("seed %llu, %s: %s", (unsigned long long)seed, world->event, complaint);
    world_apply(world, &input, plan);
    inf_plan_free(plan);
    world_input_fini(&input);
    if (!world_check_again(world, complaint))
        fail_msg("seed %llu, %s: %s", (unsigned long long)seed, world->event, complaint);
}

static void invariants_hold(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world world;
        world_init(&world, seed,
                   &(struct world_size){.nodes = 1 + seed % 7,
                                        .deployments = 1 + seed % 11,
                                        .zones = (uint32_t)(seed % 4),
                                        .models = 1 + (uint32_t)(seed % 9),
                                        .memory = 10 + (int)(seed % 100),
                                        .greedy = (int)(seed % 3) * 5});
        plan_once(&world, seed);
        for (int i = 0; i < CHANGES; i++) {
            world_change(&world);
            plan_once(&world, seed);
        }
        world_fini(&world);
    }
}

/* Shares that cannot be: of a state that the figures of today do not allow. */
static void any_current_state_gives_a_valid_plan(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world world;
        world_init(&world, seed,
                   &(struct world_size){
                       .nodes = 3, .deployments = 6, .zones = 2, .models = 4, .memory = 40});
        for (size_t i = 0; i < world.deployment_count; i++) {
            struct world_deployment *deployment = &world.deployments[i];
            deployment->shares = inf_alloc(3, sizeof *deployment->shares);
            deployment->share_count = 3;
            for (size_t j = 0; j < 3; j++)
                deployment->shares[j] = (struct inf_plan_share){j, world_between(&world, 1, 9)};
        }
        world.shrunk = true;
        plan_once(&world, seed);
        world_fini(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invariants_hold),
        cmocka_unit_test(any_current_state_gives_a_valid_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
