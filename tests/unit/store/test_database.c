/* Opening a database: new, known, older, newer, foreign, damaged. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "database.h"
#include "store_fixture.h"

#include <sqlite3.h>

static const char *const tables[] = {"t", NULL};
static const char *const migrations[] = {
    "CREATE TABLE t (a TEXT NOT NULL); INSERT INTO t VALUES ('one')",
    "ALTER TABLE t ADD COLUMN b TEXT; UPDATE t SET b = 'two'",
    "UPDATE t SET b = 'three'; INSERT INTO missing VALUES (1)",
};

static const struct inf_schema version_1 = {0x1234, migrations, 1, tables};
static const struct inf_schema version_2 = {0x1234, migrations, 2, tables};
static const struct inf_schema version_3 = {0x1234, migrations, 3, tables};
static const struct inf_schema foreign = {0x4321, migrations, 2, tables};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    make_root(f);
    assert_int_equal(mkdir(f->path, 0700), 0);
    write_file(f, "db", "");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    remove_root(*state);
    free(*state);
    return 0;
}

static struct sqlite3 *must_open(struct fixture *f, const struct inf_schema *schema)
{
    struct sqlite3 *db = NULL;
    struct inf_error err;
    if (inf_database_open(path_of(f, "db"), schema, &db, &err) != 0) {
        fail_msg("%s", err.reason);
    }
    return db;
}

static void assert_refused(struct fixture *f, const struct inf_schema *schema, const char *reason)
{
    struct sqlite3 *db = NULL;
    struct inf_error err;
    assert_int_equal(inf_database_open(path_of(f, "db"), schema, &db, &err), -1);
    if (!strstr(err.reason, reason) || !strstr(err.reason, path_of(f, "db"))) {
        fail_msg("[%s] does not say [%s] or which file", err.reason, reason);
    }
    assert_null(db);
}

static void assert_value(struct sqlite3 *db, const char *sql, const char *expected)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), expected);
    sqlite3_finalize(statement);
}

static void settings_are_those_of_a_durable_store(void **state)
{
    struct sqlite3 *db = must_open(*state, &version_1);
    assert_value(db, "PRAGMA journal_mode", "wal");
    assert_value(db, "PRAGMA synchronous", "2");
    assert_value(db, "PRAGMA foreign_keys", "1");
    assert_value(db, "PRAGMA locking_mode", "exclusive");
    inf_database_close(db);
}

static void migrations_lead_from_version_to_version(void **state)
{
    struct sqlite3 *db = must_open(*state, &version_1);
    assert_value(db, "PRAGMA user_version", "1");
    inf_database_close(db);
    db = must_open(*state, &version_2);
    assert_value(db, "PRAGMA user_version", "2");
    assert_value(db, "SELECT a || b FROM t", "onetwo");
    inf_database_close(db);
}

static void a_failed_migration_changes_nothing(void **state)
{
    struct sqlite3 *db = must_open(*state, &version_2);
    inf_database_close(db);
    assert_refused(*state, &version_3, "cannot migrate the metadata database: no such table");
    db = must_open(*state, &version_2);
    assert_value(db, "SELECT b FROM t", "two");
    inf_database_close(db);
}

static void a_newer_version_is_refused(void **state)
{
    inf_database_close(must_open(*state, &version_2));
    assert_refused(*state, &version_1,
                   "it has schema version [2] and this version of inferd knows up to [1]");
}

static void a_foreign_database_is_refused(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;
    struct sqlite3 *db = must_open(f, &foreign);
    inf_database_close(db);
    assert_refused(f, &version_2, "it is another program's database");
    assert_int_equal(unlink(path_of(f, "db")), 0);
    assert_int_equal(sqlite3_open(path_of(f, "db"), &db), SQLITE_OK);
    assert_int_equal(inf_database_exec(db, "CREATE TABLE theirs (a)", "write", &err), 0);
    inf_database_close(db);
    assert_refused(f, &version_1, "it is another program's database");
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    struct fixture *f = *state;
    write_file(f, "db",
               "This is a letter to somebody, longer than a header: "
               "0123456789012345678901234567890123456789012345678901234567890123456789");
    assert_refused(f, &version_1, "file is not a database");
    assert_int_equal(unlink(path_of(f, "db")), 0);
    assert_refused(f, &version_1, "unable to open database file");
}

/* The one page of the table's rows, overwritten. */
static void a_damaged_table_is_refused(void **state)
{
    struct fixture *f = *state;
    inf_database_close(must_open(f, &version_1));
    FILE *file = fopen(path_of(f, "db"), "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 4096, SEEK_SET), 0);
    for (int i = 0; i < 4096; i++) {
        assert_int_equal(fputc(0xa5, file), 0xa5);
    }
    fclose(file);
    assert_refused(f, &version_1, "cannot be used");
}

/* Runs SQL as another program would, without what the store sets for itself. */
static void run_plain(struct fixture *f, const char *sql)
{
    struct sqlite3 *db = NULL;
    struct inf_error err;
    assert_int_equal(sqlite3_open(path_of(f, "db"), &db), SQLITE_OK);
    if (inf_database_exec(db, sql, "change", &err) != 0) {
        fail_msg("%s", err.reason);
    }
    inf_database_close(db);
}

/* Its pages are well-formed, so only a comparison with the table shows it. */
static void an_index_of_other_rows_is_refused(void **state)
{
    static const char *const two_indexes[] = {
        "CREATE TABLE t (a TEXT NOT NULL, b TEXT); CREATE UNIQUE INDEX of_a ON t (a);"
        "CREATE UNIQUE INDEX of_b ON t (b); INSERT INTO t VALUES ('one', 'two')"};
    static const struct inf_schema schema = {0x1234, two_indexes, 1, tables};
    struct fixture *f = *state;
    inf_database_close(must_open(f, &schema));
    run_plain(f, "PRAGMA writable_schema = ON;"
                 "UPDATE sqlite_schema SET rootpage = (SELECT sum(rootpage) FROM sqlite_schema"
                 " WHERE type = 'index') - rootpage WHERE type = 'index'");
    assert_refused(f, &schema, "it is damaged: row 1 missing from index of_");
}

static void a_row_without_its_parent_is_refused(void **state)
{
    static const char *const parent_and_child[] = {
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);"
        "CREATE TABLE t (of INTEGER NOT NULL REFERENCES parent)"};
    static const struct inf_schema schema = {0x1234, parent_and_child, 1, tables};
    struct fixture *f = *state;
    inf_database_close(must_open(f, &schema));
    run_plain(f, "INSERT INTO t VALUES (7)");
    assert_refused(f, &schema,
                   "it is damaged: a row of the table [t] belongs to a row that is not there");
}

