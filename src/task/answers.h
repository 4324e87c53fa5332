/* answers.h - the best stretches of tokens, of those whose first token is likely to begin an answer
 * and whose last one to end it, over all windows of a text.
 *
 * Thread: none (plain data). Bound: INF_ANSWERS_MAX stretches of INF_ANSWER_TOKENS_MAX tokens. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_ANSWERS_H
#define INFERD_TASK_ANSWERS_H

#include "inferd/error.h"
#include <stddef.h>

/* What a client gets at most, whatever it asks for. */
#define INF_ANSWERS_MAX 1000
#define INF_ANSWER_TOKENS_MAX 1000

/* The probability of each column of a window to begin or end an answer; the text's columns are
 * from..to-1. */
struct inf_answer_window {
    double *begins, *ends;
    int from, to;
};

struct inf_answer_source {
    int windows, columns;
    /* Fills in a window; its arrays have room for all columns. */
    void (*read)(const void *arg, int window, struct inf_answer_window *ret);
    const void *arg;
};

struct inf_answer {
    double score; /* begins[first] * ends[last] */
    int window;
    int first, last; /* columns of the window */
};

struct inf_answers {
    struct inf_answer *items; /* the best first; of equal ones the first in the text */
    size_t count;
};

/* Finds the `wanted` >= 1 best answers of at most `longest` >= 1 tokens; those of score 0 are none.
 * A window is read at most twice. O(columns log wanted + wanted longest log wanted), the columns of
 * all windows. The caller frees with inf_answers_free, also after a failure. */
int inf_answers_find(const struct inf_answer_source *source, int wanted, int longest,
                     struct inf_answers *ret, struct inf_error *err);
void inf_answers_free(struct inf_answers *answers); /* zeroed is fine */

#endif
