/* together.c - copies in, pointers out: a row of an answer lies in one piece, and so do its first
 * lines. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "together.h"

#include "inferd/frame.h"
#include <stdlib.h>
#include <string.h>

static void put_row(const struct inf_together_text *text, int tensor, int32_t padding, int cols,
                    int32_t *to)
{
    memcpy(to, text->data + (size_t)tensor * (size_t)text->cols, (size_t)text->cols * sizeof *to);
    for (int col = text->cols; col < cols; col++)
        to[col] = padding == INF_FRAME_PAD_COLUMN ? col : padding;
}

int inf_together_input(const struct inf_together_text *texts, int count, int tensors,
                       const int32_t *padding, struct inf_engine_input *ret)
{
    int32_t *data = NULL, *to = NULL;
    int cols = 0;

    for (int i = 0; i < count; i++)
        cols = texts[i].cols > cols ? texts[i].cols : cols;
    to = data = malloc((size_t)tensors * (size_t)count * (size_t)cols * sizeof *data);
    if (data == NULL)
        return -1;
    for (int tensor = 0; tensor < tensors; tensor++)
        for (int i = 0; i < count; i++, to += cols)
            put_row(&texts[i], tensor, padding[tensor], cols, to);
    *ret = (struct inf_engine_input){data, tensors, count, cols, count};
    return 0;
}

int inf_together_part(const struct inf_engine_output *whole, const struct inf_engine_input *input,
                      int row, int cols, struct inf_engine_output *ret)
{
    size_t row_bytes = 0;

    if (whole->shape[0] != input->rows)
        return -1;
    row_bytes = whole->size_bytes / (size_t)input->rows;
    *ret = *whole;
    ret->holder = NULL;
    ret->data = (const char *)whole->data + (size_t)row * row_bytes;
    ret->size_bytes = row_bytes;
    ret->shape[0] = 1;
    if (whole->rank == 3 && whole->shape[1] == input->cols) {
        ret->size_bytes = row_bytes / (size_t)input->cols * (size_t)cols;
        ret->shape[1] = cols;
    }
    return 0;
}
