/* The store's face on real files: what is acknowledged is there, also after reopening, in the
 * contract's words when it cannot be. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include <fcntl.h>

static void models_are_kept_in_order(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put_model(f, "b"), INF_ERR_NONE);
    assert_int_equal(put_model(f, "a"), INF_ERR_NONE);
    assert_int_equal(put_model(f, "c"), INF_ERR_NONE);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(inf_store_model_count(f->store), 3);
        assert_string_equal(inf_store_model_at(f->store, 0)->model_id, "a");
        assert_string_equal(inf_store_model_at(f->store, 2)->model_id, "c");
        const struct inf_model *model = inf_store_model(f->store, "b");
        assert_string_equal(model->config, "{\"model_id\":\"x\"}");
        assert_int_equal(model->create_time_ms, 1700000000123);
        assert_int_equal(model->parts_stored, 0);
        assert_false(model->fully_defined || model->has_vocabulary);
        assert_null(inf_store_model(f->store, "d"));
        reopen_store(f);
    }
}

static void a_model_is_put_once(void **state)
{
    struct fixture *f = *state;
    struct outcome outcome = {.ended = false};
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    inf_store_put_model(f->store, "m", "{}", 1, record, &outcome);
    assert_int_equal(await(f, &outcome), INF_ERR_ALREADY_EXISTS);
    assert_string_equal(outcome.err.reason, "Trained machine learning model [m] already exists");
    assert_string_equal(inf_store_model(f->store, "m")->config, "{\"model_id\":\"x\"}");
}

static void a_deleted_model_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    assert_int_equal(put_part(f, "m", 0, "abc", 3, 1), INF_ERR_NONE);
    assert_int_equal(put_vocabulary(f, "m", "{}"), INF_ERR_NONE);
    assert_int_equal(put_deployment(f, "d", "m", "{}"), INF_ERR_NONE);
    assert_int_equal(count_entries(f, "models"), 1);
    assert_int_equal(delete_model(f, "m"), INF_ERR_NONE);
    for (int round = 0; round < 2; round++) {
        assert_null(inf_store_model(f->store, "m"));
        assert_int_equal(inf_store_model_count(f->store), 0);
        assert_int_equal(inf_store_deployment_count(f->store), 0);
        assert_int_equal(count_entries(f, "models"), 0);
        assert_null(read_vocabulary(f, "m", &err));
        reopen_store(f);
    }
    struct outcome outcome = {.ended = false};
    inf_store_delete_model(f->store, "m", record, &outcome);
    assert_int_equal(await(f, &outcome), INF_ERR_NOT_FOUND);
    assert_string_equal(outcome.err.reason, "Could not find trained model [m]");
}

static void a_definition_is_assembled_from_parts_in_any_order(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    assert_int_equal(put_part(f, "m", 2, "c", 3, 3), INF_ERR_NONE);
    assert_int_equal(put_part(f, "m", 0, "a", 3, 3), INF_ERR_NONE);
    const struct inf_model *model = inf_store_model(f->store, "m");
    assert_int_equal(model->parts_stored, 2);
    assert_int_equal(model->total_parts, 3);
    assert_int_equal(model->total_length, 3);
    assert_int_equal(model->stored_length, 2);
    assert_false(model->fully_defined);
    assert_int_equal(count_entries(f, "models/1"), 2);
    reopen_store(f);
    assert_int_equal(put_part(f, "m", 1, "b", 3, 3), INF_ERR_NONE);
    for (int round = 0; round < 2; round++) {
        model = inf_store_model(f->store, "m");
        assert_true(model->fully_defined);
        assert_memory_equal(model->sha256, abc_sha256, INF_SHA256_SIZE);
        assert_int_equal(model->stored_length, 3);
        assert_int_equal(inf_store_definition_check(f->store, "m", &err), 0);
        assert_definition(f, "m", "abc");
        assert_int_equal(count_entries(f, "models/1"), 1);
        assert_int_equal(count_entries(f, "tmp"), 0);
        reopen_store(f);
    }
}

static void files_are_private_and_not_inherited(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;
    struct stat st;
    int fd = -1;
    int64_t size = 0;
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    assert_int_equal(put_part(f, "m", 0, "abc", 3, 1), INF_ERR_NONE);
    const char *const files[] = {"inferd.db", "inferd.db-wal", "inferd.lock",
                                 "models/1/definition.pt"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        assert_int_equal(stat(path_of(f, files[i]), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    const char *const folders[] = {"", "tmp", "models", "models/1"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        assert_int_equal(stat(path_of(f, folders[i]), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
    }
    assert_int_equal(inf_store_open_definition(f->store, "m", &fd, &size, &err), 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    close(fd);
}

static void a_part_is_stored_once(void **state)
{
    struct fixture *f = *state;
    struct inf_part_writer *late;
    struct outcome first = {.ended = false}, second = {.ended = false};
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    late = begin_part(f, "m", 0, "x");
    inf_store_part_commit(begin_part(f, "m", 0, "abc"), 3, 1, record, &first);
    inf_store_part_commit(late, 1, 1, record, &second);
    assert_int_equal(await(f, &first), INF_ERR_NONE);
    assert_int_equal(await(f, &second), INF_ERR_ALREADY_EXISTS);
    assert_string_equal(second.err.reason,
                        "Trained machine learning model chunked doc [m][0] already exists");
    assert_int_equal(count_entries(f, "tmp"), 0);
    reopen_store(f);
    assert_definition(f, "m", "abc");
    assert_int_equal(inf_store_model(f->store, "m")->parts_stored, 1);
}

/* A client whose connection broke sends its part again, maybe while the first one is on its way. */
static void a_repeated_part_is_acknowledged(void **state)
{
    struct fixture *f = *state;
    struct outcome first = {.ended = false}, second = {.ended = false};
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    inf_store_part_commit(begin_part(f, "m", 0, "ab"), 3, 2, record, &first);
    inf_store_part_commit(begin_part(f, "m", 0, "ab"), 3, 2, record, &second);
    assert_int_equal(await(f, &first), INF_ERR_NONE);
    assert_int_equal(await(f, &second), INF_ERR_NONE);
    assert_int_equal(put_part(f, "m", 1, "c", 3, 2), INF_ERR_NONE);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(put_part(f, "m", 0, "ab", 3, 2), INF_ERR_NONE);
        assert_int_equal(put_part(f, "m", 0, "aX", 3, 2), INF_ERR_ALREADY_EXISTS);
        assert_int_equal(put_part(f, "m", 0, "ab", 3, 3), INF_ERR_ALREADY_EXISTS);
        assert_int_equal(inf_store_model(f->store, "m")->parts_stored, 2);
        assert_int_equal(inf_store_model(f->store, "m")->stored_length, 3);
        assert_int_equal(count_entries(f, "tmp"), 0);
        assert_int_equal(count_entries(f, "models/1"), 1);
        assert_definition(f, "m", "abc");
        reopen_store(f);
    }
}

