/* Several nodes on one etcd: what one changes the others see, of two at once one wins, nothing is
 * lost with etcd but the right to change, and no directory takes over what is not its own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster_fixture.h"

static enum inf_err_code put_object(struct fixture *f, enum inf_object_kind kind, const char *id,
                                    const char *model_id, const char *text)
{
    struct outcome outcome = {.ended = false};
    const struct inf_object object = {id, model_id, text};

    inf_store_put_object(f->store, kind, &object, true, record, &outcome);
    return await(f, &outcome);
}

static void use_folder(struct fixture *f, const char *name)
{
    snprintf(f->path, sizeof f->path, "%.500s/%s", f->root, name);
}

static bool has_object(const struct fixture *f, enum inf_object_kind kind, const char *id,
                       const char *text)
{
    const struct inf_object *object = inf_store_object(f->store, kind, id);

    return object != NULL && strcmp(object->text, text) == 0;
}

static void what_one_puts_the_others_have(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0], *b = &cluster->nodes[1];
    const struct inf_model *model;

    assert_int_equal(put_model(a, "m"), INF_ERR_NONE);
    assert_int_equal(put_part(a, "m", 0, "abc", 3, 1), INF_ERR_NONE);
    assert_int_equal(put_vocabulary(a, "m", "{}"), INF_ERR_NONE);
    assert_int_equal(put_object(a, INF_OBJECT_ALIAS, "nick", "m", "{}"), INF_ERR_NONE);
    assert_int_equal(put_deployment(a, "d", "m", "{}"), INF_ERR_NONE);
    assert_int_equal(put_object(a, INF_OBJECT_PROOF, "mine", NULL, "{}"), INF_ERR_NONE);
    while (inf_store_deployment_count(b->store) == 0)
        turn(cluster);
    for (int round = 0; round < 2; round++) {
        model = inf_store_model(b->store, "m");
        assert_non_null(model);
        assert_string_equal(model->config, inf_store_model(a->store, "m")->config);
        assert_int_equal(model->create_time_ms, 1700000000123);
        assert_true(model->fully_defined);
        assert_true(model->has_vocabulary);
        assert_int_equal(model->parts_stored, 1);
        assert_memory_equal(model->sha256, abc_sha256, INF_SHA256_SIZE);
        assert_string_equal(inf_store_object(b->store, INF_OBJECT_ALIAS, "nick")->model_id, "m");
        assert_null(inf_store_object(b->store, INF_OBJECT_PROOF, "mine"));
        assert_string_equal(inf_store_cluster_uuid(b->store), inf_store_cluster_uuid(a->store));
        assert_string_not_equal(inf_store_node_id(b->store), inf_store_node_id(a->store));
        close_store(b);
        need_node(cluster, 1);
    }
    assert_int_equal(delete_model(b, "m"), INF_ERR_NONE);
    while (inf_store_model(a->store, "m") != NULL)
        turn(cluster);
    assert_int_equal(inf_store_deployment_count(a->store), 0);
    assert_null(inf_store_object(a->store, INF_OBJECT_ALIAS, "nick"));
    assert_int_equal(count_entries(a, "models"), 0);
}

/* The files stay where they were sent, which is told. */
static void definitions_stay_where_they_are(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0], *b = &cluster->nodes[1];
    struct inf_error err;
    int64_t size;
    int fd;

    assert_int_equal(put_model(a, "m"), INF_ERR_NONE);
    assert_int_equal(put_part(a, "m", 0, "abc", 3, 1), INF_ERR_NONE);
    while (inf_store_model(b->store, "m") == NULL || !inf_store_model(b->store, "m")->fully_defined)
        turn(cluster);
    assert_int_equal(inf_store_open_definition(a->store, "m", &fd, &size, &err), 0);
    close(fd);
    assert_int_equal(inf_store_open_definition(b->store, "m", &fd, &size, &err), -1);
    assert_string_equal(err.reason, "the definition of model [m] is not on this node");
}

