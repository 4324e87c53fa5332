/* together.h - several texts as one forward: filled up to the longest, and the answer taken apart.
 *
 * Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_TOGETHER_H
#define INFERD_ENGINE_TOGETHER_H

#include "inferd/engine.h"

/* One text: [tensors][cols] int32; borrowed. */
struct inf_together_text {
    const int32_t *data;
    int cols;
};

/* The texts in the rows of one input, the shorter ones with padding[tensor] behind them
 * (INF_FRAME_PAD_COLUMN: with the numbers of the columns). ret->data is the caller's to free. -1:
 * no memory. */
int inf_together_input(const struct inf_together_text *texts, int count, int tensors,
                       const int32_t *padding, struct inf_engine_input *ret);

/* What the model said to the text in `row`, which has so many columns, as if it had been alone: the
 * row, and of one that has a matrix with a line for each column of the input, the lines that are
 * not padding. It points into `whole`, whose holder stays whole's. -1: the answer has not one row
 * for each of the input's. */
int inf_together_part(const struct inf_engine_output *whole, const struct inf_engine_input *input,
                      int row, int cols, struct inf_engine_output *ret);

#endif