static void an_aborted_part_was_never_there(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;
    struct inf_part_writer *writer = NULL;
    assert_int_equal(inf_store_part_begin(f->store, "m", 0, &writer, &err), -1);
    assert_int_equal(err.code, INF_ERR_NOT_FOUND);
    assert_string_equal(err.reason, "Could not find trained model [m]");
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    writer = begin_part(f, "m", 0, "abc");
    assert_int_equal(count_entries(f, "tmp"), 1);
    inf_store_part_abort(writer);
    inf_store_part_abort(NULL);
    assert_int_equal(count_entries(f, "tmp"), 0);
    assert_int_equal(put_part(f, "m", 0, "abc", 3, 1), INF_ERR_NONE);
}

static void a_part_never_lands_in_the_models_successor(void **state)
{
    struct fixture *f = *state;
    struct outcome outcome = {.ended = false};
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    struct inf_part_writer *before = begin_part(f, "m", 0, "old");
    struct inf_part_writer *between = begin_part(f, "m", 1, "old");
    assert_int_equal(delete_model(f, "m"), INF_ERR_NONE);
    inf_store_part_commit(before, 3, 1, record, &outcome);
    assert_int_equal(await(f, &outcome), INF_ERR_NOT_FOUND);
    assert_string_equal(outcome.err.reason, "Could not find trained model [m]");
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    outcome.ended = false;
    inf_store_part_commit(between, 3, 1, record, &outcome);
    assert_int_equal(await(f, &outcome), INF_ERR_NOT_FOUND);
    assert_int_equal(inf_store_model(f->store, "m")->parts_stored, 0);
    assert_int_equal(count_entries(f, "models"), 0);
    assert_int_equal(count_entries(f, "tmp"), 0);
}

/* All queued at once, so that they share a batch: the order of the calls is the order of the
 * effects. */
