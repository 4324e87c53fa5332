/* The index: order, sums over parts, and what goes with a model. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/strmap.h"
#include "store_fixture.h"
#include "store_index.h"

static int setup(void **state)
{
    struct inf_index *index = calloc(1, sizeof *index);
    assert_non_null(index);
    inf_index_init(index);
    *state = index;
    return 0;
}

static int teardown(void **state)
{
    inf_index_free(*state);
    inf_index_free(*state);
    free(*state);
    return 0;
}

static void add_model(struct inf_index *index, const char *id, int64_t number)
{
    struct inf_model_row row = {.number = number, .model_id = id, .config = "{}"};
    inf_index_add_model(index, &row);
}

static void sums_follow_the_lowest_part(void **state)
{
    struct inf_index *index = *state;
    add_model(index, "m", 4);
    struct inf_index_model *model = inf_index_model(index, "m");
    for (int part = 99; part >= 0; part--) {
        struct inf_part_row row = {
            .part = part, .total_parts = 100 + part, .total_length = 1000 + part, .length = part};
        inf_index_add_part(model, &row);
        assert_int_equal(model->view.total_parts, 100 + part);
        assert_int_equal(model->view.total_length, 1000 + part);
    }
    assert_int_equal(model->view.parts_stored, 100);
    assert_int_equal(model->view.stored_length, 99 * 100 / 2);
    assert_false(model->view.fully_defined);
    for (int part = 0; part < 100; part++) {
        assert_int_equal(model->parts[part].part, part);
    }
}

static void a_model_goes_with_its_deployments_only(void **state)
{
    struct inf_index *index = *state;
    add_model(index, "a", 1);
    add_model(index, "b", 2);
    static const struct inf_stored_deployment rows[] = {
        {"d1", "a", "{}"}, {"d2", "b", "{}"}, {"d3", "a", "{}"}, {"d4", "a", "{}"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        inf_index_put_deployment(index, &rows[i]);
    }
    inf_index_remove_model(index, "a");
    inf_index_remove_model(index, "a");
    assert_null(inf_index_model(index, "a"));
    assert_int_equal(inf_index_model(index, "b")->number, 2);
    assert_int_equal(inf_strmap_size(index->deployments), 1);
    assert_non_null(inf_strmap_get(index->deployments, "d2"));
    inf_index_remove_deployment(index, "d2");
    inf_index_remove_deployment(index, "d2");
    assert_int_equal(inf_strmap_size(index->deployments), 0);
}

static void a_model_goes_with_its_objects_only(void **state)
{
    struct inf_index *index = *state;
    add_model(index, "a", 1);
    add_model(index, "b", 2);
    static const struct inf_object rows[] = {
        {"o1", "a", "{}"}, {"o2", "b", "{}"}, {"o3", NULL, "{}"}, {"o4", "a", "{}"}};
    for (int kind = 0; kind < INF_OBJECT_KINDS; kind++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            inf_index_put_object(index, (enum inf_object_kind)kind, &rows[i]);
        }
    }
    inf_index_remove_model(index, "a");
    for (int kind = 0; kind < INF_OBJECT_KINDS; kind++) {
        assert_int_equal(inf_strmap_size(index->objects[kind]), 2);
        assert_non_null(inf_strmap_get(index->objects[kind], "o2"));
        assert_non_null(inf_strmap_get(index->objects[kind], "o3"));
    }
    inf_index_remove_object(index, INF_OBJECT_SETTING, "o3");
    inf_index_remove_object(index, INF_OBJECT_SETTING, "o3");
    assert_int_equal(inf_strmap_size(index->objects[INF_OBJECT_SETTING]), 1);
    assert_int_equal(inf_strmap_size(index->objects[INF_OBJECT_ALIAS]), 2);
}

static void an_assembled_row_is_fully_defined(void **state)
{
    struct inf_index *index = *state;
    struct inf_model_row row = {.number = 1,
                                .model_id = "m",
                                .config = "{}",
                                .assembled = true,
                                .definition_length = 77,
                                .sha256 = {1, 2, 3}};
    inf_index_add_model(index, &row);
    const struct inf_index_model *model = inf_index_model(index, "m");
    assert_true(model->view.fully_defined);
    assert_int_equal(model->definition_length, 77);
    assert_memory_equal(model->view.sha256, row.sha256, INF_SHA256_SIZE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sums_follow_the_lowest_part),
        TEST(a_model_goes_with_its_deployments_only),
        TEST(a_model_goes_with_its_objects_only),
        TEST(an_assembled_row_is_fully_defined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
