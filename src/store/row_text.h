/* row_text.h - the store's rows as keys and texts, as they stand in etcd.
 *
 *   model/<id>             {"config":..., "create_time":..., "definition":{..}, "vocabulary":".."}
 *   part/<id>/<number>     {"total_parts":..., "total_length":..., "length":..., "sha256":".."}
 *   deployment/<id>        {"model_id":..., "params":".."}
 *   object/<kind>/<id>     {"model_id":..., "text":".."}
 *
 * Kinds that are about this very machine are kept by each node for itself and have no key.
 *
 * Thread: any (pure). Owns: pairs own their keys and values. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_ROW_TEXT_H
#define INFERD_STORE_ROW_TEXT_H

#include "inferd/etcd.h"
#include "inferd/json.h"
#include "metadata.h"

enum inf_row_type { INF_ROW_MODEL, INF_ROW_PART, INF_ROW_DEPLOYMENT, INF_ROW_OBJECT };

/* A pair that has been read. Its texts live as long as it. */
struct inf_row {
    enum inf_row_type type;
    bool deleted;
    const char *model_id; /* of a model or part */
    struct inf_model_row model;
    struct inf_part_row part;
    struct inf_stored_deployment deployment; /* deleted: the id alone, as below */
    enum inf_object_kind kind;
    struct inf_object object;
    struct inf_json json;
    char *key;
};

const char *inf_object_kind_name(enum inf_object_kind kind);
bool inf_object_kind_find(const char *name, size_t length, enum inf_object_kind *ret);
/* Is the kind the whole cluster's, and not this machine's? */
bool inf_object_kind_is_shared(enum inf_object_kind kind);

/* Is it the key of an assignment, the master's plan for a deployment? */
bool inf_row_is_plan(const char *key);

/* Each appends one pair; the rows of deleted ones need their ids only. */
void inf_row_add_model(struct inf_etcd_pairs *to, const struct inf_model_row *row);
void inf_row_add_part(struct inf_etcd_pairs *to, const char *model_id,
                      const struct inf_part_row *row);
void inf_row_add_deployment(struct inf_etcd_pairs *to, const struct inf_stored_deployment *row);
void inf_row_add_object(struct inf_etcd_pairs *to, enum inf_object_kind kind,
                        const struct inf_object *row);
void inf_row_add_deleted_model(struct inf_etcd_pairs *to, const char *model_id);
/* All of the model: a key that ends in a slash stands for those below it. */
void inf_row_add_deleted_parts(struct inf_etcd_pairs *to, const char *model_id);
void inf_row_add_deleted_deployment(struct inf_etcd_pairs *to, const char *deployment_id);
void inf_row_add_deleted_object(struct inf_etcd_pairs *to, enum inf_object_kind kind,
                                const char *id);

/* 0, or -1 with IO: nothing of ours has written this. *ret is for inf_row_fini in any case. */
int inf_row_read(const struct inf_etcd_pair *pair, struct inf_row *ret, struct inf_error *err);
void inf_row_fini(struct inf_row *row);

#endif
