/* cluster_fixture.h - several stores on one etcd, each with a directory of its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TESTS_CLUSTER_FIXTURE_H
#define INFERD_TESTS_CLUSTER_FIXTURE_H

#include "store_fixture.h"

#define NODES 3

/* The first is the fixture's own; all share its loop and its prefix in etcd. */
struct cluster {
    struct fixture nodes[NODES];
    char news[1024]; /* what the second node heard */
};

/* Fixtures have a loop each; those of a cluster are run together. */
static inline void turn(struct cluster *cluster)
{
    for (int i = 0; i < NODES; i++)
        uv_run(&cluster->nodes[i].loop, UV_RUN_NOWAIT);
    usleep(500);
}

static inline void await_all(struct cluster *cluster, struct outcome *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        while (!outcomes[i].ended)
            turn(cluster);
}

static inline int open_node(struct cluster *cluster, int i, struct inf_error *err)
{
    struct fixture *f = &cluster->nodes[i];

    return inf_store_open_shared(&f->loop, f->path, &cluster->nodes[0].etcd, &f->store, err);
}

static inline void need_node(struct cluster *cluster, int i)
{
    struct inf_error err;

    if (open_node(cluster, i, &err) != 0)
        fail_msg("open: %s", err.reason);
}

static inline int set_up(void **state)
{
    struct cluster *cluster = calloc(1, sizeof *cluster);

    make_root(&cluster->nodes[0]);
    need_etcd(&cluster->nodes[0]);
    for (int i = 0; i < NODES; i++) {
        struct fixture *f = &cluster->nodes[i];

        if (i > 0)
            make_root(f);
        assert_int_equal(uv_loop_init(&f->loop), 0);
        need_node(cluster, i);
    }
    *state = cluster;
    return 0;
}

static inline int tear_down(void **state)
{
    struct cluster *cluster = *state;

    for (int i = 0; i < NODES; i++) {
        close_store(&cluster->nodes[i]);
        assert_int_equal(uv_loop_close(&cluster->nodes[i].loop), 0);
        remove_root(&cluster->nodes[i]);
    }
    inf_etcd_settings_fini(&cluster->nodes[0].etcd);
    free(cluster);
    return 0;
}

/* Brings the definition of model m, or a part of it (-1: the whole), and keeps it. */
static inline enum inf_err_code fetch(struct fixture *f, int part, const char *bytes)
{
    struct outcome outcome = {.ended = false};
    struct inf_fetch *fetch;
    struct inf_error err;
    int fd;

    assert_int_equal(part < 0 ? inf_store_fetch_begin(f->store, "m", &fetch, &fd, &err)
                              : inf_store_fetch_part_begin(f->store, "m", part, &fetch, &fd, &err),
                     0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
    inf_store_fetch_commit(fetch, record, &outcome);
    return await(f, &outcome);
}

#endif