static void commands_take_effect_in_order(void **state)
{
    struct fixture *f = *state;
    struct outcome outcomes[6] = {{.ended = false}};
    inf_store_put_model(f->store, "warm-up", "{}", 1, record, &outcomes[0]);
    inf_store_put_model(f->store, "m", "{\"n\":1}", 1, record, &outcomes[1]);
    inf_store_put_deployment(f->store, "d", "m", "{}", true, record, &outcomes[2]);
    inf_store_delete_model(f->store, "m", record, &outcomes[3]);
    inf_store_put_deployment(f->store, "d", "m", "{}", true, record, &outcomes[4]);
    inf_store_put_model(f->store, "m", "{\"n\":2}", 1, record, &outcomes[5]);
    assert_false(inf_store_idle(f->store));
    assert_int_equal(await(f, &outcomes[5]), INF_ERR_NONE);
    assert_true(inf_store_idle(f->store) || inf_store_model_count(f->store) == 2);
    for (int i = 0; i < 6; i++) {
        assert_true(outcomes[i].ended);
        assert_int_equal(outcomes[i].err.code, i == 4 ? INF_ERR_NOT_FOUND : INF_ERR_NONE);
    }
    assert_string_equal(outcomes[4].err.reason, "No known trained model with model_id [m]");
    assert_string_equal(inf_store_model(f->store, "m")->config, "{\"n\":2}");
    assert_int_equal(inf_store_deployment_count(f->store), 0);
    reopen_store(f);
    assert_string_equal(inf_store_model(f->store, "m")->config, "{\"n\":2}");
    assert_int_equal(inf_store_deployment_count(f->store), 0);
}

static void assert_check(struct fixture *f, const char *id, enum inf_err_code code,
                         const char *reason)
{
    struct inf_error err;
    int fd;
    int64_t size;
    assert_int_equal(inf_store_definition_check(f->store, id, &err), -1);
    assert_int_equal(err.code, code);
    assert_string_equal(err.reason, reason);
    assert_int_equal(inf_store_open_definition(f->store, id, &fd, &size, &err), -1);
    assert_string_equal(err.reason, reason);
}

static void an_unusable_definition_says_why(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put_model(f, "none"), INF_ERR_NONE);
    assert_int_equal(put_model(f, "short"), INF_ERR_NONE);
    assert_int_equal(put_part(f, "short", 0, "abc", 4, 2), INF_ERR_NONE);
    assert_int_equal(put_model(f, "uneven"), INF_ERR_NONE);
    assert_int_equal(put_part(f, "uneven", 1, "b", 7, 2), INF_ERR_NONE);
    assert_int_equal(put_part(f, "uneven", 0, "a", 2, 2), INF_ERR_NONE);
    assert_int_equal(put_model(f, "counts"), INF_ERR_NONE);
    assert_int_equal(put_part(f, "counts", 0, "a", 2, 2), INF_ERR_NONE);
    assert_int_equal(put_part(f, "counts", 1, "b", 2, 3), INF_ERR_NONE);
    assert_int_equal(put_model(f, "long"), INF_ERR_NONE);
    assert_int_equal(put_part(f, "long", 0, "abc", 2, 1), INF_ERR_NONE);
    for (int round = 0; round < 2; round++) {
        assert_check(f, "missing", INF_ERR_NOT_FOUND,
                     "No known trained model with model_id [missing]");
        assert_check(f, "none", INF_ERR_NOT_FOUND,
                     "Could not find trained model definition [none]");
        assert_check(f, "uneven", INF_ERR_BAD_REQUEST,
                     "[uneven] [total_definition_length] must be the same in all model definition "
                     "parts. The value [7] in model definition part [1] does not match the value "
                     "[2] in part [0]. Unable to deploy model, please delete and recreate the "
                     "model definition");
        const char *const truncated[] = {"short", "counts", "long"};
        for (size_t i = 0; i < 3; i++) {
            char reason[256];
            snprintf(reason, sizeof reason,
                     "Model definition truncated. Unable to deserialize trained model definition "
                     "[%s]",
                     truncated[i]);
            assert_check(f, truncated[i], INF_ERR_BAD_REQUEST, reason);
        }
        reopen_store(f);
    }
}

static void a_stray_part_makes_a_whole_definition_unusable(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    assert_int_equal(put_part(f, "m", 0, "abc", 3, 1), INF_ERR_NONE);
    assert_int_equal(put_part(f, "m", 4, "x", 3, 5), INF_ERR_NONE);
    assert_check(f, "m", INF_ERR_BAD_REQUEST,
                 "Model definition truncated. Unable to deserialize trained model definition [m]");
    reopen_store(f);
    assert_int_equal(inf_store_model(f->store, "m")->parts_stored, 2);
}

static void vocabularies_come_back_as_sent(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;
    struct outcome outcome = {.ended = false};
    static const char text[] = "{\"vocabulary\":[\"[PAD]\",\"\xc3\xa4\"]}";
    assert_int_equal(put_vocabulary(f, "m", text), INF_ERR_NOT_FOUND);
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    assert_null(read_vocabulary(f, "m", &err));
    assert_int_equal(err.code, INF_ERR_NOT_FOUND);
    assert_string_equal(err.reason,
                        "[m] Could not find vocabulary document [m_vocabulary] for model ");
    assert_int_equal(put_vocabulary(f, "m", text), INF_ERR_NONE);
    assert_int_equal(put_vocabulary(f, "m", text), INF_ERR_NONE);
    inf_store_put_vocabulary(f->store, "m", "{}", 2, record, &outcome);
    assert_int_equal(await(f, &outcome), INF_ERR_ALREADY_EXISTS);
    assert_string_equal(outcome.err.reason,
                        "Trained machine learning model vocabulary [m] already exists");
    for (int round = 0; round < 2; round++) {
        assert_true(inf_store_model(f->store, "m")->has_vocabulary);
        char *read = read_vocabulary(f, "m", &err);
        assert_string_equal(read, text);
        free(read);
        reopen_store(f);
    }
}