/* What is brought from another node counts when it is what the state names. */
static void a_definition_is_fetched(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0], *b = &cluster->nodes[1];
    struct inf_fetch *given_up;
    struct inf_error err;
    int64_t size;
    int fd;

    assert_int_equal(put_model(a, "m"), INF_ERR_NONE);
    while (inf_store_model(b->store, "m") == NULL)
        turn(cluster);
    assert_int_equal(inf_store_fetch_begin(b->store, "m", &given_up, &fd, &err), -1);
    assert_int_equal(put_part(a, "m", 0, "abc", 3, 1), INF_ERR_NONE);
    while (!inf_store_model(b->store, "m")->fully_defined)
        turn(cluster);
    assert_false(inf_store_has_definition(b->store, "m"));
    assert_int_equal(fetch(b, -1, "ab"), INF_ERR_IO);
    assert_int_equal(fetch(b, -1, "abd"), INF_ERR_IO);
    assert_int_equal(inf_store_fetch_begin(b->store, "m", &given_up, &fd, &err), 0);
    inf_store_fetch_abort(given_up);
    assert_false(inf_store_has_definition(b->store, "m"));
    assert_int_equal(fetch(b, -1, "abc"), INF_ERR_NONE);
    for (int round = 0; round < 2; round++) {
        assert_true(inf_store_has_definition(b->store, "m"));
        assert_int_equal(inf_store_open_definition(b->store, "m", &fd, &size, &err), 0);
        assert_int_equal(size, 3);
        close(fd);
        assert_int_equal(count_entries(b, "tmp"), 0);
        close_store(b);
        need_node(cluster, 1);
    }
    assert_string_equal(inf_store_cluster_secret(a->store), inf_store_cluster_secret(b->store));
}

static void read_nothing(void *arg, char *text, size_t length, const struct inf_error *err)
{
    (void)length;
    assert_null(text);
    record(arg, err);
}

static void a_vocabulary_may_be_brought_again(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0], *b = &cluster->nodes[1];
    struct outcome outcome = {.ended = false};

    assert_int_equal(put_model(a, "m"), INF_ERR_NONE);
    assert_int_equal(put_vocabulary(a, "m", "{}"), INF_ERR_NONE);
    while (inf_store_model(b->store, "m") == NULL ||
           !inf_store_model(b->store, "m")->has_vocabulary)
        turn(cluster);
    inf_store_read_vocabulary(b->store, "m", read_nothing, &outcome);
    assert_int_equal(await(b, &outcome), INF_ERR_UNAVAILABLE);
    assert_int_equal(put_vocabulary(b, "m", "{ }"), INF_ERR_ALREADY_EXISTS);
    assert_int_equal(put_vocabulary(b, "m", "{}"), INF_ERR_NONE);
}

/* A node that has not yet heard of a change does not answer from what it has. */
static void a_failure_is_no_older_than_its_question(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0], *b = &cluster->nodes[1];

    for (int i = 0; i < 20; i++) {
        char id[16];

        snprintf(id, sizeof id, "m%d", i);
        assert_int_equal(put_model(a, id), INF_ERR_NONE);
        assert_int_equal(put_object(b, INF_OBJECT_MEMORY, id, id, "{}"), INF_ERR_NONE);
        assert_int_equal(put_model(b, id), INF_ERR_ALREADY_EXISTS);
        assert_int_equal(delete_model(b, id), INF_ERR_NONE);
        assert_int_equal(put_object(a, INF_OBJECT_MEMORY, id, id, "{}"), INF_ERR_NOT_FOUND);
    }
}

/* What was acknowledged before a node was asked to look is there when it has looked; all who ask
 * meanwhile are served, with few questions. */
static void what_is_synced_is_what_there_was(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0], *b = &cluster->nodes[1];

    assert_int_equal(inf_store_news_ns(a->store), 0);
    for (int i = 0; i < 20; i++) {
        struct outcome outcomes[50] = {{.ended = false}};
        uint64_t before = uv_hrtime();
        char id[16];

        snprintf(id, sizeof id, "m%d", i);
        assert_int_equal(put_model(a, id), INF_ERR_NONE);
        for (size_t n = 0; n < 50; n++)
            inf_store_sync(b->store, record, &outcomes[n]);
        assert_false(outcomes[0].ended);
        await_all(cluster, outcomes, 1);
        assert_non_null(inf_store_model(b->store, id));
        assert_true(inf_store_news_ns(b->store) >= before);
        await_all(cluster, outcomes, 50);
        assert_int_equal(outcomes[49].err.code, INF_ERR_NONE);
    }
    assert_int_equal(inf_store_news_ns(a->store), 0);
    struct outcome left = {.ended = false};
    inf_store_sync(b->store, record, &left);
    close_store(b);
    assert_true(left.ended);
    need_node(cluster, 1);
}

