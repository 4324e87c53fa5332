/* The rows: numbers that are never used twice, cascades, savepoints, the question whether all is
 * there. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata.h"
#include "store_fixture.h"

struct rows {
    struct fixture f;
    struct inf_metadata *metadata;
};

static void open_metadata(struct rows *rows)
{
    struct inf_error err;
    if (inf_metadata_open(path_of(&rows->f, "db"), &rows->metadata, &err) != 0) {
        fail_msg("%s", err.reason);
    }
}

static int setup(void **state)
{
    struct rows *rows = calloc(1, sizeof *rows);
    struct inf_error err;
    assert_non_null(rows);
    make_root(&rows->f);
    assert_int_equal(mkdir(rows->f.path, 0700), 0);
    write_file(&rows->f, "db", "");
    open_metadata(rows);
    assert_int_equal(inf_metadata_begin(rows->metadata, &err), 0);
    *state = rows;
    return 0;
}

static int teardown(void **state)
{
    struct rows *rows = *state;
    inf_metadata_close(rows->metadata);
    remove_root(&rows->f);
    free(rows);
    return 0;
}

static void commit_and_reopen(struct rows *rows)
{
    struct inf_error err;
    assert_int_equal(inf_metadata_commit(rows->metadata, &err), 0);
    inf_metadata_close(rows->metadata);
    open_metadata(rows);
    assert_int_equal(inf_metadata_begin(rows->metadata, &err), 0);
}

static int64_t insert_model(struct rows *rows, const char *id)
{
    struct inf_error err;
    int64_t number = 0;
    assert_int_equal(inf_metadata_insert_model(rows->metadata, id, "{}", 1, &number, &err), 0);
    return number;
}

static void insert_part(struct rows *rows, int64_t number, struct inf_part_row row)
{
    struct inf_error err;
    memset(row.sha256, 0x11 * (row.part + 1), sizeof row.sha256);
    assert_int_equal(inf_metadata_insert_part(rows->metadata, number, &row, &err), 0);
}

static bool is_stored(struct rows *rows, int64_t number, struct inf_part_row row)
{
    struct inf_error err;
    bool stored = false;
    assert_int_equal(inf_metadata_compare_part(rows->metadata, number, "m", &row, &stored, &err),
                     0);
    return stored;
}

static bool is_ready(struct rows *rows, int64_t number)
{
    struct inf_error err;
    bool ready = false;
    assert_int_equal(inf_metadata_ready_to_assemble(rows->metadata, number, &ready, &err), 0);
    return ready;
}

static void count_model(void *arg, const struct inf_model_row *row)
{
    (void)row;
    ++*(int *)arg;
}

static void count_deployment(void *arg, const struct inf_stored_deployment *row)
{
    (void)row;
    ++*(int *)arg;
}

static void a_number_is_never_used_twice(void **state)
{
    struct rows *rows = *state;
    struct inf_error err;
    int64_t first = insert_model(rows, "a"), second = insert_model(rows, "b");
    assert_true(second > first);
    assert_int_equal(inf_metadata_delete_model(rows->metadata, second, &err), 0);
    commit_and_reopen(rows);
    assert_true(insert_model(rows, "b") > second);
}

static void everything_goes_with_the_model(void **state)
{
    struct rows *rows = *state;
    struct inf_error err;
    struct inf_part_row *parts = NULL;
    size_t count = 9;
    char *text = NULL;
    int deployments = 0, models = 0;
    int64_t number = insert_model(rows, "m");
    insert_part(rows, number, (struct inf_part_row){.part = 0, .total_parts = 1});
    assert_int_equal(inf_metadata_put_vocabulary(rows->metadata, number, "m", "{}", 2, &err), 0);
    assert_int_equal(inf_metadata_put_deployment(rows->metadata, "d", "m", "{}", true, &err), 0);
    assert_int_equal(inf_metadata_delete_model(rows->metadata, number, &err), 0);
    assert_int_equal(inf_metadata_parts(rows->metadata, number, &parts, &count, &err), 0);
    assert_int_equal(count, 0);
    free(parts);
    assert_int_equal(inf_metadata_read_vocabulary(rows->metadata, "m", &text, &count, &err), -1);
    assert_int_equal(
        inf_metadata_each_deployment(rows->metadata, count_deployment, &deployments, &err), 0);
    assert_int_equal(inf_metadata_each_model(rows->metadata, count_model, &models, &err), 0);
    assert_int_equal(deployments + models, 0);
}

static void one_change_of_several_fails_alone(void **state)
{
    struct rows *rows = *state;
    struct inf_error err;
    int64_t number;
    insert_model(rows, "before");
    assert_int_equal(inf_metadata_savepoint(rows->metadata, &err), 0);
    insert_model(rows, "undone");
    assert_int_equal(inf_metadata_insert_model(rows->metadata, "before", "{}", 1, &number, &err),
                     -1);
    assert_int_equal(err.code, INF_ERR_ALREADY_EXISTS);
    assert_int_equal(inf_metadata_end_savepoint(rows->metadata, false), 0);
    assert_int_equal(inf_metadata_savepoint(rows->metadata, &err), 0);
    insert_model(rows, "after");
    assert_int_equal(inf_metadata_end_savepoint(rows->metadata, true), 0);
    commit_and_reopen(rows);
    assert_int_equal(inf_metadata_find_model(rows->metadata, "before", &number, &err), 0);
    assert_int_equal(inf_metadata_find_model(rows->metadata, "after", &number, &err), 0);
    assert_int_equal(inf_metadata_find_model(rows->metadata, "undone", &number, &err), -1);
    inf_metadata_rollback(rows->metadata);
    assert_int_equal(inf_metadata_end_savepoint(rows->metadata, true), -1);
}

static void a_rolled_back_transaction_was_never_there(void **state)
{
    struct rows *rows = *state;
    struct inf_error err;
    int64_t number;
    insert_model(rows, "m");
    inf_metadata_rollback(rows->metadata);
    assert_int_equal(inf_metadata_begin(rows->metadata, &err), 0);
    assert_int_equal(inf_metadata_find_model(rows->metadata, "m", &number, &err), -1);
    assert_int_equal(err.code, INF_ERR_NOT_FOUND);
}

static void parts_are_kept_to_the_byte(void **state)
{
    struct rows *rows = *state;
    struct inf_error err;
    struct inf_part_row *parts = NULL;
    size_t count = 0;
    int64_t number = insert_model(rows, "m");
    insert_part(rows, number,
                (struct inf_part_row){
                    .part = 9999, .total_parts = 10000, .total_length = INT64_MAX, .length = 5});
    insert_part(rows, number, (struct inf_part_row){.part = 2, .total_parts = 3});
    commit_and_reopen(rows);
    assert_int_equal(inf_metadata_parts(rows->metadata, number, &parts, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_int_equal(parts[0].part, 2);
    assert_int_equal(parts[1].total_parts, 10000);
    assert_true(parts[1].total_length == INT64_MAX);
    assert_int_equal(parts[0].sha256[31], 0x33);
    assert_true(is_stored(rows, number, parts[0]));
    parts[1].part = 1;
    assert_false(is_stored(rows, number, parts[1]));
    for (int field = 0; field < 4; field++) {
        struct inf_part_row other = parts[0];
        other.total_parts += field == 0;
        other.total_length += field == 1;
        other.length += field == 2;
        other.sha256[31] ^= field == 3;
        assert_int_equal(
            inf_metadata_compare_part(rows->metadata, number, "m", &other, &(bool){false}, &err),
            -1);
        assert_int_equal(err.code, INF_ERR_ALREADY_EXISTS);
    }
    assert_int_equal(inf_metadata_delete_part(rows->metadata, number, 2, &err), 0);
    assert_false(is_stored(rows, number, parts[0]));
    free(parts);
}

static void readiness_asks_all_questions(void **state)
{
    static const struct {
        struct inf_part_row rows[2];
        bool ready;
    } cases[] = {
        {{{.part = 0, .total_parts = 2, .total_length = 7, .length = 3},
          {.part = 1, .total_parts = 2, .total_length = 7, .length = 4}},
         true},
        {{{.part = 0, .total_parts = 2, .total_length = 7, .length = 3},
          {.part = 1, .total_parts = 2, .total_length = 7, .length = 5}},
         false}, /* lengths do not add up */
        {{{.part = 0, .total_parts = 2, .total_length = 7, .length = 3},
          {.part = 1, .total_parts = 2, .total_length = 8, .length = 4}},
         false}, /* total lengths differ */
        {{{.part = 0, .total_parts = 2, .total_length = 7, .length = 3},
          {.part = 1, .total_parts = 3, .total_length = 7, .length = 4}},
         false}, /* numbers of parts differ */
        {{{.part = 0, .total_parts = 2, .total_length = 7, .length = 3},
          {.part = 2, .total_parts = 2, .total_length = 7, .length = 4}},
         false}, /* one is missing, another too many */
        {{{.part = 0, .total_parts = 3, .total_length = 7, .length = 3},
          {.part = 2, .total_parts = 3, .total_length = 7, .length = 4}},
         false}, /* one is missing */
    };
    struct rows *rows = *state;
    struct inf_error err;
    uint8_t sha256[INF_SHA256_SIZE] = {1};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char id[] = {(char)('a' + i), '\0'};
        int64_t number = insert_model(rows, id);
        assert_false(is_ready(rows, number));
        insert_part(rows, number, cases[i].rows[0]);
        assert_false(is_ready(rows, number));
        insert_part(rows, number, cases[i].rows[1]);
        assert_int_equal(is_ready(rows, number), cases[i].ready);
        assert_int_equal(inf_metadata_set_definition(rows->metadata, number, 7, sha256, &err), 0);
        assert_false(is_ready(rows, number));
        assert_int_equal(inf_metadata_set_definition(rows->metadata, number, 0, NULL, &err), 0);
        assert_int_equal(is_ready(rows, number), cases[i].ready);
    }
}

