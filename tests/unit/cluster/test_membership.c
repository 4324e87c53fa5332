/* Nodes see each other come, change and go; the oldest is the master for all of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "etcd_fixture.h"

#include "inferd/cluster.h"
#include <uv.h>

#define NODES 3

static struct etcd_server server;

struct world {
    uv_loop_t loop;
    struct inf_etcd_settings settings;
    struct inf_membership *nodes[NODES];
};

static const char *const ids[NODES] = {"c", "a", "b"};

static void join(struct world *world, int i)
{
    char text[64];

    snprintf(text, sizeof text, "{\"name\":\"n%d\"}", i);
    world->nodes[i] = inf_membership_start(&world->loop, &world->settings, ids[i], text, 2);
}

static void leave(struct world *world, int i)
{
    inf_membership_leave(world->nodes[i]);
    inf_membership_stop(world->nodes[i]);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    inf_membership_free(world->nodes[i]);
    world->nodes[i] = NULL;
}

/* Of the members that the node sees, in their order. */
static void see(const struct world *world, int i, char text[64])
{
    text[0] = '\0';
    for (size_t j = 0; j < inf_membership_count(world->nodes[i]); j++) {
        const struct inf_member *member = inf_membership_at(world->nodes[i], j);
        const char *name = inf_json_string(inf_json_get(member->record, "name"));
        size_t length = strlen(text);

        assert_ptr_equal(inf_membership_find(world->nodes[i], member->node_id), member);
        snprintf(text + length, 64 - length, "%s=%s ", member->node_id, name);
    }
}

/* Runs until all nodes that are there see that. */
static void await(struct world *world, const char *expected)
{
    for (int i = 0; i < NODES; i++)
        for (char seen[64] = ""; world->nodes[i] != NULL && strcmp(seen, expected) != 0;) {
            see(world, i, seen);
            if (strcmp(seen, expected) != 0)
                uv_run(&world->loop, UV_RUN_ONCE);
        }
}

/* The first of all: until etcd knows it, another one could still come before it. */
static void join_first(struct world *world)
{
    join(world, 0);
    while (!inf_membership_is_master(world->nodes[0]))
        uv_run(&world->loop, UV_RUN_ONCE);
}

static int set_up(void **state)
{
    static int count;
    struct world *world = calloc(1, sizeof *world);
    char prefix[32];

    snprintf(prefix, sizeof prefix, "/%d/", count++);
    world->settings = etcd_settings(&server, prefix);
    uv_loop_init(&world->loop);
    etcd_await(&world->settings);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < NODES; i++)
        if (world->nodes[i] != NULL)
            leave(world, i);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    inf_etcd_settings_fini(&world->settings);
    free(world);
    return 0;
}

static void test_nodes_come_and_go(void **state)
{
    struct world *world = *state;

    join_first(world);
    await(world, "c=n0 ");
    join(world, 1);
    await(world, "c=n0 a=n1 ");
    assert_false(inf_membership_is_master(world->nodes[1]));
    join(world, 2);
    await(world, "c=n0 a=n1 b=n2 ");
    inf_membership_update(world->nodes[1], "{\"name\":\"other\"}");
    await(world, "c=n0 a=other b=n2 ");
    leave(world, 0);
    await(world, "a=other b=n2 ");
    assert_null(inf_membership_find(world->nodes[1], "c"));
    join(world, 0);
    await(world, "a=other b=n2 c=n0 ");
}

/* Nobody is forgotten because etcd is away. A lease that ends meanwhile is granted anew. */
static void test_etcd_is_away_for_a_while(void **state)
{
    struct world *world = *state;

    join_first(world);
    join(world, 1);
    await(world, "c=n0 a=n1 ");
    etcd_end(&server);
    usleep(1000);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    await(world, "c=n0 a=n1 ");
    etcd_launch(&server);
    etcd_await(&world->settings);
    inf_membership_update(world->nodes[0], "{\"name\":\"again\"}");
    await(world, "c=again a=n1 ");
}

/* Somebody takes a record away that is not his. */
static void test_a_record_that_is_gone_comes_back(void **state)
{
    struct world *world = *state;
    struct inf_etcd *etcd = inf_etcd_new(&world->settings);
    struct inf_etcd_pairs pairs;
    struct inf_error err;
    int64_t revision;

    join_first(world);
    join(world, 1);
    for (size_t count = 0; count < 2;) {
        assert_int_equal(inf_etcd_list(etcd, "node/", &pairs, &err), 0);
        count = pairs.count;
        inf_etcd_pairs_fini(&pairs);
    }
    struct inf_etcd_txn *txn = inf_etcd_txn_new(etcd);
    inf_etcd_txn_delete(txn, "node/a", false);
    assert_int_equal(inf_etcd_txn_commit(etcd, txn, &revision, &err), 1);
    inf_etcd_txn_free(txn);
    inf_etcd_free(etcd);
    await(world, "c=n0 a=n1 ");
}

static int start_etcd(void **state)
{
    (void)state;
    etcd_prepare(&server);
    return 0;
}

static int end_etcd(void **state)
{
    (void)state;
    etcd_destroy(&server);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nodes_come_and_go),
        TEST(test_etcd_is_away_for_a_while),
        TEST(test_a_record_that_is_gone_comes_back),
    };

    return cmocka_run_group_tests(tests, start_etcd, end_etcd);
}
