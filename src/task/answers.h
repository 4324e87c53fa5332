/* answers.h - the best stretches of tokens, of those whose first token is likely to begin an answer
 * and whose last one to end it.
 *
 * Thread: none (plain data). Bound: INF_ANSWERS_MAX stretches of INF_ANSWER_TOKENS_MAX tokens. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_ANSWERS_H
#define INFERD_TASK_ANSWERS_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>

/* What a client may ask for, and gets if it asks for more: a client picks both numbers, and time is
 * their product with the text's length. */
#define INF_ANSWERS_MAX 1000
#define INF_ANSWER_TOKENS_MAX 1000

struct inf_answer {
    double score;
    int window;
    int first, last; /* columns of the window */
};

struct inf_answers {
    struct inf_answer *best; /* a heap whose root is the worst; the best first once sorted */
    size_t count, wanted;
    int longest; /* tokens of an answer */
};

/* Both numbers are at least 1. The caller frees with inf_answers_fini. */
int inf_answers_init(struct inf_answers *answers, int wanted, int longest, struct inf_error *err);
void inf_answers_fini(struct inf_answers *answers); /* zeroed is fine */

/* Considers the stretches of the columns from..to-1 of a window; begins and ends are the
 * probabilities of each column. Windows come in order. O((to - from) longest log wanted), and far
 * less where few columns are likely. Stretches of score 0 are none. */
void inf_answers_add(struct inf_answers *answers, int window, const double *begins,
                     const double *ends, int from, int to);

/* Puts the best first; of equal ones the one that was met first. */
void inf_answers_sort(struct inf_answers *answers);

#endif
