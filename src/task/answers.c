/* answers.c - two passes, so that the work does not grow as the text's length times an answer's.
 *
 * The first pass gives each beginning the score of its best answer and keeps the best beginnings,
 * as many as answers are wanted: no other can begin one of the wanted answers, since each of the
 * kept has an answer that comes before all of its. The second pass looks at every answer of the
 * kept. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "answers.h"

#include <stdlib.h>

/* ---- the best of many ---- */

/* items[0] is the worst of what is kept. */
struct heap {
    struct inf_answer *items;
    size_t count, wanted;
};

/* Which comes first in the result: below 0 for a. */
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

static int compare_places(const void *a, const void *b)
{
    const struct inf_answer *left = a;
    const struct inf_answer *right = b;
    return left->window != right->window ? left->window - right->window
                                         : left->first - right->first;
}

static void swap(struct inf_answer *a, struct inf_answer *b)
{
    struct inf_answer moved = *a;
    *a = *b;
    *b = moved;
}

static void sift_up(struct inf_answer *items, size_t at)
{
    while (at > 0 && compare(&items[at], &items[(at - 1) / 2]) > 0) {
        swap(&items[at], &items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct inf_answer *items, size_t count)
{
    size_t at = 0;
    for (;;) {
        size_t worst = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            if (compare(&items[child], &items[worst]) > 0) {
                worst = child;
            }
        }
        if (worst == at) {
            return;
        }
        swap(&items[at], &items[worst]);
        at = worst;
    }
}

static void offer(struct heap *heap, struct inf_answer answer)
{
    if (answer.score <= 0) {
        return;
    }
    if (heap->count < heap->wanted) {
        heap->items[heap->count] = answer;
        sift_up(heap->items, heap->count++);
    } else if (compare(&answer, heap->items) < 0) {
        heap->items[0] = answer;
        sift_down(heap->items, heap->count);
    }
}

/* ---- the two passes ---- */

struct finder {
    const struct inf_answer_source *source;
    int longest;
    struct inf_answer_window window;
    int *queue; /* [columns] */
    struct heap beginnings, answers;
};

static int allocate(struct finder *finder, size_t wanted, struct inf_error *err)
{
    size_t columns = (size_t)finder->source->columns;
    finder->beginnings = (struct heap){calloc(wanted, sizeof(struct inf_answer)), 0, wanted};
    finder->answers = (struct heap){calloc(wanted, sizeof(struct inf_answer)), 0, wanted};
    finder->window.begins = calloc(columns, sizeof(double));
    finder->window.ends = calloc(columns, sizeof(double));
    finder->queue = calloc(columns, sizeof(int));
    if (finder->beginnings.items && finder->answers.items && finder->window.begins &&
        finder->window.ends && finder->queue) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_MEMORY,
                         "not enough memory for the answers of [%zu] "
                         "columns",
                         columns);
}

/* From the window's end to its beginning. The queue holds the columns that may be the best end of
 * this beginning or of one before it: each is nearer and worse than the one ahead of it. */
static void find_beginnings(struct finder *finder, int number)
{
    const struct inf_answer_window *window = &finder->window;
    int *queue = finder->queue;
    int head = 0;
    int tail = 0;
    for (int first = window->to - 1; first >= window->from; first--) {
        while (tail > head && window->ends[queue[tail - 1]] <= window->ends[first]) {
            tail--;
        }
        queue[tail++] = first;
        if (queue[head] - first >= finder->longest) {
            head++;
        }
        offer(&finder->beginnings,
              (struct inf_answer){.score = window->begins[first] * window->ends[queue[head]],
                                  .window = number,
                                  .first = first});
    }
}

static void find_answers(struct finder *finder, const struct inf_answer *beginning)
{
    const struct inf_answer_window *window = &finder->window;
    int first = beginning->first;
    int room = window->to - first < finder->longest ? window->to - first : finder->longest;
    for (int last = first; last < first + room; last++) {
        offer(&finder->answers,
              (struct inf_answer){.score = window->begins[first] * window->ends[last],
                                  .window = beginning->window,
                                  .first = first,
                                  .last = last});
    }
}

static void find(struct finder *finder)
{
    const struct inf_answer_source *source = finder->source;
    struct heap *beginnings = &finder->beginnings;
    int present = -1; /* the window that has been read */
    for (int number = 0; number < source->windows; number++) {
        source->read(source->arg, number, &finder->window);
        find_beginnings(finder, number);
        present = number;
    }
    qsort(beginnings->items, beginnings->count, sizeof *beginnings->items, compare_places);
    for (size_t i = 0; i < beginnings->count; i++) {
        if (beginnings->items[i].window != present) {
            present = beginnings->items[i].window;
            source->read(source->arg, present, &finder->window);
        }
        find_answers(finder, &beginnings->items[i]);
    }
    qsort(finder->answers.items, finder->answers.count, sizeof *finder->answers.items, compare);
}

int inf_answers_find(const struct inf_answer_source *source, int wanted, int longest,
                     struct inf_answers *ret, struct inf_error *err)
{
    struct finder finder = {.source = source,
                            .longest =
                                longest < INF_ANSWER_TOKENS_MAX ? longest : INF_ANSWER_TOKENS_MAX};
    int rc = allocate(&finder, (size_t)(wanted < INF_ANSWERS_MAX ? wanted : INF_ANSWERS_MAX), err);
    if (rc == 0) {
        find(&finder);
    }
    *ret = (struct inf_answers){finder.answers.items, finder.answers.count};
    free(finder.beginnings.items);
    free(finder.window.begins);
    free(finder.window.ends);
    free(finder.queue);
    return rc;
}

void inf_answers_free(struct inf_answers *answers)
{
    free(answers->items);
    *answers = (struct inf_answers){0};
}