static void of_all_at_once_one_wins(void **state)
{
    struct cluster *cluster = *state;

    for (int round = 0; round < 10; round++) {
        struct outcome outcomes[NODES] = {{.ended = false}};
        char id[16];
        int winners = 0;

        snprintf(id, sizeof id, "m%d", round);
        for (int i = 0; i < NODES; i++)
            inf_store_put_model(cluster->nodes[i].store, id, "{}", 1000 + i, record, &outcomes[i]);
        await_all(cluster, outcomes, NODES);
        for (int i = 0; i < NODES; i++) {
            assert_true(outcomes[i].err.code == INF_ERR_NONE ||
                        outcomes[i].err.code == INF_ERR_ALREADY_EXISTS);
            winners += outcomes[i].err.code == INF_ERR_NONE;
        }
        assert_int_equal(winners, 1);
    }
}

/* Each node appends to a text of its own, all at once; every acknowledged one is there in the end,
 * everywhere. */
static void nothing_acknowledged_is_lost(void **state)
{
    enum { EACH = 20 };
    struct cluster *cluster = *state;
    struct outcome outcomes[NODES * EACH] = {{.ended = false}};

    for (int n = 0; n < EACH; n++)
        for (int i = 0; i < NODES; i++) {
            char id[16];
            const struct inf_object object = {id, NULL, id};

            snprintf(id, sizeof id, "%d-%d", i, n);
            inf_store_put_object(cluster->nodes[i].store, INF_OBJECT_PIPELINE, &object, false,
                                 record, &outcomes[i * EACH + n]);
        }
    await_all(cluster, outcomes, NODES * EACH);
    for (size_t i = 0; i < NODES * EACH; i++)
        assert_int_equal(outcomes[i].err.code, INF_ERR_NONE);
    for (int i = 0; i < NODES; i++)
        while (inf_store_object_count(cluster->nodes[i].store, INF_OBJECT_PIPELINE) < NODES * EACH)
            turn(cluster);
}

/* ---- what is heard ---- */

static void hear(void *arg, const struct inf_store_news *news)
{
    struct cluster *cluster = arg;
    size_t length = strlen(cluster->news);

    snprintf(cluster->news + length, sizeof cluster->news - length, "%s%s%s ",
             news->deleted ? "-" : "+",
             news->of == INF_NEWS_MODEL        ? "model:"
             : news->of == INF_NEWS_DEPLOYMENT ? "deployment:"
                                               : "object:",
             news->id);
}

static void news_are_of_others_only(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0], *b = &cluster->nodes[1];
    static const char heard[] = "+model:m +object:nick -object:nick -model:m ";

    inf_store_listen(b->store, hear, cluster);
    assert_int_equal(put_object(b, INF_OBJECT_USER, "own", NULL, "{}"), INF_ERR_NONE);
    assert_int_equal(put_model(a, "m"), INF_ERR_NONE);
    assert_int_equal(put_object(a, INF_OBJECT_ALIAS, "nick", "m", "{}"), INF_ERR_NONE);
    struct outcome outcome = {.ended = false};
    inf_store_delete_object(a->store, INF_OBJECT_ALIAS, "nick", record, &outcome);
    assert_int_equal(await(a, &outcome), INF_ERR_NONE);
    assert_int_equal(delete_model(a, "m"), INF_ERR_NONE);
    while (strlen(cluster->news) < strlen(heard))
        turn(cluster);
    assert_string_equal(cluster->news, heard);
}

/* ---- without etcd ---- */

static void without_etcd_nothing_changes_and_all_is_read(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0], *b = &cluster->nodes[1];
    struct outcome outcome = {.ended = false};

    assert_int_equal(put_model(a, "m"), INF_ERR_NONE);
    assert_null(inf_store_lost_reason(a->store));
    etcd_end(test_etcd);
    while (inf_store_lost_reason(a->store) == NULL)
        turn(cluster);
    inf_store_put_model(a->store, "n", "{}", 1, record, &outcome);
    assert_int_equal(await(a, &outcome), INF_ERR_UNAVAILABLE);
    assert_int_equal(outcome.err.retry_after_s, 1);
    assert_non_null(strstr(outcome.err.reason, "the cluster's state cannot be changed now: etcd"));
    assert_non_null(inf_store_model(a->store, "m"));
    assert_int_equal(put_object(a, INF_OBJECT_COST, "own", NULL, "{}"), INF_ERR_NONE);
    close_store(a);
    need_node(cluster, 0);
    assert_non_null(inf_store_model(a->store, "m"));
    assert_int_equal(put_model(a, "n"), INF_ERR_UNAVAILABLE);
    etcd_launch(test_etcd);
    etcd_await(&a->etcd);
    while (inf_store_lost_reason(a->store) != NULL)
        turn(cluster);
    assert_int_equal(put_model(a, "n"), INF_ERR_NONE);
    while (inf_store_model(b->store, "n") == NULL)
        turn(cluster);
}

