/* A database of the first schema version gets a table of objects and keeps what it has. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include <sqlite3.h>

/* What the first version wrote; it stays as it is for ever. */
static const char version_1[] =
    "CREATE TABLE names (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE models (number INTEGER PRIMARY KEY AUTOINCREMENT, model_id TEXT NOT NULL UNIQUE,"
    " config TEXT NOT NULL, create_time_ms INTEGER NOT NULL, definition_length INTEGER,"
    " definition_sha256 BLOB) STRICT;"
    "CREATE TABLE parts (model INTEGER NOT NULL REFERENCES models ON DELETE CASCADE,"
    " part INTEGER NOT NULL, total_parts INTEGER NOT NULL, total_length INTEGER NOT NULL,"
    " length INTEGER NOT NULL, sha256 BLOB NOT NULL, PRIMARY KEY (model, part))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE vocabularies (model INTEGER PRIMARY KEY REFERENCES models ON DELETE CASCADE,"
    " text TEXT NOT NULL) STRICT;"
    "CREATE TABLE deployments (deployment_id TEXT PRIMARY KEY,"
    " model INTEGER NOT NULL REFERENCES models ON DELETE CASCADE, params TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX deployments_of_model ON deployments (model);"
    "INSERT INTO names VALUES ('node_id', 'abcdefghijklmnopqrstuv');"
    "INSERT INTO models VALUES (7, 'old', '{}', 1, NULL, NULL);"
    "INSERT INTO vocabularies VALUES (7, '{\"vocabulary\":[]}');"
    "INSERT INTO deployments VALUES ('d', 7, '{}');"
    "PRAGMA application_id = 0x696e6664; PRAGMA user_version = 1;";

static void run_sql(const struct fixture *f, const char *sql)
{
    struct sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path_of(f, "inferd.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void the_first_version_is_migrated(void **state)
{
    struct fixture *f = *state;
    struct outcome outcome = {.ended = false};
    close_store(f);
    assert_int_equal(unlink(path_of(f, "inferd.db")), 0);
    run_sql(f, version_1);
    open_store(f);
    assert_string_equal(inf_store_node_id(f->store), "abcdefghijklmnopqrstuv");
    assert_true(inf_store_model(f->store, "old")->has_vocabulary);
    assert_int_equal(inf_store_deployment_count(f->store), 1);
    assert_int_equal(inf_store_object_count(f->store, INF_OBJECT_ALIAS), 0);
    inf_store_put_object(f->store, INF_OBJECT_ALIAS, &(struct inf_object){"a", "old", "{}"}, false,
                         record, &outcome);
    assert_int_equal(await(f, &outcome), INF_ERR_NONE);
    reopen_store(f);
    assert_string_equal(inf_store_object(f->store, INF_OBJECT_ALIAS, "a")->model_id, "old");
    assert_int_equal(inf_store_deployment_count(f->store), 1);
}

/* Of two that replace the same at once, the second is told that it is another now. */
static void a_swap_sees_what_it_replaces(void **state)
{
    static const char *const texts[] = {NULL, "first", "third"}; /* what is there before */
    struct fixture *f = *state;

    for (size_t i = 0; i < 3; i++) {
        struct outcome one = {.ended = false}, other = {.ended = false};
        const struct inf_object first = {"u", NULL, i == 0 ? "first" : "third"};
        const struct inf_object second = {"u", NULL, "second"};

        if (i > 0)
            assert_string_equal(inf_store_object(f->store, INF_OBJECT_USER, "u")->text, texts[i]);
        inf_store_swap_object(f->store, INF_OBJECT_USER, &first, record, &one);
        inf_store_swap_object(f->store, INF_OBJECT_USER, &second, record, &other);
        assert_int_equal(await(f, &one), INF_ERR_NONE);
        /* where the first has changed nothing, the second finds what it has seen */
        assert_int_equal(await(f, &other), i < 2 ? INF_ERR_CONFLICT : INF_ERR_NONE);
    }
    assert_string_equal(inf_store_object(f->store, INF_OBJECT_USER, "u")->text, "second");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_version_is_migrated),
        TEST(a_swap_sees_what_it_replaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
