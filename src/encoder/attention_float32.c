/* attention_float32.c - a head's keys are turned into columns; then some queries at a time are
 * multiplied by all of them, weighed, and the weights multiplied by the values where they lie. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "attention_heads.h"

#include <math.h>

#define QUERIES 32 /* at once: scores of 512 keys are 64 KB */

/* Values are read by whole vectors, so a head has to fill them. */
static bool can(int size)
{
    return size % INF_KERNEL_PAD == 0 && inf_kernels()->is_wide;
}

static size_t room(int size, int longest)
{
    return ((size_t)size + QUERIES) * inf_attention_row(longest) * sizeof(float);
}

/* weights[count, length] of the queries from `first` on. */
static void weigh(const struct inf_attention_head *head, const struct inf_kernels *kernels,
                  const float *keys, int first, int count, float *weights)
{
    size_t row = inf_attention_row(head->length), length = (size_t)head->length;
    float size = sqrtf((float)head->size);

    inf_attention_by_keys(head, kernels, keys, first, count, weights);
    /* The softmax divides by that; what is added is not to be divided. */
    for (size_t i = 0; i < (size_t)count && head->bias != NULL; i++)
        kernels->add(head->bias + ((size_t)first + i) * length, size, head->length,
                     weights + i * row);
    for (size_t i = 0; i < (size_t)count; i++)
        kernels->softmax(weights + i * row, head->length, 1 / size);
}

static void attend(const struct inf_attention_head *head, void *at)
{
    const struct inf_kernels *kernels = inf_kernels();
    float *keys = at, *weights = keys + (size_t)head->size * inf_attention_row(head->length);

    inf_attention_turn_keys(head, keys);
    for (int first = 0, count = 0; first < head->queries; first += count) {
        count = head->queries - first < QUERIES ? head->queries - first : QUERIES;
        weigh(head, kernels, keys, first, count, weights);
        inf_attention_by_values(head, kernels, weights, head->value, head->row, first, count);
    }
}

const struct inf_attention_kind inf_attention_float32 = {can, room, attend};
