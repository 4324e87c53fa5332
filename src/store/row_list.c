/* row_list.c - what others changed: deleted rows first, then models, then what hangs on models. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "row_list.h"

#include "inferd/alloc.h"
#include "inferd/log.h"
#include <stdlib.h>
#include <string.h>

void inf_row_list_fini(struct inf_row_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        inf_row_fini(&list->items[i]);
    }
    free(list->items);
    *list = (struct inf_row_list){0};
}

static void keep(struct inf_row_list *list, struct inf_row *row)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 16;
        list->items = inf_realloc(list->items, list->capacity, sizeof *list->items);
    }
    list->items[list->count++] = *row;
    *row = (struct inf_row){0};
}

void inf_row_list_move(struct inf_row_list *to, struct inf_row_list *from)
{
    for (size_t i = 0; i < from->count; i++) {
        keep(to, &from->items[i]);
    }
    inf_row_list_fini(from);
}

/* ---- into the copy: 1: changed, 0: it was so, -1 with err ---- */

/* What a model's row is before a change. */
struct before {
    bool there;
    int64_t number, create_time_ms;
};

static void see_model(void *arg, const struct inf_model_row *row)
{
    *(struct before *)arg = (struct before){true, row->number, row->create_time_ms};
}

static int find_before(struct inf_metadata *metadata, const char *model_id, struct before *ret,
                       struct inf_error *err)
{
    *ret = (struct before){0};
    return inf_metadata_visit_model(metadata, model_id, see_model, ret, err) < 0 ? -1 : 0;
}

static int delete_model(struct inf_metadata *metadata, struct inf_row *row, struct inf_error *err)
{
    struct before before;
    if (find_before(metadata, row->model_id, &before, err) != 0) {
        return -1;
    }
    row->model.number = before.number;
    return !before.there                                                  ? 0
           : inf_metadata_delete_model(metadata, before.number, err) != 0 ? -1
                                                                          : 1;
}

/* A model of that name with another time of its creation is another model. */
static int forget_predecessor(struct inf_metadata *metadata, const struct inf_row *row,
                              struct before *before, struct inf_row_list *applied,
                              struct inf_error *err)
{
    struct inf_etcd_pairs pair = {0};
    struct inf_row gone;
    int rc;
    if (!before->there || before->create_time_ms == row->model.create_time_ms) {
        return 0;
    }
    before->there = false;
    inf_row_add_deleted_model(&pair, row->model_id);
    rc = inf_row_read(&pair.items[0], &gone, err);
    inf_etcd_pairs_fini(&pair);
    if (rc == 0 && delete_model(metadata, &gone, err) < 0) {
        rc = -1;
    }
    if (rc == 0) {
        keep(applied, &gone);
    }
    inf_row_fini(&gone);
    return rc;
}

static int put_model(struct inf_metadata *metadata, struct inf_row *row,
                     struct inf_row_list *applied, struct inf_error *err)
{
    struct inf_model_row *model = &row->model;
    struct before before;
    if (find_before(metadata, row->model_id, &before, err) != 0 ||
        forget_predecessor(metadata, row, &before, applied, err) != 0) {
        return -1;
    }
    model->number = before.number;
    if (!before.there &&
        inf_metadata_insert_model(metadata, model->model_id, model->config, model->create_time_ms,
                                  &model->number, err) != 0) {
        return -1;
    }
    if ((model->assembled &&
         inf_metadata_set_definition(metadata, model->number, model->definition_length,
                                     model->sha256, err) != 0) ||
        (model->has_vocabulary &&
         inf_metadata_set_vocabulary(metadata, model->number, model->vocabulary_sha256, err) !=
             0)) {
        return -1;
    }
    return 1;
}

static int put_part(struct inf_metadata *metadata, struct inf_row *row, struct inf_error *err)
{
    bool stored = false;
    int64_t number;
    if (inf_metadata_find_model(metadata, row->model_id, &number, err) != 0 ||
        inf_metadata_compare_part(metadata, number, row->model_id, &row->part, &stored, err) != 0) {
        return -1;
    }
    return stored ? 0 : inf_metadata_insert_part(metadata, number, &row->part, err) != 0 ? -1 : 1;
}

static int apply(struct inf_metadata *metadata, struct inf_row *row, struct inf_row_list *applied,
                 struct inf_error *err)
{
    int rc = 0;
    switch (row->type) {
    case INF_ROW_MODEL:
        return row->deleted ? delete_model(metadata, row, err)
                            : put_model(metadata, row, applied, err);
    case INF_ROW_PART: /* it goes with its model */
        return row->deleted ? 0 : put_part(metadata, row, err);
    case INF_ROW_DEPLOYMENT:
        rc = row->deleted
                 ? inf_metadata_delete_deployment(metadata, row->deployment.deployment_id, err)
                 : inf_metadata_put_deployment(metadata, row->deployment.deployment_id,
                                               row->deployment.model_id, row->deployment.params,
                                               true, err);
        break;
    case INF_ROW_OBJECT:
        rc = row->deleted ? inf_metadata_delete_object(metadata, row->kind, row->object.id, err)
                          : inf_metadata_put_object(metadata, row->kind, &row->object, true, err);
        break;
    }
    return rc == 0 ? 1 : -1;
}

