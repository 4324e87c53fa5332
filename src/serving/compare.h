/* compare.h - how far apart two answers of a model are. An answer is the payload of a RESULT that
 * was checked.
 *
 * Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_COMPARE_H
#define INFERD_SERVING_COMPARE_H

#include "inferd/task.h"
#include <stddef.h>

size_t inf_compare_count(const struct inf_tensor *tensor); /* its numbers */
double inf_compare_value(const struct inf_tensor *tensor, size_t i);

/* The largest difference of any number, in terms of its size: that in `expected`, as
 * inf_packed_size has it, but no more than size_most. Infinite where shapes differ, or one is no
 * number. */
double inf_compare_difference(const void *expected, const void *found, double size_most);

/* The least cosine of any row (of the first dimension). Two rows of nothing but zeros have 1, and 0
 * stands for what cannot be compared. */
double inf_compare_cosine(const void *expected, const void *found);

#endif
