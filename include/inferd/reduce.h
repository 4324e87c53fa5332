/* reduce.h - what of a model's output is wanted: a masked language model answers a number for each
 * token of the vocabulary at each position, and a task reads one position, or the largest of all.
 *
 * Said by a task with the inputs, done in the model's process, so that megabytes need not cross to
 * the daemon. Thread: none (plain data). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REDUCE_H
#define INFERD_REDUCE_H

/* Of an output's first matrix: all of a [rows, n], the first of a [batch, rows, n]. */
enum inf_reduce {
    INF_REDUCE_NONE,     /* the output as it is */
    INF_REDUCE_POSITION, /* one row, as [1, n] */
    INF_REDUCE_MAX       /* the largest of each column, as [1, n] */
};

#endif
