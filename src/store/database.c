/* database.c - open, settings, version, migrations.
 *
 * The connection is exclusive: the data directory's lock allows one process anyhow, and SQLite then
 * keeps the WAL index in its own memory. Tables are checked for damage before anything is served,
 * because a damaged row found while serving would be an answer that cannot be given. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "database.h"

#include "inferd/io_error.h"
#include "inferd/reserve.h"
#include <errno.h>
#include <malloc.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SQL_TEXT 96

/* A setting that another value comes back from was refused. */
static const struct {
    const char *sql;
    const char *expected; /* the row that must come back, or NULL */
} settings[] = {
    {"PRAGMA journal_mode = WAL", "wal"}, {"PRAGMA synchronous = FULL", NULL},
    {"PRAGMA foreign_keys = ON", NULL},   {"PRAGMA trusted_schema = OFF", NULL},
    {"PRAGMA temp_store = MEMORY", NULL}, {"PRAGMA journal_size_limit = 16777216", NULL},
};

int inf_database_error(struct sqlite3 *db, const char *action, struct inf_error *err)
{
    int code = sqlite3_errcode(db);
    /* sqlite3_system_errno is not set by a COMMIT that fails; errno, cleared before the call, is.
     * A read that fails with EIO is told as damage, which it need not be. */
    bool by_system =
        code == SQLITE_IOERR || code == SQLITE_CANTOPEN || (code == SQLITE_CORRUPT && errno == EIO);
    int failure = by_system ? errno : 0;
    enum inf_err_code kind = code == SQLITE_FULL    ? INF_ERR_INSUFFICIENT_STORAGE
                             : code == SQLITE_NOMEM ? INF_ERR_MEMORY
                                                    : INF_ERR_IO;
    if (failure == 0) {
        return inf_error_set(err, kind, "cannot %s the metadata database: %s", action,
                             sqlite3_errmsg(db));
    }
    char text[128];
    return inf_error_set(err, inf_io_code(failure), "cannot %s the metadata database: %s (%s)",
                         action, sqlite3_errmsg(db), strerror_r(failure, text, sizeof text));
}

int inf_database_exec(struct sqlite3 *db, const char *sql, const char *action,
                      struct inf_error *err)
{
    errno = 0;
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? 0
               : inf_database_error(db, action, err);
}

/* First column of the first row of `sql` into text; empty when there is no row. */
static int query_text(struct sqlite3 *db, const char *sql, char text[SQL_TEXT],
                      struct inf_error *err)
{
    sqlite3_stmt *statement = NULL;
    errno = 0;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    text[0] = '\0';
    if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const unsigned char *value = sqlite3_column_text(statement, 0);
        snprintf(text, SQL_TEXT, "%s", value ? (const char *)value : "");
    }
    int rc = code == SQLITE_ROW || code == SQLITE_DONE ? 0 : inf_database_error(db, "read", err);
    sqlite3_finalize(statement);
    return rc;
}

static int query_int(struct sqlite3 *db, const char *sql, int *ret, struct inf_error *err)
{
    sqlite3_stmt *statement = NULL;
    errno = 0;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        *ret = sqlite3_column_int(statement, 0);
    }
    int rc = code == SQLITE_ROW ? 0 : inf_database_error(db, "read", err);
    sqlite3_finalize(statement);
    return rc;
}

static int apply_settings(struct sqlite3 *db, struct inf_error *err)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        char text[SQL_TEXT];
        if (query_text(db, settings[i].sql, text, err) != 0) {
            return -1;
        }
        if (settings[i].expected && strcmp(text, settings[i].expected) != 0) {
            return inf_error_set(err, INF_ERR_IO,
                                 "the metadata database refuses [%s]: it answers [%s]",
                                 settings[i].sql, text);
        }
    }
    return 0;
}

/* A file of ours has our application id, whatever its version; a new one has no table yet. */
static int check_owner(struct sqlite3 *db, const struct inf_schema *schema, int version,
                       struct inf_error *err)
{
    int id = 0, tables = 0;
    if (query_int(db, "PRAGMA application_id", &id, err) != 0 ||
        query_int(db, "SELECT count(*) FROM sqlite_schema", &tables, err) != 0) {
        return -1;
    }
    if (version == 0 ? tables != 0 : id != schema->application_id) {
        return inf_error_set(err, INF_ERR_ILLEGAL_STATE, "it is another program's database");
    }
    if (version < 0 || version > schema->version) {
        return inf_error_set(err, INF_ERR_ILLEGAL_STATE,
                             "it has schema version [%d] and this version of inferd knows up to "
                             "[%d]; run the newer inferd that wrote it",
                             version, schema->version);
    }
    return 0;
}

