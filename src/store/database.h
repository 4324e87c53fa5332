/* database.h - a SQLite file opened the way a store of acknowledged commands needs it.
 *
 * WAL with synchronous=FULL, foreign keys enforced, one exclusive connection, a schema version with
 * migrations. Knows nothing of models. Thread: one at a time, any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_DATABASE_H
#define INFERD_STORE_DATABASE_H

#include "inferd/error.h"
#include <stdbool.h>

struct sqlite3;

struct inf_schema {
    int application_id;            /* marks the file as ours */
    const char *const *migrations; /* migrations[n] leads from version n to n + 1 */
    int version;                   /* number of migrations */
    const char *const *tables;     /* NULL-ended: what is checked for damage at open */
};

/* path: an existing file (an empty one becomes a database). A file that is no database, that is
 * damaged, another program's, or written by a newer version: an error that names the path. */
int inf_database_open(const char *path, const struct inf_schema *schema, struct sqlite3 **ret,
                      struct inf_error *err);
void inf_database_close(struct sqlite3 *db); /* NULL is fine */

/* Sets the error of the call that just failed and before which errno was 0: "cannot <action> the
 * metadata database: ...". Returns -1. */
int inf_database_error(struct sqlite3 *db, const char *action, struct inf_error *err);
/* One statement without parameters; rows are passed over. */
int inf_database_exec(struct sqlite3 *db, const char *sql, const char *action,
                      struct inf_error *err);

#endif
