/* The plan of a cluster: what it gives whom, and what is written down of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deployment.h"
#include "inferd/alloc.h"
#include "master.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GB (INT64_C(1) << 30)
#define NODES 6
#define DEPLOYMENTS 8

struct world {
    struct inf_manager manager;
    struct inf_known_node nodes[NODES];
    struct inf_deployment deployments[DEPLOYMENTS];
    char names[DEPLOYMENTS][16], ids[NODES][16];
    char zone[4];
};

/* Nodes with two processors each, and deployments of so many allocations with one thread. */
static struct world *make(size_t nodes, size_t deployments, int allocations)
{
    struct world *world = calloc(1, sizeof *world);

    world->manager.deployments = inf_strmap_new();
    world->manager.nodes =
        (struct inf_known_nodes){.items = world->nodes, .count = nodes, .is_master = true};
    for (size_t i = 0; i < nodes; i++) {
        snprintf(world->ids[i], sizeof world->ids[i], "node%zu", i);
        world->nodes[i] =
            (struct inf_known_node){.id = world->ids[i], .processors = 2, .memory_bytes = 64 * GB};
    }
    for (size_t i = 0; i < deployments; i++) {
        struct inf_deployment *deployment = &world->deployments[i];

        snprintf(world->names[i], sizeof world->names[i], "d%zu", i);
        *deployment = (struct inf_deployment){.id = world->names[i],
                                              .model_id = world->names[i],
                                              .weights = world->names[i],
                                              .number_of_allocations = allocations,
                                              .threads_per_allocation = 1,
                                              .begun = true};
        inf_strmap_put(world->manager.deployments, deployment->id, deployment);
    }
    return world;
}

static void end(struct world *world)
{
    for (size_t i = 0; i < DEPLOYMENTS; i++)
        inf_routing_free(&world->deployments[i].routing);
    inf_strmap_free(world->manager.deployments);
    free(world);
}

/* Plans, and writes down what has changed; returns how much. */
static size_t plan(struct world *world)
{
    struct inf_assign_table table;
    size_t changed = 0;

    inf_assign_table_make_cluster(&world->manager, NULL, 0, &table);
    for (size_t i = 0; i < table.input.deployment_count; i++) {
        struct inf_deployment *deployment = (struct inf_deployment *)table.whose[i];
        char *text = inf_master_print(&table, i);

        if (!table.frozen[i] && !inf_master_is_as_planned(&table, i)) {
            inf_routing_take_plan(&deployment->routing, text);
            assert_true(inf_master_is_as_planned(&table, i));
            changed++;
        }
        free(text);
    }
    inf_assign_table_free(&table);
    return changed;
}

static int planned_on(const struct world *world, const char *node_id)
{
    int sum = 0;

    for (size_t i = 0; i < DEPLOYMENTS; i++)
        sum += inf_routing_target(&world->deployments[i].routing, node_id);
    return sum;
}

static void spreads_over_nodes(void **state)
{
    struct world *world = make(3, 1, 6);

    (void)state;
    assert_int_equal(plan(world), 1);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(planned_on(world, world->ids[i]), 2);
    assert_null(world->deployments[0].routing.reason);
    assert_int_equal(plan(world), 0);
    end(world);
}

static void says_what_lacks(void **state)
{
    struct world *world = make(2, 1, 5);

    (void)state;
    plan(world);
    assert_int_equal(inf_routing_targets(&world->deployments[0].routing), 4);
    assert_non_null(strstr(world->deployments[0].routing.reason, "Available processors [2]"));
    world->manager.nodes.count = 3;
    world->nodes[2] = (struct inf_known_node){.id = "z", .processors = 1, .memory_bytes = 64 * GB};
    assert_int_equal(plan(world), 1);
    assert_int_equal(inf_routing_target(&world->deployments[0].routing, "z"), 1);
    assert_null(world->deployments[0].routing.reason);
    end(world);
}

/* Who leaves loses what it has; what others have stays where it is. */
static void a_node_leaves(void **state)
{
    struct world *world = make(3, 2, 2);

    (void)state;
    plan(world);
    for (size_t i = 0; i < 2; i++)
        if (planned_on(world, world->ids[i]) > 0) {
            world->nodes[i].leaving = true;
            break;
        }
    plan(world);
    for (size_t i = 0; i < 3; i++)
        assert_true(!world->nodes[i].leaving || planned_on(world, world->ids[i]) == 0);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(inf_routing_targets(&world->deployments[i].routing), 2);
    end(world);
}

/* A node that is not there yet may be about to come. */
static void a_patient_master_takes_nothing_away(void **state)
{
    struct world *world = make(2, 1, 4);

    (void)state;
    plan(world);
    world->manager.nodes.count = 1;
    world->manager.nodes.patient = true;
    assert_int_equal(plan(world), 0);
    assert_int_equal(inf_routing_targets(&world->deployments[0].routing), 4);
    world->manager.nodes.patient = false;
    assert_int_equal(plan(world), 1);
    assert_int_equal(inf_routing_targets(&world->deployments[0].routing), 2);
    end(world);
}

/* Whatever comes and goes: never more threads than processors, nothing planned for who is not
 * there, everything that fits has a place, and a plan that was written down stays. */
static void any_order_of_events(void **state)
{
    (void)state;
    srand(5);
    for (int run = 0; run < 60; run++) {
        struct world *world = make(NODES, DEPLOYMENTS, 1);

        for (int step = 0; step < 25; step++) {
            struct inf_deployment *deployment = &world->deployments[rand() % DEPLOYMENTS];
            int wanted = 0, given = 0, room = 0;

            world->manager.nodes.count = 1 + (size_t)(rand() % NODES);
            world->nodes[rand() % NODES].leaving ^= rand() % 8 == 0;
            deployment->number_of_allocations = rand() % 5;
            plan(world);
            assert_int_equal(plan(world), 0);
            for (size_t i = 0; i < NODES; i++) {
                bool there = i < world->manager.nodes.count && !world->nodes[i].leaving;

                assert_in_range(planned_on(world, world->ids[i]), 0, there ? 2 : 0);
                room += there ? 2 : 0;
            }
            for (size_t i = 0; i < DEPLOYMENTS; i++) {
                wanted += world->deployments[i].number_of_allocations;
                given += inf_routing_targets(&world->deployments[i].routing);
            }
            assert_int_equal(given, wanted < room ? wanted : room);
        }
        end(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spreads_over_nodes),
        cmocka_unit_test(says_what_lacks),
        cmocka_unit_test(a_node_leaves),
        cmocka_unit_test(a_patient_master_takes_nothing_away),
        cmocka_unit_test(any_order_of_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