/* ---- in an order in which each row finds what it hangs on ---- */

enum turn { DELETED, MODELS, OTHERS, TURNS };

static enum turn turn_of(const struct inf_row *row)
{
    return row->deleted ? DELETED : row->type == INF_ROW_MODEL ? MODELS : OTHERS;
}

/* One of another version may have written it. */
static void complain(const char *key, const struct inf_error *err)
{
    inf_log(INF_LOG_WARN, "store", "a change of another node cannot be taken over",
            (const char *[]){"key", key, "reason", err->reason, NULL});
}

/* What the disk cannot do fails the whole; a row that does not fit is left out. */
static int apply_pair(struct inf_metadata *metadata, const struct inf_etcd_pair *pair,
                      enum turn turn, struct inf_row_list *applied, struct inf_error *err)
{
    struct inf_row row;
    int rc = 0;
    if (inf_row_read(pair, &row, err) != 0) {
        if (turn == DELETED) { /* once of the three times */
            complain(pair->key, err);
        }
    } else if (turn_of(&row) == turn) {
        rc = apply(metadata, &row, applied, err);
        if (rc > 0) {
            keep(applied, &row);
        } else if (rc < 0 && err->code != INF_ERR_IO && err->code != INF_ERR_INSUFFICIENT_STORAGE) {
            complain(pair->key, err);
            rc = 0;
        }
    }
    inf_row_fini(&row);
    return rc < 0 ? -1 : 0;
}

static bool is_row(const struct inf_etcd_pair *pair)
{
    return strchr(pair->key, '/') != NULL;
}

