/* windows.c - truncation and windows, the same for every tokenizer.
 *
 * A window ends at a word's end, and the next one begins `span` tokens before that, at a word's
 * beginning, so each word is seen whole at least once; where that does not get on, because of the
 * span or of a word longer than a window, the request fails as in Elasticsearch. Sizes are checked
 * as rows are added: a span close to the window's size makes a row of every token. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "windows.h"
#include "inferd/reserve.h"

#include <stdlib.h>

#define POSITIONS_MAX ((size_t)INF_ENCODING_POSITIONS_MAX)

static size_t extra_tokens(const struct inf_tokenization *settings, bool pair)
{
    if (!settings->with_special_tokens) {
        return 0;
    }
    return pair ? 2 + (size_t)settings->kind->pair_separators : 2;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t inf_layout_limit(const struct inf_tokenization *settings)
{
    return settings->span >= 0 ? POSITIONS_MAX
                               : smaller((size_t)settings->max_sequence_length, POSITIONS_MAX);
}

static int too_large(struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "Input too large. It needs more than the [%zu] token positions that one "
                         "document may take; shorten it, or reduce the [span] window",
                         POSITIONS_MAX);
}

static int too_long(size_t tokens, const struct inf_tokenization *settings, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "Input too large. The tokenized input length [%zu] exceeds the maximum "
                         "sequence length [%d]",
                         tokens, settings->max_sequence_length);
}

/* The mode that says what is wrong instead of cutting; second is 0 for one text. */
static int refuse(const struct inf_tokenization *settings, size_t first, size_t second,
                  const struct inf_layout *layout, struct inf_error *err)
{
    size_t tokens = first + second + layout->extra;
    size_t max = (size_t)settings->max_sequence_length;
    if (layout->pair) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Input too large. The tokenized input length [%zu] ([%zu] tokens of "
                             "the first text, [%zu] of the second and [%zu] special tokens) "
                             "exceeds the maximum sequence length [%zu] by [%zu] tokens, and "
                             "[truncate] is [error]",
                             tokens, first, second, layout->extra, max, tokens - max);
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "Input too large. The tokenized input length [%zu] ([%zu] tokens of the "
                         "text and [%zu] special tokens) exceeds the maximum sequence length "
                         "[%zu] by [%zu] tokens, and [truncate] is [error]",
                         tokens, first, layout->extra, max, tokens - max);
}

static int span_unsatisfied(struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_ILLEGAL_STATE,
                         "Tokenization cannot be satisfied with the current span setting. Consider "
                         "decreasing the span setting");
}

static int add_row(struct inf_layout *layout, struct inf_row row, struct inf_error *err)
{
    size_t length = row.first.count + row.second.count + layout->extra;
    size_t longest = length > layout->longest ? length : layout->longest;
    if ((layout->count + 1) * (longest ? longest : 1) > POSITIONS_MAX) {
        return too_large(err);
    }
    if (layout->count == layout->capacity) {
        size_t capacity = layout->capacity ? 2 * layout->capacity : 4;
        struct inf_row *rows = inf_reserve_reallocarray(layout->rows, capacity, sizeof *rows);
        if (!rows) {
            return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%zu] windows",
                                 capacity);
        }
        layout->rows = rows;
        layout->capacity = capacity;
    }
    layout->rows[layout->count++] = row;
    layout->longest = longest;
    return 0;
}

static bool same_word(const struct inf_token_list *list, size_t at)
{
    return list->items[at].word == list->items[at - 1].word;
}

/* Never cuts a word: one that is longer than the room ends the window where it starts. */
static size_t window_end(const struct inf_token_list *list, size_t start, size_t room)
{
    size_t end = start + smaller(room, list->count - start);
    while (end > start && end < list->count && same_word(list, end)) {
        end--;
    }
    return end;
}

/* Adds one row for each window of `list`, which is `row`'s first or second text; the other stays.
 */
static int add_windows(const struct inf_tokenization *settings, const struct inf_token_list *list,
                       size_t room, struct inf_row row, struct inf_layout *layout,
                       struct inf_error *err)
{
    size_t span = (size_t)settings->span;
    struct inf_slice *slice = layout->pair ? &row.second : &row.first;
    size_t start = 0;
    if (list->total > list->count) {
        return too_large(err);
    }
    for (;;) {
        size_t end = window_end(list, start, room);
        *slice = (struct inf_slice){.start = start, .count = end - start};
        if (add_row(layout, row, err) != 0) {
            return -1;
        }
        if (end == list->count) {
            return 0;
        }
        size_t next = end > span ? end - span : 0;
        while (next > 0 && same_word(list, next)) {
            next--;
        }
        if (next <= start) {
            return span_unsatisfied(err);
        }
        start = next;
    }
}

static int check_room(const struct inf_tokenization *settings, const struct inf_layout *layout,
                      struct inf_error *err)
{
    if ((size_t)settings->max_sequence_length >= layout->extra) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "[max_sequence_length] [%d] has no room for the [%zu] special tokens",
                         settings->max_sequence_length, layout->extra);
}

