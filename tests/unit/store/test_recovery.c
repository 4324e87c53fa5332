/* Opening after any kind of end: rows are the truth, files follow, damage is told and can be
 * mended. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/log.h"
#include "store_fixture.h"

#include <fcntl.h>
#include <sqlite3.h>

static void log_to_file(const struct fixture *f)
{
    char name[1024];
    snprintf(name, sizeof name, "%s/log", f->root);
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    inf_log_init(fd, INF_LOG_INFO, 0, NULL);
}

static bool is_logged(const struct fixture *f, const char *text)
{
    char name[1024], content[4096] = "";
    snprintf(name, sizeof name, "%s/log", f->root);
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    content[fread(content, 1, sizeof content - 1, file)] = '\0';
    fclose(file);
    return strstr(content, text) != NULL;
}

/* As an operator with a shell would do it, while the store is closed. */
static void run_sql(const struct fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path_of(f, "inferd.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static int setup(void **state)
{
    store_setup(state);
    log_to_file(*state);
    return 0;
}

/* Two models, models/1 whole, models/2 with parts 0 and 2 of three; closed. */
static void make_two_models(struct fixture *f)
{
    assert_int_equal(put_model(f, "whole"), INF_ERR_NONE);
    assert_int_equal(put_part(f, "whole", 0, "abc", 3, 1), INF_ERR_NONE);
    assert_int_equal(put_model(f, "half"), INF_ERR_NONE);
    assert_int_equal(put_part(f, "half", 0, "a", 3, 3), INF_ERR_NONE);
    assert_int_equal(put_part(f, "half", 2, "c", 3, 3), INF_ERR_NONE);
    close_store(f);
}

static void files_without_a_row_are_removed(void **state)
{
    struct fixture *f = *state;
    make_two_models(f);
    write_file(f, "tmp/part-0", "half a part");
    write_file(f, "tmp/definition-2", "half a definition");
    write_file(f, "models/1/part-0", "left by an assembly");
    write_file(f, "models/2/part-1", "placed, but never a row");
    write_file(f, "models/2/part-02", "no name of ours");
    write_file(f, "models/2/definition.pt", "placed, but never a row");
    assert_int_equal(mkdir(path_of(f, "models/77"), 0700), 0);
    write_file(f, "models/77/definition.pt", "of a deleted model");
    open_store(f);
    assert_int_equal(count_entries(f, "tmp"), 0);
    assert_int_equal(count_entries(f, "models"), 2);
    assert_int_equal(count_entries(f, "models/1"), 1);
    assert_int_equal(count_entries(f, "models/2"), 2);
    assert_definition(f, "whole", "abc");
    assert_int_equal(inf_store_model(f->store, "half")->parts_stored, 2);
    assert_int_equal(put_part(f, "half", 1, "b", 3, 3), INF_ERR_NONE);
    assert_definition(f, "half", "abc");
}

/* It goes into answers, so it is what we once made or nothing. */
static void a_damaged_name_is_told(void **state)
{
    static const char *const values[] = {"'short'", "CAST(x'61' || zeroblob(21) AS TEXT)",
                                         "'22 characters, \"but\" no'"};
    struct fixture *f = *state;
    char sql[256];
    struct inf_error err;

    make_two_models(f);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        snprintf(sql, sizeof sql, "UPDATE names SET value = %s WHERE key = 'node_id'", values[i]);
        run_sql(f, sql);
        assert_int_equal(inf_store_open(&f->loop, f->path, &f->store, &err), -1);
        assert_non_null(strstr(err.reason, "the stored name [node_id] is damaged"));
    }
    run_sql(f, "DELETE FROM names WHERE key = 'node_id'"); /* then it gets a new one */
    open_store(f);
}

static void what_is_not_ours_is_left_alone(void **state)
{
    struct fixture *f = *state;
    make_two_models(f);
    assert_int_equal(mkdir(path_of(f, "models/lost+found"), 0700), 0);
    assert_int_equal(mkdir(path_of(f, "models/007"), 0700), 0);
    assert_int_equal(mkdir(path_of(f, "models/+9"), 0700), 0);
    open_store(f);
    assert_int_equal(count_entries(f, "models"), 5);
    assert_true(is_logged(f, "models/lost+found is not inferd's"));
}

static void a_lost_part_can_be_sent_again(void **state)
{
    struct fixture *f = *state;
    make_two_models(f);
    assert_int_equal(unlink(path_of(f, "models/2/part-0")), 0);
    open_store(f);
    assert_true(is_logged(f, "definition part [0] of model [half] is lost"));
    assert_int_equal(inf_store_model(f->store, "half")->parts_stored, 1);
    assert_int_equal(put_part(f, "half", 0, "a", 3, 3), INF_ERR_NONE);
    assert_int_equal(put_part(f, "half", 1, "b", 3, 3), INF_ERR_NONE);
    assert_definition(f, "half", "abc");
}

static void a_lost_definition_can_be_sent_again(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;
    make_two_models(f);
    write_file(f, "models/1/definition.pt", "cut!");
    open_store(f);
    assert_true(is_logged(f, "the definition of model [whole] is lost"));
    assert_int_equal(inf_store_definition_check(f->store, "whole", &err), -1);
    assert_string_equal(err.reason, "Could not find trained model definition [whole]");
    assert_int_equal(put_part(f, "whole", 0, "xyz", 3, 1), INF_ERR_NONE);
    assert_definition(f, "whole", "xyz");
}

static void a_complete_definition_is_assembled(void **state)
{
    struct fixture *f = *state;
    make_two_models(f);
    assert_int_equal(unlink(path_of(f, "models/1/definition.pt")), 0);
    write_file(f, "models/1/part-0", "abc");
    open_store(f);
    for (int round = 0; round < 2; round++) {
        assert_true(inf_store_model(f->store, "whole")->fully_defined);
        assert_definition(f, "whole", "abc");
        assert_int_equal(count_entries(f, "models/1"), 1);
        reopen_store(f);
    }
}

/* Same length, other bytes: the row's SHA-256 tells. The store opens; the model is not fully
 * defined. */
static void a_damaged_part_is_not_assembled(void **state)
{
    struct fixture *f = *state;
    make_two_models(f);
    assert_int_equal(unlink(path_of(f, "models/1/definition.pt")), 0);
    write_file(f, "models/1/part-0", "abd");
    open_store(f);
    assert_true(is_logged(f, "cannot assemble the definition of model [whole]: definition part [0] "
                             "is damaged on disk"));
    assert_false(inf_store_model(f->store, "whole")->fully_defined);
    assert_int_equal(count_entries(f, "tmp"), 0);
    assert_int_equal(delete_model(f, "whole"), INF_ERR_NONE);
}

static int rename_out(const struct fixture *f)
{
    char aside[1024];
    snprintf(aside, sizeof aside, "%s/aside", f->root);
    return rename(path_of(f, "models/1/definition.pt"), aside);
}

static int rename_back(const struct fixture *f)
{
    char aside[1024];
    snprintf(aside, sizeof aside, "%s/aside", f->root);
    return rename(aside, path_of(f, "models/1/definition.pt"));
}

static void what_cannot_be_examined_is_not_forgotten(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;
    make_two_models(f);
    assert_int_equal(rename_out(f), 0);
    assert_int_equal(rmdir(path_of(f, "models/1")), 0);
    write_file(f, "models/1", "in the way");
    assert_int_equal(inf_store_open(&f->loop, f->path, &f->store, &err), -1);
    assert_string_equal(err.reason, "cannot examine definition.pt: Not a directory");
    assert_int_equal(unlink(path_of(f, "models/1")), 0);
    assert_int_equal(mkdir(path_of(f, "models/1"), 0700), 0);
    assert_int_equal(rename_back(f), 0);
    open_store(f);
    assert_definition(f, "whole", "abc");
}

static void a_newer_or_damaged_database_is_refused(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;
    make_two_models(f);
    run_sql(f, "PRAGMA user_version = 99");
    assert_int_equal(inf_store_open(&f->loop, f->path, &f->store, &err), -1);
    assert_non_null(strstr(err.reason, "it has schema version [99]"));
    assert_non_null(strstr(err.reason, f->path));
    run_sql(f, "PRAGMA user_version = 3; UPDATE names SET value = 'short'");
    assert_int_equal(inf_store_open(&f->loop, f->path, &f->store, &err), -1);
    assert_string_equal(err.reason, "the stored name [node_id] is damaged");
    run_sql(f, "DELETE FROM names");
    open_store(f);
    assert_definition(f, "whole", "abc");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, store_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_without_a_row_are_removed),
        TEST(a_damaged_name_is_told),
        TEST(what_is_not_ours_is_left_alone),
        TEST(a_lost_part_can_be_sent_again),
        TEST(a_lost_definition_can_be_sent_again),
        TEST(a_complete_definition_is_assembled),
        TEST(a_damaged_part_is_not_assembled),
        TEST(what_cannot_be_examined_is_not_forgotten),
        TEST(a_newer_or_damaged_database_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