static int migrate(struct sqlite3 *db, const struct inf_schema *schema, int version,
                   struct inf_error *err)
{
    for (; version < schema->version; version++) {
        char finish[SQL_TEXT];
        snprintf(finish, sizeof finish, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                 schema->application_id, version + 1);
        if (inf_database_exec(db, "BEGIN IMMEDIATE", "migrate", err) != 0 ||
            inf_database_exec(db, schema->migrations[version], "migrate", err) != 0 ||
            inf_database_exec(db, finish, "migrate", err) != 0 ||
            inf_database_exec(db, "COMMIT", "migrate", err) != 0) {
            return -1; /* closing the connection rolls back */
        }
    }
    return 0;
}

/* Rows that name a row which is not there; the pragma's first column is their table. */
static int check_references(struct sqlite3 *db, struct inf_error *err)
{
    char table[SQL_TEXT];
    if (query_text(db, "PRAGMA foreign_key_check", table, err) != 0) {
        return -1;
    }
    return table[0] == '\0' ? 0
                            : inf_error_set(err, INF_ERR_IO,
                                            "it is damaged: a row of the table [%s] belongs to a "
                                            "row that is not there",
                                            table);
}

/* Not the quick check, which does not compare a table with its indexes: two models of one name, or
 * one that a listing has and a look-up does not find, would be half there. */
static int check_tables(struct sqlite3 *db, const struct inf_schema *schema, struct inf_error *err)
{
    for (const char *const *table = schema->tables; *table; table++) {
        char sql[SQL_TEXT], text[SQL_TEXT];
        snprintf(sql, sizeof sql, "PRAGMA integrity_check('%s')", *table);
        if (query_text(db, sql, text, err) != 0) {
            return -1;
        }
        if (strcmp(text, "ok") != 0) {
            return inf_error_set(err, INF_ERR_IO, "it is damaged: %s", text);
        }
    }
    return check_references(db, err);
}

static int prepare_file(struct sqlite3 *db, const struct inf_schema *schema, struct inf_error *err)
{
    int version = 0;
    /* The lock mode comes before the first read, which would make a WAL index in a file otherwise.
     * The other settings come after the check: they write, and only our own file may be written to.
     */
    if (inf_database_exec(db, "PRAGMA locking_mode = EXCLUSIVE", "lock", err) != 0 ||
        query_int(db, "PRAGMA user_version", &version, err) != 0 ||
        check_owner(db, schema, version, err) != 0 || apply_settings(db, err) != 0 ||
        migrate(db, schema, version, err) != 0) {
        return -1;
    }
    return check_tables(db, schema, err);
}

/* ---- SQLite's memory, which may use the reserve ---- */

static void *allocate(int size)
{
    return inf_reserve_malloc((size_t)size);
}

static void *resize(void *old, int size)
{
    return inf_reserve_realloc(old, (size_t)size);
}

static int size_of(void *memory)
{
    return (int)malloc_usable_size(memory);
}

static int round_up(int size)
{
    return (size + 7) & ~7;
}

static int begin(void *arg)
{
    (void)arg;
    return SQLITE_OK;
}

static void end(void *arg)
{
    (void)arg;
}

/* Takes effect before SQLite's first use in the process; later calls change nothing. */
static void lend_reserve(void)
{
    static const sqlite3_mem_methods methods = {allocate, free,  resize, size_of,
                                                round_up, begin, end,    NULL};
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

int inf_database_open(const char *path, const struct inf_schema *schema, struct sqlite3 **ret,
                      struct inf_error *err)
{
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    int rc = 0;
    lend_reserve();
    errno = 0;
    if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) {
        rc = inf_database_error(db, "open", err); /* db NULL reads as out of memory */
    } else {
        rc = prepare_file(db, schema, err);
    }
    if (rc != 0) {
        inf_database_close(db);
        return inf_error_set(err, err->code, "metadata database [%s] cannot be used: %s", path,
                             err->reason);
    }
    *ret = db;
    return 0;
}

void inf_database_close(struct sqlite3 *db)
{
    sqlite3_close(db);
}
