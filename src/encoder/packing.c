/* Lengths by the mask, and the order by the lengths. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "packing.h"

#include <limits.h>
#include <stdlib.h>

/* -1: the ones are not all in front. */
static int length_of(const int32_t *mask, int cols)
{
    int length = 0;

    while (length < cols && mask[length] == 1)
        length++;
    for (int i = length; i < cols; i++)
        if (mask[i] != 0)
            return -1;
    return length;
}

static int by_length(const void *a, const void *b)
{
    const struct inf_packed_text *left = a, *right = b;

    if (left->length != right->length)
        return left->length < right->length ? -1 : 1;
    return left->row < right->row ? -1 : left->row > right->row;
}

const char *inf_packing_make(const struct inf_packed_input *input, struct inf_packed_text *texts,
                             struct inf_packing *ret)
{
    const int32_t *mask = input->data + (size_t)input->rows * (size_t)input->cols;

    if (input->tensors < 2)
        return "the attention mask is missing";
    *ret = (struct inf_packing){.texts = texts, .count = input->rows};
    for (int row = 0; row < input->rows; row++, mask += input->cols) {
        texts[row] = (struct inf_packed_text){.row = row, .length = length_of(mask, input->cols)};
        if (texts[row].length < 1)
            return "the attention mask is not 1 for each token and 0 for padding behind them";
    }
    qsort(texts, (size_t)ret->count, sizeof *texts, by_length);
    inf_packing_piece(ret, 0, INT_MAX, ret);
    return NULL;
}

int inf_packing_next_length(const struct inf_packing *packing, int first)
{
    int next = first + 1;

    while (next < packing->count && packing->texts[next].length == packing->texts[first].length)
        next++;
    return next;
}

void inf_packing_piece(const struct inf_packing *whole, int first, int most_tokens,
                       struct inf_packing *ret)
{
    struct inf_packed_text *texts = whole->texts + first;
    int count = 0, left = whole->count - first, tokens = 0;

    while (count < left && (count == 0 || texts[count].length <= most_tokens - tokens)) {
        texts[count].start = tokens;
        tokens += texts[count++].length;
    }
    *ret = (struct inf_packing){texts, count, tokens};
}