int inf_layout_single(const struct inf_tokenization *settings, const struct inf_token_list *list,
                      struct inf_layout *ret, struct inf_error *err)
{
    struct inf_row row = {.first = {.start = 0, .count = list->total}};
    size_t max = (size_t)settings->max_sequence_length;
    ret->extra = extra_tokens(settings, false);
    ret->tokens = list->total + ret->extra;
    if (check_room(settings, ret, err) != 0) {
        return -1;
    }
    if (ret->tokens > max) {
        if (settings->span >= 0) {
            return add_windows(settings, list, max - ret->extra, row, ret, err);
        }
        if (settings->truncate == INF_TRUNCATE_NONE) {
            return too_long(ret->tokens, settings, err);
        }
        if (settings->truncate == INF_TRUNCATE_ERROR) {
            return refuse(settings, list->total, 0, ret, err);
        }
        row.first.count = max - ret->extra;
        ret->truncated = true;
    }
    return add_row(ret, row, err);
}

static int cannot_cut(const char *cut, const char *other, size_t tokens, size_t room,
                      struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "Attempting truncation [%s] but input is too large for the %s sequence. "
                         "The tokenized input length [%zu] exceeds the maximum sequence length "
                         "[%zu], when taking special tokens into account",
                         cut, other, tokens, room);
}

/* Shortens the two slices to `room` tokens together. */
static int truncate_pair(const struct inf_tokenization *settings, const struct inf_layout *layout,
                         struct inf_row *row, struct inf_error *err)
{
    size_t room = (size_t)settings->max_sequence_length - layout->extra;
    size_t *a = &row->first.count;
    size_t *b = &row->second.count;
    switch (settings->truncate) {
    case INF_TRUNCATE_FIRST:
        if (*b > room) {
            return cannot_cut("first", "second", *b, room, err);
        }
        *a = room - *b;
        return 0;
    case INF_TRUNCATE_SECOND:
        if (*a > room) {
            return cannot_cut("second", "first", *a, room, err);
        }
        *b = room - *a;
        return 0;
    case INF_TRUNCATE_BALANCED:
        *a = smaller(*a, *b > room / 2 ? room / 2 : room - *b);
        *b = smaller(*b, room - *a);
        return 0;
    case INF_TRUNCATE_ERROR:
        return refuse(settings, *a, *b, layout, err);
    case INF_TRUNCATE_NONE:
    default:
        return too_long(*a + *b + layout->extra, settings, err);
    }
}

static int check_pair_windows(const struct inf_tokenization *settings, size_t first, size_t extra,
                              struct inf_error *err)
{
    size_t max = (size_t)settings->max_sequence_length;
    size_t sum = first + (size_t)settings->span + extra;
    if (first + extra > max) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Unable to do sequence pair tokenization: the first sequence [%zu "
                             "tokens] is longer than the max sequence length [%zu tokens]",
                             first + extra, max);
    }
    if (sum > max) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Unable to do sequence pair tokenization: the combined first "
                             "sequence, span length and delimiting tokens [%zu + %d + %zu = %zu "
                             "tokens] is longer than the max sequence length [%zu tokens]. Reduce "
                             "the size of the [span] window.",
                             first, settings->span, extra, sum, max);
    }
    return 0;
}

/* An input that fits exactly goes through the windows too, as in Elasticsearch: it makes one row,
 * but a span that is too large is then complained about. */
int inf_layout_pair(const struct inf_tokenization *settings, const struct inf_token_list *first,
                    const struct inf_token_list *second, size_t pair, struct inf_layout *ret,
                    struct inf_error *err)
{
    struct inf_row row = {.first = {.start = 0, .count = first->total},
                          .second = {.start = 0, .count = second->total},
                          .pair = pair};
    size_t max = (size_t)settings->max_sequence_length;
    size_t tokens = 0;
    if (!settings->with_special_tokens) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Unable to do sequence pair tokenization without special tokens");
    }
    ret->pair = true;
    ret->extra = extra_tokens(settings, true);
    tokens = first->total + second->total + ret->extra;
    ret->tokens = tokens > ret->tokens ? tokens : ret->tokens;
    if (check_room(settings, ret, err) != 0) {
        return -1;
    }
    if (settings->span >= 0 && tokens >= max) {
        if (check_pair_windows(settings, first->total, ret->extra, err) != 0) {
            return -1;
        }
        return add_windows(settings, second, max - ret->extra - first->total, row, ret, err);
    }
    if (tokens > max) {
        if (truncate_pair(settings, ret, &row, err) != 0) {
            return -1;
        }
        ret->truncated = true;
    }
    return add_row(ret, row, err);
}

void inf_layout_free(struct inf_layout *layout)
{
    free(layout->rows);
    *layout = (struct inf_layout){0};
}