static void deployments_are_replaced_and_forgotten(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    assert_int_equal(put_deployment(f, "two", "m", "{\"n\":1}"), INF_ERR_NONE);
    assert_int_equal(put_deployment(f, "one", "m", "{}"), INF_ERR_NONE);
    assert_int_equal(put_deployment(f, "two", "m", "{\"n\":2}"), INF_ERR_NONE);
    assert_int_equal(put_deployment(f, "three", "gone", "{}"), INF_ERR_NOT_FOUND);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(inf_store_deployment_count(f->store), 2);
        assert_string_equal(inf_store_deployment_at(f->store, 0)->deployment_id, "one");
        assert_string_equal(inf_store_deployment_at(f->store, 1)->params, "{\"n\":2}");
        assert_string_equal(inf_store_deployment_at(f->store, 1)->model_id, "m");
        reopen_store(f);
    }
    assert_int_equal(delete_deployment(f, "one"), INF_ERR_NONE);
    assert_int_equal(delete_deployment(f, "one"), INF_ERR_NONE);
    assert_int_equal(inf_store_deployment_count(f->store), 1);
}

static void the_names_of_the_node_stay(void **state)
{
    struct fixture *f = *state;
    char node_id[32], cluster_uuid[32];
    snprintf(node_id, sizeof node_id, "%s", inf_store_node_id(f->store));
    snprintf(cluster_uuid, sizeof cluster_uuid, "%s", inf_store_cluster_uuid(f->store));
    assert_int_equal(strlen(node_id), 22);
    assert_int_equal(strlen(cluster_uuid), 22);
    assert_int_equal(strspn(node_id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_"),
                     22);
    assert_string_not_equal(node_id, cluster_uuid);
    reopen_store(f);
    assert_string_equal(inf_store_node_id(f->store), node_id);
    assert_string_equal(inf_store_cluster_uuid(f->store), cluster_uuid);
}

static void a_second_store_in_the_directory_is_refused(void **state)
{
    struct fixture *f = *state;
    struct inf_store *second = NULL;
    struct inf_error err;
    assert_int_equal(inf_store_open(&f->loop, f->path, &second, &err), -1);
    assert_non_null(strstr(err.reason, f->path));
    assert_non_null(strstr(err.reason, "in use by another process"));
    assert_null(second);
}

/* Only the running operation is waited for; what waits is refused, and everybody is told. */
static void closing_answers_everybody(void **state)
{
    struct fixture *f = *state;
    struct outcome outcomes[3] = {{.ended = false}};
    inf_store_put_model(f->store, "first", "{}", 1, record, &outcomes[0]);
    inf_store_put_model(f->store, "second", "{}", 1, record, &outcomes[1]);
    inf_store_put_model(f->store, "third", "{}", 1, record, &outcomes[2]);
    inf_store_close(f->store);
    assert_true(outcomes[0].ended && outcomes[1].ended && outcomes[2].ended);
    assert_int_equal(outcomes[0].err.code, INF_ERR_NONE);
    assert_int_equal(outcomes[1].err.code, INF_ERR_UNAVAILABLE);
    assert_int_equal(outcomes[2].err.code, INF_ERR_UNAVAILABLE);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    open_store(f);
    assert_int_equal(inf_store_model_count(f->store), 1);
    assert_non_null(inf_store_model(f->store, "first"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(models_are_kept_in_order),
        TEST(a_model_is_put_once),
        TEST(a_deleted_model_leaves_nothing),
        TEST(a_definition_is_assembled_from_parts_in_any_order),
        TEST(files_are_private_and_not_inherited),
        TEST(a_part_is_stored_once),
        TEST(a_repeated_part_is_acknowledged),
        TEST(an_aborted_part_was_never_there),
        TEST(a_part_never_lands_in_the_models_successor),
        TEST(commands_take_effect_in_order),
        TEST(an_unusable_definition_says_why),
        TEST(a_stray_part_makes_a_whole_definition_unusable),
        TEST(vocabularies_come_back_as_sent),
        TEST(deployments_are_replaced_and_forgotten),
        TEST(the_names_of_the_node_stay),
        TEST(a_second_store_in_the_directory_is_refused),
        TEST(closing_answers_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
