/* answers.c - every pair of a beginning and an end is looked at, but for those whose beginning is
 * so unlikely that no end could make up for it: a model that is sure of itself leaves a handful. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "answers.h"

#include <stdlib.h>

int inf_answers_init(struct inf_answers *answers, int wanted, int longest, struct inf_error *err)
{
    *answers = (struct inf_answers){
        .wanted = (size_t)(wanted < INF_ANSWERS_MAX ? wanted : INF_ANSWERS_MAX),
        .longest = longest < INF_ANSWER_TOKENS_MAX ? longest : INF_ANSWER_TOKENS_MAX};
    answers->best = calloc(answers->wanted, sizeof *answers->best);
    if (!answers->best) {
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "not enough memory for [%zu] answers",
                             answers->wanted);
    }
    return 0;
}

void inf_answers_fini(struct inf_answers *answers)
{
    free(answers->best);
    *answers = (struct inf_answers){0};
}

/* Which comes first in an answer: below 0 for a. */
static int compare(const void *a, const void *b)
{
    const struct inf_answer *left = a;
    const struct inf_answer *right = b;
    if (left->score != right->score) {
        return left->score > right->score ? -1 : 1;
    }
    if (left->window != right->window) {
        return left->window - right->window;
    }
    return left->first != right->first ? left->first - right->first : left->last - right->last;
}

static void swap(struct inf_answer *a, struct inf_answer *b)
{
    struct inf_answer moved = *a;
    *a = *b;
    *b = moved;
}

static void sift_up(struct inf_answer *heap, size_t at)
{
    while (at > 0 && compare(&heap[at], &heap[(at - 1) / 2]) > 0) {
        swap(&heap[at], &heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct inf_answer *heap, size_t count)
{
    size_t at = 0;
    for (;;) {
        size_t worst = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            if (compare(&heap[child], &heap[worst]) > 0) {
                worst = child;
            }
        }
        if (worst == at) {
            return;
        }
        swap(&heap[at], &heap[worst]);
        at = worst;
    }
}

/* The score that a stretch must exceed. */
static double bar(const struct inf_answers *answers)
{
    return answers->count < answers->wanted ? 0 : answers->best[0].score;
}

static void put(struct inf_answers *answers, struct inf_answer answer)
{
    if (answers->count < answers->wanted) {
        answers->best[answers->count] = answer;
        sift_up(answers->best, answers->count++);
    } else {
        answers->best[0] = answer;
        sift_down(answers->best, answers->count);
    }
}

void inf_answers_add(struct inf_answers *answers, int window, const double *begins,
                     const double *ends, int from, int to)
{
    double likeliest_end = 0;
    for (int i = from; i < to; i++) {
        likeliest_end = ends[i] > likeliest_end ? ends[i] : likeliest_end;
    }
    for (int first = from; first < to; first++) {
        int room = to - first < answers->longest ? to - first : answers->longest;
        if (begins[first] * likeliest_end <= bar(answers)) {
            continue;
        }
        for (int last = first; last < first + room; last++) {
            double score = begins[first] * ends[last];
            if (score > bar(answers)) {
                put(answers, (struct inf_answer){score, window, first, last});
            }
        }
    }
}

void inf_answers_sort(struct inf_answers *answers)
{
    qsort(answers->best, answers->count, sizeof *answers->best, compare);
}
