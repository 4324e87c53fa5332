/* store_index.h - what is on disk, in memory, for the getters.
 *
 * Thread: loop only. Owns: all of it. It is changed by `apply` steps alone (and by loading at
 * open), so it never shows what is not durable. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_STORE_INDEX_H
#define INFERD_STORE_STORE_INDEX_H

#include "metadata.h"

struct inf_strmap;

struct inf_index {
    struct inf_strmap *models;      /* of struct inf_index_model */
    struct inf_strmap *deployments; /* of struct inf_stored_deployment, strings owned */
    struct inf_strmap *objects[INF_OBJECT_KINDS]; /* of struct inf_object, strings owned */
};

struct inf_index_part {
    int part;
    int total_parts;
    int64_t total_length;
    int64_t length;
};

struct inf_index_model {
    struct inf_model view; /* what callers see; its strings are owned */
    int64_t number;
    int64_t definition_length;
    struct inf_index_part *parts; /* ascending part */
    size_t part_count;
    size_t part_capacity;
};

void inf_index_init(struct inf_index *index);
/* Initializes the index and fills it from the metadata. */
int inf_index_load(struct inf_index *index, struct inf_metadata *metadata, struct inf_error *err);
void inf_index_free(struct inf_index *index); /* a zeroed one is fine */

struct inf_index_model *inf_index_model(const struct inf_index *index, const char *model_id);
/* The model must not be there. Strings of row are copied. */
void inf_index_add_model(struct inf_index *index, const struct inf_model_row *row);
/* With its deployments and objects. */
void inf_index_remove_model(struct inf_index *index, const char *model_id);
void inf_index_add_part(struct inf_index_model *model, const struct inf_part_row *row);
void inf_index_set_definition(struct inf_index_model *model, int64_t length,
                              const uint8_t sha256[INF_SHA256_SIZE]);
/* Inserts or replaces. */
void inf_index_put_deployment(struct inf_index *index, const struct inf_stored_deployment *row);
void inf_index_remove_deployment(struct inf_index *index, const char *deployment_id);
/* Inserts or replaces. */
void inf_index_put_object(struct inf_index *index, enum inf_object_kind kind,
                          const struct inf_object *row);
void inf_index_remove_object(struct inf_index *index, enum inf_object_kind kind, const char *id);

#endif
