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

/* Fills an empty index from the metadata. */
int inf_index_load(struct inf_index *index, struct inf_metadata *metadata, struct inf_error *err);
void inf_index_free(struct inf_index *index); /* a zeroed one is fine */

struct inf_index_model *inf_index_model(const struct inf_index *index, const char *model_id);
/* The model must not be there. Strings of row are copied. */
void inf_index_add_model(struct inf_index *index, const struct inf_model_row *row);
/* With its deployments. */
void inf_index_remove_model(struct inf_index *index, const char *model_id);
void inf_index_add_part(struct inf_index_model *model, const struct inf_part_row *row);
bool inf_index_has_part(const struct inf_index_model *model, int part);
void inf_index_set_definition(struct inf_index_model *model, int64_t length,
                              const uint8_t sha256[INF_SHA256_SIZE]);
/* Inserts or replaces. */
void inf_index_put_deployment(struct inf_index *index, const struct inf_stored_deployment *row);
void inf_index_remove_deployment(struct inf_index *index, const char *deployment_id);

#endif
