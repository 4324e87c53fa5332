/* probability.h - from scores to probabilities, to the best of them, to "top_classes".
 *
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_PROBABILITY_H
#define INFERD_TASK_PROBABILITY_H

#include "inferd/json.h"
#include <stddef.h>

/* exp(x - max) / sum of these, in place; count >= 1, all finite. */
void inf_softmax(double *values, size_t count);

/* The indexes of the `wanted` <= count largest values, the largest first, of equal ones the first
 * first. O(count log wanted). */
void inf_top(const double *values, size_t count, size_t wanted, size_t *ret);

/* How many classes an answer shows: all of `count` for a num_top_classes below 0. */
size_t inf_top_count(int num_top_classes, size_t count);

/* Writes {"class_name":..,"class_probability":..,"class_score":..}; the last two are the same. */
void inf_top_class_write(const char *name, size_t name_length, double probability,
                         struct inf_jsonw *w);

#endif
