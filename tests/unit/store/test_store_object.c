/* Objects: kept by kind and name, gone with their model, one winner when two want the same name. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

static void begin_put(struct fixture *f, enum inf_object_kind kind, const struct inf_object *object,
                      bool replace, struct outcome *outcome)
{
    *outcome = (struct outcome){.ended = false};
    inf_store_put_object(f->store, kind, object, replace, record, outcome);
    assert_false(outcome->ended);
}

static enum inf_err_code put_object(struct fixture *f, enum inf_object_kind kind, const char *id,
                                    const char *model_id, const char *text)
{
    struct outcome outcome;
    begin_put(f, kind, &(struct inf_object){id, model_id, text}, true, &outcome);
    return await(f, &outcome);
}

static enum inf_err_code delete_object(struct fixture *f, enum inf_object_kind kind, const char *id)
{
    struct outcome outcome = {.ended = false};
    inf_store_delete_object(f->store, kind, id, record, &outcome);
    return await(f, &outcome);
}

static void objects_are_kept_by_kind_in_order(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    assert_int_equal(put_object(f, INF_OBJECT_ALIAS, "b", "m", "{}"), INF_ERR_NONE);
    assert_int_equal(put_object(f, INF_OBJECT_ALIAS, "a", "m", "{}"), INF_ERR_NONE);
    assert_int_equal(put_object(f, INF_OBJECT_SETTING, "a", NULL, "10s"), INF_ERR_NONE);
    assert_int_equal(put_object(f, INF_OBJECT_SETTING, "a", NULL, "\xc3\xa4"), INF_ERR_NONE);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(inf_store_object_count(f->store, INF_OBJECT_ALIAS), 2);
        assert_int_equal(inf_store_object_count(f->store, INF_OBJECT_SETTING), 1);
        assert_int_equal(inf_store_object_count(f->store, INF_OBJECT_MEMORY), 0);
        assert_string_equal(inf_store_object_at(f->store, INF_OBJECT_ALIAS, 0)->id, "a");
        assert_string_equal(inf_store_object(f->store, INF_OBJECT_ALIAS, "b")->model_id, "m");
        assert_null(inf_store_object(f->store, INF_OBJECT_SETTING, "a")->model_id);
        assert_string_equal(inf_store_object(f->store, INF_OBJECT_SETTING, "a")->text, "\xc3\xa4");
        assert_null(inf_store_object(f->store, INF_OBJECT_MEMORY, "a"));
        reopen_store(f);
    }
    assert_int_equal(delete_object(f, INF_OBJECT_ALIAS, "a"), INF_ERR_NONE);
    assert_int_equal(delete_object(f, INF_OBJECT_ALIAS, "a"), INF_ERR_NONE);
    assert_null(inf_store_object(f->store, INF_OBJECT_ALIAS, "a"));
    assert_non_null(inf_store_object(f->store, INF_OBJECT_SETTING, "a"));
}

static void objects_go_with_their_model(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    assert_int_equal(put_model(f, "n"), INF_ERR_NONE);
    assert_int_equal(put_object(f, INF_OBJECT_ALIAS, "a", "m", "{}"), INF_ERR_NONE);
    assert_int_equal(put_object(f, INF_OBJECT_ALIAS, "b", "n", "{}"), INF_ERR_NONE);
    assert_int_equal(put_object(f, INF_OBJECT_MEMORY, "m", "m", "{}"), INF_ERR_NONE);
    assert_int_equal(put_object(f, INF_OBJECT_SETTING, "m", NULL, "1"), INF_ERR_NONE);
    assert_int_equal(delete_model(f, "m"), INF_ERR_NONE);
    for (int round = 0; round < 2; round++) {
        assert_null(inf_store_object(f->store, INF_OBJECT_ALIAS, "a"));
        assert_non_null(inf_store_object(f->store, INF_OBJECT_ALIAS, "b"));
        assert_null(inf_store_object(f->store, INF_OBJECT_MEMORY, "m"));
        assert_non_null(inf_store_object(f->store, INF_OBJECT_SETTING, "m"));
        reopen_store(f);
    }
}

static void of_two_at_once_one_wins(void **state)
{
    struct fixture *f = *state;
    struct outcome first, second, third;
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    assert_int_equal(put_model(f, "n"), INF_ERR_NONE);
    begin_put(f, INF_OBJECT_ALIAS, &(struct inf_object){"a", "m", "1"}, false, &first);
    begin_put(f, INF_OBJECT_ALIAS, &(struct inf_object){"a", "n", "2"}, false, &second);
    begin_put(f, INF_OBJECT_MEMORY, &(struct inf_object){"a", "n", "3"}, false, &third);
    assert_int_equal(await(f, &first), INF_ERR_NONE);
    assert_int_equal(await(f, &second), INF_ERR_ALREADY_EXISTS);
    assert_string_equal(second.err.reason, "alias [a] already exists");
    assert_int_equal(await(f, &third), INF_ERR_NONE);
    assert_string_equal(inf_store_object(f->store, INF_OBJECT_ALIAS, "a")->model_id, "m");
    begin_put(f, INF_OBJECT_ALIAS, &(struct inf_object){"a", "n", "2"}, true, &second);
    assert_int_equal(await(f, &second), INF_ERR_NONE);
    reopen_store(f);
    assert_string_equal(inf_store_object(f->store, INF_OBJECT_ALIAS, "a")->model_id, "n");
    assert_string_equal(inf_store_object(f->store, INF_OBJECT_ALIAS, "a")->text, "2");
}

static void a_model_that_is_gone_gets_no_object(void **state)
{
    struct fixture *f = *state;
    struct outcome deleted = {.ended = false}, put;
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    inf_store_delete_model(f->store, "m", record, &deleted);
    begin_put(f, INF_OBJECT_ALIAS, &(struct inf_object){"a", "m", "{}"}, true, &put);
    assert_int_equal(await(f, &put), INF_ERR_NOT_FOUND);
    assert_string_equal(put.err.reason, "No known trained model with model_id [m]");
    assert_int_equal(await(f, &deleted), INF_ERR_NONE);
    assert_int_equal(inf_store_object_count(f->store, INF_OBJECT_ALIAS), 0);
}

/* Whichever comes first has the name. */
static void aliases_and_models_exclude_each_other(void **state)
{
    static const char is_alias[] = "requested model_id [x] is the same as an existing model_alias. "
                                   "Model model_aliases and ids must be unique";
    struct fixture *f = *state;
    struct outcome alias, model = {.ended = false};
    struct inf_error err;
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    begin_put(f, INF_OBJECT_ALIAS, &(struct inf_object){"m", "m", "{}"}, true, &alias);
    assert_int_equal(await(f, &alias), INF_ERR_BAD_REQUEST);
    assert_string_equal(alias.err.reason,
                        "model_alias cannot be the same as an existing trained model_id");
    assert_int_equal(put_object(f, INF_OBJECT_MEMORY, "m", "m", "{}"), INF_ERR_NONE);
    assert_int_equal(inf_store_check_model_id(f->store, "x", &err), 0);
    begin_put(f, INF_OBJECT_ALIAS, &(struct inf_object){"x", "m", "{}"}, true, &alias);
    inf_store_put_model(f->store, "x", "{}", 1, record, &model);
    assert_int_equal(await(f, &alias), INF_ERR_NONE);
    assert_int_equal(await(f, &model), INF_ERR_BAD_REQUEST);
    assert_string_equal(model.err.reason, is_alias);
    assert_int_equal(inf_store_check_model_id(f->store, "x", &err), -1);
    assert_string_equal(err.reason, is_alias);
    assert_int_equal(delete_object(f, INF_OBJECT_ALIAS, "x"), INF_ERR_NONE);
    assert_int_equal(put_model(f, "x"), INF_ERR_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(objects_are_kept_by_kind_in_order),
        TEST(objects_go_with_their_model),
        TEST(of_two_at_once_one_wins),
        TEST(a_model_that_is_gone_gets_no_object),
        TEST(aliases_and_models_exclude_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
