/* A state goes to etcd, whatever an attempt before it has left there, and comes back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

/* A directory with a state of its own, closed; and where it is to go. */
static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct inf_error err;

    make_root(f);
    need_etcd(f);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(inf_store_open(&f->loop, f->path, &f->store, &err), 0);
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    assert_int_equal(put_part(f, "m", 0, "abc", 3, 1), INF_ERR_NONE);
    assert_int_equal(put_vocabulary(f, "m", "{}"), INF_ERR_NONE);
    assert_int_equal(put_deployment(f, "d", "m", "{}"), INF_ERR_NONE);
    for (int i = 0; i < 300; i++) {
        struct outcome outcome = {.ended = false};
        char id[16];
        const struct inf_object object = {id, NULL, id};

        snprintf(id, sizeof id, "p%d", i);
        inf_store_put_object(f->store, INF_OBJECT_PIPELINE, &object, true, record, &outcome);
        assert_int_equal(await(f, &outcome), INF_ERR_NONE);
    }
    close_store(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    uv_loop_close(&f->loop);
    remove_root(f);
    inf_etcd_settings_fini(&f->etcd);
    free(f);
    return 0;
}

static int migrate(struct fixture *f, bool to_etcd, struct inf_error *err)
{
    struct inf_buf report;
    int rc;

    inf_buf_init(&report, 4096);
    rc = to_etcd ? inf_store_move_to_etcd(f->path, &f->etcd, &report, err)
                 : inf_store_move_from_etcd(f->path, &f->etcd, &report, err);
    assert_int_equal(rc == 0, report.length > 0);
    inf_buf_free(&report);
    return rc;
}

static void put_key(struct fixture *f, const char *key, const char *value)
{
    struct inf_etcd *etcd = inf_etcd_new(&f->etcd);
    struct inf_etcd_txn *txn = inf_etcd_txn_new(etcd);
    struct inf_error err;
    int64_t revision;

    inf_etcd_txn_put(txn, key, value, strlen(value), 0);
    assert_int_equal(inf_etcd_txn_commit(etcd, txn, &revision, &err), 1);
    inf_etcd_txn_free(txn);
    inf_etcd_free(etcd);
}

static void check_all(const struct fixture *f)
{
    assert_int_equal(inf_store_model_count(f->store), 1);
    assert_true(inf_store_model(f->store, "m")->fully_defined);
    assert_true(inf_store_model(f->store, "m")->has_vocabulary);
    assert_true(inf_store_has_definition(f->store, "m"));
    assert_int_equal(inf_store_deployment_count(f->store), 1);
    assert_int_equal(inf_store_object_count(f->store, INF_OBJECT_PIPELINE), 300);
    assert_non_null(inf_store_object(f->store, INF_OBJECT_PIPELINE, "p299"));
}

static void there_and_back(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;

    put_key(f, "state/object/pipeline/left", "{\"text\":\"over\"}");
    assert_int_equal(inf_store_open_shared(&f->loop, f->path, &f->etcd, &f->store, &err), -1);
    assert_int_equal(migrate(f, true, &err), 0);
    assert_int_equal(inf_store_open_shared(&f->loop, f->path, &f->etcd, &f->store, &err), 0);
    check_all(f);
    assert_null(inf_store_object(f->store, INF_OBJECT_PIPELINE, "left"));
    close_store(f);
    assert_int_equal(migrate(f, false, &err), 0);
    assert_int_equal(inf_store_open(&f->loop, f->path, &f->store, &err), 0);
    check_all(f);
    close_store(f);
}

/* A new node finds half of a state, and does not take it for one. */
static void half_of_a_state_is_none(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;

    put_key(f, "state/object/pipeline/left", "{\"text\":\"over\"}");
    snprintf(f->path, sizeof f->path, "%.500s/new", f->root);
    assert_int_equal(inf_store_open_shared(&f->loop, f->path, &f->etcd, &f->store, &err), -1);
    assert_non_null(strstr(err.reason, "etcd has half of a state"));
}

static void another_cluster_is_left_alone(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;

    put_key(f, "state/cluster_uuid", "AAAAAAAAAAAAAAAAAAAAAA");
    assert_int_equal(migrate(f, true, &err), -1);
    assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(err.reason, "[AAAAAAAAAAAAAAAAAAAAAA]"));
    assert_int_equal(inf_store_open(&f->loop, f->path, &f->store, &err), 0);
    check_all(f);
    close_store(f);
}

static void what_is_not_here_does_not_come_back(void **state)
{
    struct fixture *f = *state;
    char away[544];
    struct inf_error err;

    assert_int_equal(migrate(f, true, &err), 0);
    snprintf(away, sizeof away, "%.500s/away.pt", f->root);
    assert_int_equal(rename(path_of(f, "models/1/definition.pt"), away), 0);
    assert_int_equal(migrate(f, false, &err), -1);
    assert_int_equal(err.code, INF_ERR_CONFLICT);
    assert_non_null(strstr(err.reason, "the definition of model [m] is not on this node"));
    assert_int_equal(rename(away, path_of(f, "models/1/definition.pt")), 0);
    assert_int_equal(migrate(f, false, &err), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(there_and_back),
        TEST(half_of_a_state_is_none),
        TEST(another_cluster_is_left_alone),
        TEST(what_is_not_here_does_not_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
