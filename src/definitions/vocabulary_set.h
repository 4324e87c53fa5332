/* vocabulary_set.h - models whose vocabularies are on this node.
 *
 * Thread: loop only. Owns: copies of their names. Bound: twice the models there are, and a few. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_VOCABULARY_SET_H
#define INFERD_DEFINITIONS_VOCABULARY_SET_H

#include "inferd/store.h"

struct inf_vocabulary_set;

struct inf_vocabulary_set *inf_vocabulary_set_new(void);
void inf_vocabulary_set_free(struct inf_vocabulary_set *set);
bool inf_vocabulary_set_has(const struct inf_vocabulary_set *set, const struct inf_model *model);
void inf_vocabulary_set_add(struct inf_vocabulary_set *set,
                            const struct inf_model *model); /* NULL is fine: it is gone */
/* Models that are gone leave theirs behind; now and then all are forgotten. */
void inf_vocabulary_set_trim(struct inf_vocabulary_set *set, size_t models);

#endif
