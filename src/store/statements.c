/* statements.c - every SQL statement of the store, prepared once at open.
 *
 * One table of texts, so that all that is ever said to the database stands in one place; parameters
 * are bound, never pasted. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "statements.h"

#include "database.h"
#include "inferd/alloc.h"
#include <errno.h>
#include <string.h>

#define MODEL_ROWS                                                                                \
    "SELECT number, model_id, config, create_time_ms, definition_length, definition_sha256,"      \
    " vocabulary_sha256 IS NOT NULL OR EXISTS (SELECT 1 FROM vocabularies WHERE model = number)," \
    " vocabulary_sha256 FROM models"

static const char *const statement_texts[INF_SQL_COUNT] = {
    [INF_SQL_BEGIN] = "BEGIN",
    [INF_SQL_COMMIT] = "COMMIT",
    [INF_SQL_ROLLBACK] = "ROLLBACK",
    [INF_SQL_SAVEPOINT] = "SAVEPOINT one_change",
    [INF_SQL_ROLLBACK_TO] = "ROLLBACK TO one_change",
    [INF_SQL_RELEASE] = "RELEASE one_change",
    [INF_SQL_FIND_NAME] = "SELECT value FROM names WHERE key = ?1",
    [INF_SQL_PUT_NAME] = "INSERT INTO names (key, value) VALUES (?1, ?2)"
                         " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    [INF_SQL_DELETE_NAME] = "DELETE FROM names WHERE key = ?1",
    [INF_SQL_COUNT_DOUBT] = "INSERT INTO names (key, value) VALUES ('failed_commits', '1')"
                            " ON CONFLICT (key) DO UPDATE SET value = value + 1",
    [INF_SQL_INSERT_MODEL] =
        "INSERT INTO models (model_id, config, create_time_ms) VALUES (?1, ?2, ?3)",
    [INF_SQL_FIND_MODEL] = "SELECT number FROM models WHERE model_id = ?1",
    [INF_SQL_DELETE_MODEL] = "DELETE FROM models WHERE number = ?1",
    [INF_SQL_LIST_MODELS] = MODEL_ROWS " ORDER BY model_id",
    [INF_SQL_READ_MODEL] = MODEL_ROWS " WHERE number = ?1",
    [INF_SQL_READ_MODEL_BY_ID] = MODEL_ROWS " WHERE model_id = ?1",
    [INF_SQL_FIND_PART] =
        "SELECT total_parts = ?3 AND total_length = ?4 AND length = ?5 AND sha256 = ?6 FROM parts"
        " WHERE model = ?1 AND part = ?2",
    [INF_SQL_INSERT_PART] =
        "INSERT INTO parts (model, part, total_parts, total_length, length, sha256)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [INF_SQL_DELETE_PART] = "DELETE FROM parts WHERE model = ?1 AND part = ?2",
    [INF_SQL_LIST_PARTS] = "SELECT part, total_parts, total_length, length, sha256 FROM parts"
                           " WHERE model = ?1 ORDER BY part",
    [INF_SQL_SUM_PARTS] =
        "SELECT count(*) = max(total_parts) AND min(total_parts) = max(total_parts)"
        " AND max(part) = max(total_parts) - 1 AND min(total_length) = max(total_length)"
        " AND sum(length) = max(total_length)"
        " AND (SELECT definition_sha256 IS NULL FROM models WHERE number = ?1)"
        " FROM parts WHERE model = ?1",
    [INF_SQL_SET_DEFINITION] = "UPDATE models SET definition_length = ?2, definition_sha256 = ?3"
                               " WHERE number = ?1",
    [INF_SQL_INSERT_VOCABULARY] = "INSERT INTO vocabularies (model, text) VALUES (?1, ?2)",
    [INF_SQL_FIND_VOCABULARY] = "SELECT text = ?2 FROM vocabularies WHERE model = ?1",
    [INF_SQL_READ_VOCABULARY] = "SELECT text FROM vocabularies JOIN models ON number = model"
                                " WHERE model_id = ?1",
    [INF_SQL_SET_VOCABULARY] = "UPDATE models SET vocabulary_sha256 = ?2 WHERE number = ?1",
    [INF_SQL_PUT_DEPLOYMENT] = "INSERT INTO deployments (deployment_id, model, params)"
                               " SELECT ?1, number, ?3 FROM models WHERE model_id = ?2"
                               " ON CONFLICT (deployment_id) DO UPDATE SET model = excluded.model,"
                               " params = excluded.params WHERE ?4",
    [INF_SQL_DELETE_DEPLOYMENT] = "DELETE FROM deployments WHERE deployment_id = ?1",
    [INF_SQL_LIST_DEPLOYMENTS] = "SELECT deployment_id, model_id, params FROM deployments"
                                 " JOIN models ON number = model ORDER BY deployment_id",
    [INF_SQL_DEPLOYMENTS_OF_MODEL] = "SELECT deployment_id FROM deployments WHERE model = ?1",
    [INF_SQL_FIND_OBJECT] = "SELECT 1 FROM objects WHERE kind = ?1 AND id = ?2",
    [INF_SQL_OBJECT_IS] = "SELECT 1 FROM objects WHERE kind = ?1 AND id = ?2 AND text = ?3",
    [INF_SQL_PUT_OBJECT] = "INSERT INTO objects (kind, id, model, text) VALUES (?1, ?2, ?3, ?4)"
                           " ON CONFLICT (kind, id) DO UPDATE SET model = excluded.model,"
                           " text = excluded.text WHERE ?5",
    [INF_SQL_DELETE_OBJECT] = "DELETE FROM objects WHERE kind = ?1 AND id = ?2",
    [INF_SQL_LIST_OBJECTS] = "SELECT id, model_id, text FROM objects"
                             " LEFT JOIN models ON number = model WHERE kind = ?1 ORDER BY id",
    [INF_SQL_OBJECTS_OF_MODEL] = "SELECT kind, id FROM objects WHERE model = ?1",
};

int inf_statements_prepare(struct inf_metadata *metadata, struct inf_error *err)
{
    for (int i = 0; i < INF_SQL_COUNT; i++) {
        if (sqlite3_prepare_v3(metadata->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &metadata->statements[i], NULL) != SQLITE_OK) {
            return inf_database_error(metadata->db, "prepare statements of", err);
        }
    }
    return 0;
}

void inf_statements_finalize(struct inf_metadata *metadata)
{
    for (int i = 0; i < INF_SQL_COUNT; i++) {
        sqlite3_finalize(metadata->statements[i]);
    }
}

sqlite3_stmt *inf_statement_use(struct inf_metadata *metadata, enum inf_statement which)
{
    return metadata->statements[which];
}

void inf_statement_bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text64(statement, at, text, strlen(text), SQLITE_STATIC, SQLITE_UTF8);
}

/* The reset repeats the code of the last step, which was dealt with then. */
void inf_statement_done(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

int inf_statement_change(struct inf_metadata *metadata, sqlite3_stmt *statement, const char *action,
                         struct inf_error *err)
{
    errno = 0; /* inf_database_error looks at it */
    int rc =
        sqlite3_step(statement) == SQLITE_DONE ? 0 : inf_database_error(metadata->db, action, err);
    inf_statement_done(statement);
    return rc;
}

int inf_statement_next(struct inf_metadata *metadata, sqlite3_stmt *statement,
                       struct inf_error *err)
{
    errno = 0;
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        return 1;
    case SQLITE_DONE:
        return 0;
    default:
        return inf_database_error(metadata->db, "read", err);
    }
}

const char *inf_statement_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    if (!text && sqlite3_column_type(statement, column) != SQLITE_NULL) {
        inf_alloc_failed(); /* SQLite had no memory for it; an empty text would be another one */
    }
    return text ? (const char *)text : "";
}

bool inf_statement_sha256(sqlite3_stmt *statement, int column, uint8_t sha256[INF_SHA256_SIZE])
{
    const void *blob = sqlite3_column_blob(statement, column);
    if (!blob || sqlite3_column_bytes(statement, column) != INF_SHA256_SIZE) {
        return false;
    }
    memcpy(sha256, blob, INF_SHA256_SIZE);
    return true;
}