/* What happened while a node was away, deletions too, and models that came back as others. */
static void a_node_that_comes_back_has_missed_nothing(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0], *b = &cluster->nodes[1];
    struct outcome outcome = {.ended = false};

    assert_int_equal(put_model(b, "stays"), INF_ERR_NONE);
    assert_int_equal(put_model(b, "goes"), INF_ERR_NONE);
    assert_int_equal(put_model(b, "again"), INF_ERR_NONE);
    assert_int_equal(put_part(b, "again", 0, "abc", 3, 1), INF_ERR_NONE);
    assert_int_equal(put_object(b, INF_OBJECT_ALIAS, "nick", "again", "{}"), INF_ERR_NONE);
    assert_int_equal(put_object(b, INF_OBJECT_ROLE, "r", NULL, "{\"n\":1}"), INF_ERR_NONE);
    close_store(b);
    assert_int_equal(delete_model(a, "goes"), INF_ERR_NONE);
    assert_int_equal(delete_model(a, "again"), INF_ERR_NONE);
    inf_store_put_model(a->store, "again", "{}", 1, record, &outcome);
    assert_int_equal(await(a, &outcome), INF_ERR_NONE);
    assert_int_equal(put_object(a, INF_OBJECT_ALIAS, "nick", "again", "{}"), INF_ERR_NONE);
    assert_int_equal(put_object(a, INF_OBJECT_ROLE, "r", NULL, "{\"n\":2}"), INF_ERR_NONE);
    need_node(cluster, 1);
    assert_int_equal(inf_store_model_count(b->store), 2);
    assert_non_null(inf_store_model(b->store, "stays"));
    assert_int_equal(inf_store_model(b->store, "again")->create_time_ms, 1);
    assert_false(inf_store_model(b->store, "again")->fully_defined);
    assert_non_null(inf_store_object(b->store, INF_OBJECT_ALIAS, "nick"));
    assert_true(has_object(b, INF_OBJECT_ROLE, "r", "{\"n\":2}"));
    assert_int_equal(count_entries(b, "models"), 0);
}

/* ---- whose plan counts ---- */

/* The node's record: put, or, as when its lease is over, deleted. Its revision. */
static int64_t write_member(const struct fixture *f, const struct inf_etcd_settings *settings,
                            bool is_there)
{
    struct inf_etcd *etcd = inf_etcd_new(settings);
    struct inf_etcd_txn *txn = inf_etcd_txn_new(etcd);
    struct inf_error err;
    int64_t revision;
    char key[128];

    snprintf(key, sizeof key, "node/%s", inf_store_node_id(f->store));
    if (is_there)
        inf_etcd_txn_put(txn, key, "{}", 2, 0);
    else
        inf_etcd_txn_delete(txn, key, false);
    assert_int_equal(inf_etcd_txn_commit(etcd, txn, &revision, &err), 1);
    inf_etcd_txn_free(txn);
    inf_etcd_free(etcd);
    return revision;
}

static enum inf_err_code put_plan(struct fixture *f, const char *text)
{
    return put_object(f, INF_OBJECT_ASSIGNMENT, "d", NULL, text);
}

static void only_the_master_plans(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0];
    int64_t term;

    assert_int_equal(put_plan(a, "1"), INF_ERR_UNAVAILABLE);
    term = write_member(a, &a->etcd, true);
    inf_store_plan_in_term(a->store, term);
    assert_int_equal(put_plan(a, "2"), INF_ERR_NONE);
    write_member(a, &a->etcd, true);
    assert_int_equal(put_plan(a, "3"), INF_ERR_NONE);
    write_member(a, &a->etcd, false);
    assert_int_equal(put_plan(a, "4"), INF_ERR_UNAVAILABLE);
    term = write_member(a, &a->etcd, true);
    assert_int_equal(put_plan(a, "5"), INF_ERR_UNAVAILABLE);
    assert_true(has_object(a, INF_OBJECT_ASSIGNMENT, "d", "3"));
    assert_int_equal(put_object(a, INF_OBJECT_ROLE, "r", NULL, "1"), INF_ERR_NONE);
    inf_store_plan_in_term(a->store, term);
    assert_int_equal(put_plan(a, "6"), INF_ERR_NONE);
}

