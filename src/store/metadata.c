/* metadata.c - schema and transactions.
 *
 * A model's number is AUTOINCREMENT, so the folder of a deleted model is never a new model's, and a
 * part that was on its way in when its model was deleted cannot land in a successor of that name.
 * Everything that hangs on a model goes with its row (ON DELETE CASCADE): one statement, one
 * commit. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata.h"

#include "database.h"
#include "inferd/alloc.h"
#include "statements.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define APPLICATION_ID 0x696e6664 /* "infd" */

static const char *const migrations[] = {
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
    "CREATE INDEX deployments_of_model ON deployments (model);",
    "CREATE TABLE objects (kind TEXT NOT NULL, id TEXT NOT NULL,"
    " model INTEGER REFERENCES models ON DELETE CASCADE, text TEXT NOT NULL,"
    " PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX objects_of_model ON objects (model);",
    "ALTER TABLE models ADD COLUMN vocabulary_sha256 BLOB;",
};

/* Vocabularies are left out: megabytes each, and one is read whole before it is used. */
static const char *const checked_tables[] = {"names",       "models",  "parts",
                                             "deployments", "objects", NULL};

int inf_metadata_open(const char *path, struct inf_metadata **ret, struct inf_error *err)
{
    static const struct inf_schema schema = {
        .application_id = APPLICATION_ID,
        .migrations = migrations,
        .version = sizeof migrations / sizeof migrations[0],
        .tables = checked_tables,
    };
    struct inf_metadata *metadata = inf_alloc(1, sizeof *metadata);
    if (inf_database_open(path, &schema, &metadata->db, err) != 0) {
        free(metadata);
        return -1;
    }
    if (inf_statements_prepare(metadata, err) != 0) {
        inf_metadata_close(metadata);
        return -1;
    }
    *ret = metadata;
    return 0;
}

void inf_metadata_close(struct inf_metadata *metadata)
{
    if (!metadata) {
        return;
    }
    inf_statements_finalize(metadata);
    inf_database_close(metadata->db);
    free(metadata);
}

/* ---- transactions ---- */

bool inf_metadata_in_doubt(const struct inf_metadata *metadata)
{
    return metadata->in_doubt;
}

static int change(struct inf_metadata *metadata, enum inf_statement which)
{
    struct inf_error ignored;
    return inf_statement_change(metadata, inf_statement_use(metadata, which), "write", &ignored);
}

/* Any change will do: its frames go over those of the failed one. A count always is one, while
 * SQLite does not write a row that stays as it is. */
int inf_metadata_settle(struct inf_metadata *metadata)
{
    if (!metadata->in_doubt) {
        return 0;
    }
    if (change(metadata, INF_SQL_BEGIN) != 0) {
        return -1;
    }
    if (change(metadata, INF_SQL_COUNT_DOUBT) != 0 || change(metadata, INF_SQL_COMMIT) != 0) {
        inf_metadata_rollback(metadata);
        return -1;
    }
    metadata->in_doubt = false;
    return 0;
}

int inf_metadata_begin(struct inf_metadata *metadata, struct inf_error *err)
{
    (void)inf_metadata_settle(metadata); /* reading goes on without */
    return inf_statement_change(metadata, inf_statement_use(metadata, INF_SQL_BEGIN),
                                "begin a transaction of", err);
}

int inf_metadata_commit(struct inf_metadata *metadata, struct inf_error *err)
{
    if (inf_statement_change(metadata, inf_statement_use(metadata, INF_SQL_COMMIT), "write", err) ==
        0) {
        return 0;
    }
    inf_metadata_rollback(metadata);
    metadata->in_doubt = true;
    (void)inf_metadata_settle(metadata);
    return -1;
}

void inf_metadata_rollback(struct inf_metadata *metadata)
{
    if (!sqlite3_get_autocommit(metadata->db)) { /* an I/O error may have rolled back already */
        (void)change(metadata, INF_SQL_ROLLBACK);
    }
}

int inf_metadata_end(struct inf_metadata *metadata, int rc, struct inf_error *err)
{
    if (rc == 0) {
        return inf_metadata_commit(metadata, err);
    }
    inf_metadata_rollback(metadata);
    return -1;
}

int inf_metadata_savepoint(struct inf_metadata *metadata, struct inf_error *err)
{
    return inf_statement_change(metadata, inf_statement_use(metadata, INF_SQL_SAVEPOINT),
                                "set a savepoint in", err);
}

int inf_metadata_end_savepoint(struct inf_metadata *metadata, bool keep)
{
    if (sqlite3_get_autocommit(metadata->db) ||
        (!keep && change(metadata, INF_SQL_ROLLBACK_TO) != 0)) {
        return -1;
    }
    return change(metadata, INF_SQL_RELEASE);
}

/* ---- names ---- */

static int make_name(char name[INF_NAME_SIZE], struct inf_error *err)
{
    unsigned char bytes[16], text[25]; /* 16 bytes are 22 characters and two of padding */
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
        return inf_error_set(err, INF_ERR_INTERNAL, "the system gives no random bytes");
    }
    EVP_EncodeBlock(text, bytes, sizeof bytes);
    for (int i = 0; i < INF_NAME_SIZE - 1; i++) {
        name[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : (char)text[i];
    }
    name[INF_NAME_SIZE - 1] = '\0';
    return 0;
}

/* As make_name makes them: who reads the file writes them into answers. */
static bool is_name(const char *text, int length)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    return length == INF_NAME_SIZE - 1 && strspn(text, letters) == (size_t)length;
}

/* 1: there is one, 0: there is none, -1 with err. */
static int find_name(struct inf_metadata *metadata, const char *key, char name[INF_NAME_SIZE],
                     struct inf_error *err)
{
    sqlite3_stmt *find = inf_statement_use(metadata, INF_SQL_FIND_NAME);
    inf_statement_bind_text(find, 1, key);
    int found = inf_statement_next(metadata, find, err);
    if (found == 1 && is_name(inf_statement_text(find, 0), sqlite3_column_bytes(find, 0))) {
        memcpy(name, inf_statement_text(find, 0), INF_NAME_SIZE);
    } else if (found == 1) {
        found = inf_error_set(err, INF_ERR_IO, "the stored name [%s] is damaged", key);
    }
    inf_statement_done(find);
    return found;
}

int inf_metadata_find_name(struct inf_metadata *metadata, const char *key, char name[INF_NAME_SIZE],
                           struct inf_error *err)
{
    name[0] = '\0';
    return find_name(metadata, key, name, err) < 0 ? -1 : 0;
}

int inf_metadata_set_name(struct inf_metadata *metadata, const char *key, const char *name,
                          struct inf_error *err)
{
    sqlite3_stmt *set = inf_statement_use(metadata, name ? INF_SQL_PUT_NAME : INF_SQL_DELETE_NAME);
    inf_statement_bind_text(set, 1, key);
    if (name) {
        inf_statement_bind_text(set, 2, name);
    }
    return inf_statement_change(metadata, set, "write", err);
}

int inf_metadata_name(struct inf_metadata *metadata, const char *key, char name[INF_NAME_SIZE],
                      struct inf_error *err)
{
    int found = find_name(metadata, key, name, err);
    if (found != 0) {
        return found < 0 ? -1 : 0;
    }
    return make_name(name, err) != 0 ? -1 : inf_metadata_set_name(metadata, key, name, err);
}
