/* Where deployments go whose node has left: where there is room, and nothing else moves. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "home.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define GB (INT64_C(1) << 30)

struct world {
    char root[512];
    uv_loop_t loop;
    struct inf_store *store;
};

static void on_done(void *arg, const struct inf_error *err)
{
    assert_null(err);
    *(bool *)arg = true;
}

static void put(struct world *world, const char *id, const char *params)
{
    bool model = false, deployment = false;

    inf_store_put_model(world->store, id, "{}", 1, on_done, &model);
    inf_store_put_deployment(world->store, id, id, params, false, on_done, &deployment);
    while (!model || !deployment)
        uv_run(&world->loop, UV_RUN_ONCE);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct inf_error err;

    snprintf(world->root, sizeof world->root, "%s/home-XXXXXX", INFERD_BUILD_DIR);
    assert_non_null(mkdtemp(world->root));
    uv_loop_init(&world->loop);
    assert_int_equal(inf_store_open(&world->loop, world->root, &world->store, &err), 0);
    *state = world;
    return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    struct world *world = *state;

    inf_store_close(world->store);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    uv_loop_close(&world->loop);
    nftw(world->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(world);
    return 0;
}

static void assert_homes(const struct world *world, const struct inf_home_node *nodes, size_t count,
                         const size_t *expected)
{
    size_t *homes;

    inf_home_plan(world->store, nodes, count, &homes);
    for (size_t i = 0; i < inf_store_deployment_count(world->store); i++)
        assert_int_equal(homes[i], expected[i]);
    free(homes);
}

static void test_who_has_left_is_replaced(void **state)
{
    struct world *world = *state;
    const struct inf_home_node nodes[] = {
        {.id = "full", .processors = 2, .memory_bytes = 8 * GB},
        {.id = "small", .processors = 1, .memory_bytes = 8 * GB},
        {.id = "large", .processors = 4, .memory_bytes = 8 * GB},
    };

    put(world, "a-stays",
        "{\"number_of_allocations\":2,\"threads_per_allocation\":1,"
        "\"node_id\":\"full\"}");
    put(world, "b-lost",
        "{\"number_of_allocations\":1,\"threads_per_allocation\":2,"
        "\"node_id\":\"gone\"}");
    put(world, "c-sleeps",
        "{\"number_of_allocations\":0,\"threads_per_allocation\":1,"
        "\"node_id\":\"gone\"}");
    put(world, "d-huge",
        "{\"number_of_allocations\":1,\"threads_per_allocation\":16,"
        "\"node_id\":\"gone\"}");
    assert_homes(world, nodes, 3, (const size_t[]){0, 2, 1, SIZE_MAX});
    assert_homes(world, nodes, 1, (const size_t[]){0, SIZE_MAX, SIZE_MAX, SIZE_MAX});
}

/* A low-priority deployment takes no processors; memory counts for all. */
static void test_memory_counts(void **state)
{
    struct world *world = *state;
    const struct inf_home_node nodes[] = {
        {.id = "tight", .processors = 8, .memory_bytes = 1000},
        {.id = "roomy", .processors = 1, .memory_bytes = 8 * GB},
    };

    put(world, "a",
        "{\"number_of_allocations\":3,\"threads_per_allocation\":1,"
        "\"priority\":\"low\",\"node_id\":\"gone\"}");
    put(world, "b",
        "{\"number_of_allocations\":1,\"threads_per_allocation\":1,"
        "\"node_id\":\"gone\"}");
    assert_homes(world, nodes, 2, (const size_t[]){1, 1});
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_has_left_is_replaced),
        TEST(test_memory_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