static void errors_name_the_action(void **state)
{
    struct sqlite3 *db = must_open(*state, &version_1);
    struct inf_error err;
    assert_int_equal(inf_database_exec(db, "INSERT INTO t VALUES (NULL)", "write", &err), -1);
    assert_int_equal(err.code, INF_ERR_IO);
    assert_string_equal(err.reason,
                        "cannot write the metadata database: NOT NULL constraint failed: t.a");
    assert_int_equal(inf_database_exec(db, "PRAGMA max_page_count = 1", "limit", &err), 0);
    assert_int_equal(
        inf_database_exec(db, "INSERT INTO t VALUES (zeroblob(100000))", "write", &err), -1);
    assert_int_equal(err.code, INF_ERR_INSUFFICIENT_STORAGE);
    inf_database_close(db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(settings_are_those_of_a_durable_store),
        TEST(migrations_lead_from_version_to_version),
        TEST(a_failed_migration_changes_nothing),
        TEST(a_newer_version_is_refused),
        TEST(a_foreign_database_is_refused),
        TEST(a_file_that_is_no_database_is_refused),
        TEST(a_damaged_table_is_refused),
        TEST(an_index_of_other_rows_is_refused),
        TEST(a_row_without_its_parent_is_refused),
        TEST(errors_name_the_action),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