/* ---- what is not taken over ---- */

static void a_directory_with_a_state_of_its_own_is_refused(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *c = &cluster->nodes[2];
    struct inf_error err;

    close_store(c);
    use_folder(c, "own");
    assert_int_equal(inf_store_open(&c->loop, c->path, &c->store, &err), 0);
    assert_int_equal(put_model(c, "mine"), INF_ERR_NONE);
    close_store(c);
    assert_int_equal(open_node(cluster, 2, &err), -1);
    assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(err.reason, "--migrate-state=etcd"));
    use_folder(c, "data");
    assert_int_equal(inf_store_open(&c->loop, c->path, &c->store, &err), -1);
    assert_non_null(strstr(err.reason, "--migrate-state=embedded"));
    need_node(cluster, 2);
}

/* Somebody has emptied etcd: what the nodes have stays. */
static void an_emptied_etcd_empties_no_node(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0], *b = &cluster->nodes[1];
    struct inf_etcd *etcd = inf_etcd_new(&a->etcd);
    struct inf_etcd_txn *txn = inf_etcd_txn_new(etcd);
    struct inf_error err;
    int64_t revision;

    assert_int_equal(put_model(a, "m"), INF_ERR_NONE);
    inf_etcd_txn_delete(txn, "state/", true);
    assert_int_equal(inf_etcd_txn_commit(etcd, txn, &revision, &err), 1);
    inf_etcd_txn_free(txn);
    inf_etcd_free(etcd);
    while (inf_store_lost_reason(a->store) == NULL)
        turn(cluster);
    assert_non_null(
        strstr(inf_store_lost_reason(a->store), "etcd has the state of cluster [none]"));
    assert_non_null(inf_store_model(a->store, "m"));
    assert_int_equal(put_model(a, "n"), INF_ERR_UNAVAILABLE);
    close_store(b);
    assert_int_equal(open_node(cluster, 1, &err), -1);
    assert_non_null(strstr(err.reason, "etcd has the state of cluster [none]"));
    use_folder(b, "new");
    need_node(cluster, 1);
}

/* ---- bounds ---- */

static void what_etcd_cannot_take_is_refused(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0];
    struct outcome outcome = {.ended = false};
    char *text = malloc(INF_ETCD_BYTES_MAX + 1);
    const struct inf_object object = {"long", NULL, text};

    memset(text, 'x', INF_ETCD_BYTES_MAX);
    text[INF_ETCD_BYTES_MAX] = '\0';
    inf_store_put_object(a->store, INF_OBJECT_PIPELINE, &object, true, record, &outcome);
    assert_int_equal(await(a, &outcome), INF_ERR_CONTENT_TOO_LONG);
    assert_non_null(strstr(outcome.err.reason, "[1048576]"));
    assert_null(inf_store_object(a->store, INF_OBJECT_PIPELINE, "long"));
    text[INF_ETCD_BYTES_MAX - 1000] = '\0';
    assert_int_equal(put_object(a, INF_OBJECT_PIPELINE, "long", NULL, text), INF_ERR_NONE);
    free(text);
    assert_int_equal(put_model(a, "m"), INF_ERR_NONE);
    for (int part = 0; part < 130; part++)
        assert_int_equal(put_part(a, "m", part, "x", 131, 131), INF_ERR_NONE);
    assert_int_equal(delete_model(a, "m"), INF_ERR_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_one_puts_the_others_have),
        TEST(definitions_stay_where_they_are),
        TEST(a_definition_is_fetched),
        TEST(a_vocabulary_may_be_brought_again),
        TEST(a_failure_is_no_older_than_its_question),
        TEST(what_is_synced_is_what_there_was),
        TEST(of_all_at_once_one_wins),
        TEST(nothing_acknowledged_is_lost),
        TEST(news_are_of_others_only),
        TEST(without_etcd_nothing_changes_and_all_is_read),
        TEST(a_node_that_comes_back_has_missed_nothing),
        TEST(only_the_master_plans),
        TEST(a_directory_with_a_state_of_its_own_is_refused),
        TEST(an_emptied_etcd_empties_no_node),
        TEST(what_etcd_cannot_take_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