/* Only where bound, never pasted into SQL. */
static void text_is_text(void **state)
{
    struct rows *rows = *state;
    struct inf_error err;
    const char *const id = "'; DROP TABLE models; --\xc3\xa4";
    int64_t number = insert_model(rows, id), found = 0;
    assert_int_equal(inf_metadata_find_model(rows->metadata, id, &found, &err), 0);
    assert_int_equal(found, number);
}

static void names_are_made_once(void **state)
{
    struct rows *rows = *state;
    struct inf_error err;
    char first[INF_NAME_SIZE], again[INF_NAME_SIZE], other[INF_NAME_SIZE];
    assert_int_equal(inf_metadata_name(rows->metadata, "a", first, &err), 0);
    assert_int_equal(inf_metadata_name(rows->metadata, "b", other, &err), 0);
    commit_and_reopen(rows);
    assert_int_equal(inf_metadata_name(rows->metadata, "a", again, &err), 0);
    assert_string_equal(first, again);
    assert_string_not_equal(first, other);
    assert_int_equal(strlen(first), 22);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_number_is_never_used_twice),
        TEST(everything_goes_with_the_model),
        TEST(one_change_of_several_fails_alone),
        TEST(a_rolled_back_transaction_was_never_there),
        TEST(parts_are_kept_to_the_byte),
        TEST(readiness_asks_all_questions),
        TEST(text_is_text),
        TEST(names_are_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
