/* metadata_object.c - the rows of small named documents, and the names that exclude each other.
 *
 * A kind is stored by its name, so that the order of the enum is free to change. Whether a name is
 * free is asked here, where it is written, because two requests that both saw it free can be on
 * their way at once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "database.h"
#include "row_text.h"
#include "statements.h"

int inf_metadata_has_object(struct inf_metadata *metadata, enum inf_object_kind kind,
                            const char *id, struct inf_error *err)
{
    sqlite3_stmt *find = inf_statement_use(metadata, INF_SQL_FIND_OBJECT);
    inf_statement_bind_text(find, 1, inf_object_kind_name(kind));
    inf_statement_bind_text(find, 2, id);
    int found = inf_statement_next(metadata, find, err);
    inf_statement_done(find);
    return found;
}

int inf_metadata_object_is(struct inf_metadata *metadata, enum inf_object_kind kind, const char *id,
                           const char *text, struct inf_error *err)
{
    sqlite3_stmt *find;
    int found;

    if (!text) {
        found = inf_metadata_has_object(metadata, kind, id, err);
        return found < 0 ? -1 : !found;
    }
    find = inf_statement_use(metadata, INF_SQL_OBJECT_IS);
    inf_statement_bind_text(find, 1, inf_object_kind_name(kind));
    inf_statement_bind_text(find, 2, id);
    inf_statement_bind_text(find, 3, text);
    found = inf_statement_next(metadata, find, err);
    inf_statement_done(find);
    return found;
}

int inf_metadata_alias_is_model(struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "model_alias cannot be the same as an existing trained model_id");
}

int inf_metadata_model_is_alias(const char *model_id, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "requested model_id [%s] is the same as an existing model_alias. Model "
                         "model_aliases and ids must be unique",
                         model_id);
}

static int check_alias(struct inf_metadata *metadata, const char *alias, struct inf_error *err)
{
    int64_t ignored;
    if (inf_metadata_find_model(metadata, alias, &ignored, err) == 0) {
        return inf_metadata_alias_is_model(err);
    }
    return err->code == INF_ERR_NOT_FOUND ? 0 : -1;
}

/* *ret is the model's number, or 0 for an object that belongs to none. */
static int find_owner(struct inf_metadata *metadata, const char *model_id, int64_t *ret,
                      struct inf_error *err)
{
    *ret = 0;
    if (!model_id || inf_metadata_find_model(metadata, model_id, ret, err) == 0) {
        return 0;
    }
    return err->code == INF_ERR_NOT_FOUND ? inf_metadata_unknown_model(model_id, err) : -1;
}

int inf_metadata_put_object(struct inf_metadata *metadata, enum inf_object_kind kind,
                            const struct inf_object *object, bool replace, struct inf_error *err)
{
    int64_t owner;
    if ((kind == INF_OBJECT_ALIAS && check_alias(metadata, object->id, err) != 0) ||
        find_owner(metadata, object->model_id, &owner, err) != 0) {
        return -1;
    }
    sqlite3_stmt *put = inf_statement_use(metadata, INF_SQL_PUT_OBJECT);
    inf_statement_bind_text(put, 1, inf_object_kind_name(kind));
    inf_statement_bind_text(put, 2, object->id);
    if (object->model_id) {
        sqlite3_bind_int64(put, 3, owner);
    }
    inf_statement_bind_text(put, 4, object->text);
    sqlite3_bind_int(put, 5, replace);
    if (inf_statement_change(metadata, put, "write", err) != 0) {
        return -1;
    }
    if (sqlite3_changes(metadata->db) == 0) {
        return inf_error_set(err, INF_ERR_ALREADY_EXISTS, "%s [%s] already exists",
                             inf_object_kind_name(kind), object->id);
    }
    inf_recording_object(metadata, kind, object);
    return 0;
}

int inf_metadata_delete_object(struct inf_metadata *metadata, enum inf_object_kind kind,
                               const char *id, struct inf_error *err)
{
    sqlite3_stmt *delete = inf_statement_use(metadata, INF_SQL_DELETE_OBJECT);
    inf_statement_bind_text(delete, 1, inf_object_kind_name(kind));
    inf_statement_bind_text(delete, 2, id);
    if (inf_statement_change(metadata, delete, "write", err) != 0) {
        return -1;
    }
    if (sqlite3_changes(metadata->db) > 0) {
        inf_recording_no_object(metadata, kind, id);
    }
    return 0;
}

int inf_metadata_each_object(struct inf_metadata *metadata, enum inf_object_kind kind,
                             void (*visit)(void *arg, const struct inf_object *row), void *arg,
                             struct inf_error *err)
{
    sqlite3_stmt *list = inf_statement_use(metadata, INF_SQL_LIST_OBJECTS);
    inf_statement_bind_text(list, 1, inf_object_kind_name(kind));
    int found;
    while ((found = inf_statement_next(metadata, list, err)) == 1) {
        bool owned = sqlite3_column_type(list, 1) != SQLITE_NULL;
        struct inf_object row = {
            .id = inf_statement_text(list, 0),
            .model_id = owned ? inf_statement_text(list, 1) : NULL,
            .text = inf_statement_text(list, 2),
        };
        visit(arg, &row);
    }
    inf_statement_done(list);
    return found;
}
