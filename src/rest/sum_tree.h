/* sum_tree.h - the same counts of several nodes, added up. Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_SUM_TREE_H
#define INFERD_REST_SUM_TREE_H

#include "inferd/json.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes one value: the sum of numbers, objects member by member (a member that only some have is
 * theirs), arrays of one length element by element; of anything else, and of values that are not of
 * one kind, the first. count is at least 1. */
void inf_sum_tree(const struct cJSON *const *values, size_t count, struct inf_jsonw *w);

/* Is it a whole number, and which? */
bool inf_sum_int(const struct cJSON *value, int64_t *ret);

#endif