int inf_rows_apply(struct inf_metadata *metadata, const struct inf_etcd_pair *pairs, size_t count,
                   struct inf_row_list *applied, struct inf_error *err)
{
    for (int turn = 0; turn < TURNS; turn++) {
        for (size_t i = 0; i < count; i++) {
            if (is_row(&pairs[i]) &&
                apply_pair(metadata, &pairs[i], (enum turn)turn, applied, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* ---- all rows ---- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct inf_etcd_pair *)a)->key, ((const struct inf_etcd_pair *)b)->key);
}

static void dump_deployment(void *arg, const struct inf_stored_deployment *row)
{
    inf_row_add_deployment(arg, row);
}

/* Where models or objects go while they are listed. */
struct dump {
    struct inf_etcd_pairs *to;
    enum inf_object_kind kind;
    int64_t *numbers; /* of the models, as they came */
    size_t count, capacity;
};

static void dump_model(void *arg, const struct inf_model_row *row)
{
    struct dump *dump = arg;
    if (dump->count == dump->capacity) {
        dump->capacity = dump->capacity ? dump->capacity * 2 : 16;
        dump->numbers = inf_realloc(dump->numbers, dump->capacity, sizeof *dump->numbers);
    }
    dump->numbers[dump->count++] = row->number;
    inf_row_add_model(dump->to, row);
}

static void dump_object(void *arg, const struct inf_object *row)
{
    const struct dump *dump = arg;
    inf_row_add_object(dump->to, dump->kind, row);
}

/* The first pairs of `to` are the models, in the order of their numbers here. */
static int dump_parts(struct inf_metadata *metadata, const struct dump *dump, size_t first,
                      struct inf_error *err)
{
    for (size_t i = 0; i < dump->count; i++) {
        const char *model_id = strchr(dump->to->items[first + i].key, '/') + 1;
        struct inf_part_row *rows = NULL;
        size_t count = 0;
        if (inf_metadata_parts(metadata, dump->numbers[i], &rows, &count, err) != 0) {
            return -1;
        }
        for (size_t part = 0; part < count; part++) {
            inf_row_add_part(dump->to, model_id, &rows[part]);
        }
        free(rows);
    }
    return 0;
}

int inf_rows_dump(struct inf_metadata *metadata, struct inf_etcd_pairs *to, struct inf_error *err)
{
    struct dump dump = {.to = to};
    size_t first = to->count;
    int rc = inf_metadata_each_model(metadata, dump_model, &dump, err);
    if (rc == 0) {
        rc = dump_parts(metadata, &dump, first, err);
    }
    free(dump.numbers);
    if (rc == 0) {
        rc = inf_metadata_each_deployment(metadata, dump_deployment, to, err);
    }
    for (int kind = 0; kind < INF_OBJECT_KINDS && rc == 0; kind++) {
        dump.kind = (enum inf_object_kind)kind;
        if (inf_object_kind_is_shared(dump.kind)) {
            rc = inf_metadata_each_object(metadata, dump.kind, dump_object, &dump, err);
        }
    }
    if (to->count > 0) {
        qsort(to->items, to->count, sizeof *to->items, by_key);
    }
    return rc;
}

static const struct inf_etcd_pair *find(const struct inf_etcd_pairs *pairs, const char *key)
{
    const struct inf_etcd_pair wanted = {.key = (char *)key};
    return pairs->count > 0 ? bsearch(&wanted, pairs->items, pairs->count, sizeof wanted, by_key)
                            : NULL;
}

/* Is it a model that was deleted and made anew meanwhile? Then what hung on it has gone, too. */
static bool is_another_model(const struct inf_etcd_pair *here, const struct inf_etcd_pair *there)
{
    struct inf_row row = {0}, other = {0};
    struct inf_error ignored;
    bool is_other = strncmp(here->key, "model/", 6) == 0 &&
                    inf_row_read(here, &row, &ignored) == 0 &&
                    inf_row_read(there, &other, &ignored) == 0 &&
                    row.model.create_time_ms != other.model.create_time_ms;
    inf_row_fini(&row);
    inf_row_fini(&other);
    return is_other;
}

static int delete_missing(struct inf_metadata *metadata, const struct inf_etcd_pairs *whole,
                          struct inf_row_list *applied, struct inf_error *err)
{
    struct inf_etcd_pairs here = {0}, gone = {0};
    int rc = inf_rows_dump(metadata, &here, err);
    for (size_t i = 0; i < here.count && rc == 0; i++) {
        const struct inf_etcd_pair *there = find(whole, here.items[i].key);
        if (!there || is_another_model(&here.items[i], there)) {
            inf_etcd_pairs_add(&gone, here.items[i].key, NULL);
        }
    }
    if (rc == 0) {
        rc = inf_rows_apply(metadata, gone.items, gone.count, applied, err);
    }
    inf_etcd_pairs_fini(&here);
    inf_etcd_pairs_fini(&gone);
    return rc;
}

int inf_rows_replace(struct inf_metadata *metadata, const struct inf_etcd_pairs *whole,
                     struct inf_row_list *applied, struct inf_error *err)
{
    struct inf_etcd_pairs here = {0}, fresh = {0};
    int rc = delete_missing(metadata, whole, applied, err);
    if (rc == 0) {
        rc = inf_rows_dump(metadata, &here, err);
    }
    for (size_t i = 0; i < whole->count && rc == 0; i++) {
        const struct inf_etcd_pair *pair = &whole->items[i], *old = find(&here, pair->key);
        if (is_row(pair) && (!old || strcmp(old->value, pair->value) != 0)) {
            inf_etcd_pairs_add(&fresh, pair->key, pair->value);
        }
    }
    if (rc == 0) {
        rc = inf_rows_apply(metadata, fresh.items, fresh.count, applied, err);
    }
    inf_etcd_pairs_fini(&here);
    inf_etcd_pairs_fini(&fresh);
    return rc;
}

/* ---- into the index ---- */

static void index_model(struct inf_index *index, const struct inf_row *row)
{
    struct inf_index_model *model = inf_index_model(index, row->model_id);
    if (row->deleted) {
        inf_index_remove_model(index, row->model_id);
    } else if (!model) {
        inf_index_add_model(index, &row->model);
    } else {
        model->view.has_vocabulary |= row->model.has_vocabulary;
        if (row->model.has_vocabulary) {
            memcpy(model->view.vocabulary_sha256, row->model.vocabulary_sha256, INF_SHA256_SIZE);
        }
        if (row->model.assembled) {
            inf_index_set_definition(model, row->model.definition_length, row->model.sha256);
        }
    }
}

void inf_row_index(struct inf_index *index, const struct inf_row *row)
{
    struct inf_index_model *model;
    switch (row->type) {
    case INF_ROW_MODEL:
        index_model(index, row);
        break;
    case INF_ROW_PART:
        model = inf_index_model(index, row->model_id);
        if (model) {
            inf_index_add_part(model, &row->part);
        }
        break;
    case INF_ROW_DEPLOYMENT:
        if (row->deleted) {
            inf_index_remove_deployment(index, row->deployment.deployment_id);
        } else {
            inf_index_put_deployment(index, &row->deployment);
        }
        break;
    case INF_ROW_OBJECT:
        if (row->deleted) {
            inf_index_remove_object(index, row->kind, row->object.id);
        } else {
            inf_index_put_object(index, row->kind, &row->object);
        }
        break;
    }
}
