/* invariants.c - encodings held against what include/inferd/tokenize.h promises.
 *
 * The measure of a row is its text encoded alone, uncut and without special tokens ("whole"): a row
 * without windows is a beginning of it, windows are stretches of it that begin and end with words
 * and leave nothing out. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "invariants.h"

#include <string.h>

/* Columns [from, to) of a row: the tokens of one text. */
struct segment {
    int from, to;
};

static bool encode(const struct input *input, struct inf_encoding *ret, struct inf_error *err)
{
    int rc = input->count
                 ? inf_tokenizer_encode_pairs(input->tokenizer, input->settings, input->first,
                                              input->seconds, input->count, ret, err)
                 : inf_tokenizer_encode(input->tokenizer, input->settings, input->first, ret, err);
    MUST(rc == 0 || rc == -1);
    return rc == 0;
}

static size_t positions(const struct inf_encoding *e)
{
    return (size_t)e->rows * (size_t)e->cols;
}

static size_t at(const struct inf_encoding *e, int row, int col)
{
    return (size_t)row * (size_t)e->cols + (size_t)col;
}

static bool same_ints(const int *a, const int *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

static void check_same(const struct inf_encoding *a, const struct inf_encoding *b)
{
    MUST(a->tensors == b->tensors && a->rows == b->rows && a->cols == b->cols);
    MUST(a->truncated == b->truncated && a->tokens == b->tokens);
    MUST(same_ints(a->data, b->data, (size_t)a->tensors * positions(a)));
    MUST(same_ints(a->lengths, b->lengths, (size_t)a->rows));
    MUST(same_ints(a->seconds, b->seconds, (size_t)a->rows));
    MUST(same_ints(a->starts, b->starts, positions(a)));
    MUST(same_ints(a->ends, b->ends, positions(a)));
    MUST(same_ints(a->words, b->words, positions(a)));
}

void invariants_error(const struct inf_error *err)
{
    MUST(err->code != INF_ERR_NONE && err->code < INF_ERR_COUNT && err->reason[0] != '\0');
    MUST(inf_utf8_valid(err->reason, strlen(err->reason)));
    MUST(inf_utf8_valid(err->cause, strlen(err->cause)));
}

/* Encodes twice: the answer depends on nothing but the input. */
static bool encode_twice(const struct input *input, struct inf_encoding *ret)
{
    struct inf_encoding again = {0};
    struct inf_error err = {0};
    struct inf_error err_again = {0};
    bool encoded = encode(input, ret, &err);
    MUST(encode(input, &again, &err_again) == encoded);
    if (encoded) {
        check_same(ret, &again);
    } else {
        invariants_error(&err);
        MUST(err.code == err_again.code && strcmp(err.reason, err_again.reason) == 0);
    }
    inf_encoding_free(&again);
    return encoded;
}

static int utf16_units(struct inf_text text)
{
    int units = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        units += (byte & 0xc0) != 0x80;
        units += byte >= 0xf0;
    }
    return units;
}

/* ---- tensors ---- */

static void check_shape(const struct input *input, const struct inf_encoding *e)
{
    int longest = 0;
    MUST(e->rows >= 1 && e->cols >= 0 && e->tensors >= 2 && e->tensors <= 4);
    MUST(positions(e) <= INF_ENCODING_POSITIONS_MAX);
    MUST(e->cols <= input->settings->max_sequence_length);
    for (int row = 0; row < e->rows; row++) {
        MUST(e->lengths[row] >= 0 && e->lengths[row] <= e->cols);
        MUST(e->seconds[row] >= 0 && e->seconds[row] <= e->lengths[row]);
        longest = e->lengths[row] > longest ? e->lengths[row] : longest;
    }
    MUST(longest == e->cols);
    if (e->truncated) {
        MUST(e->tokens > input->settings->max_sequence_length && input->settings->span < 0);
    } else if (e->rows == 1) {
        MUST(e->tokens == e->lengths[0]);
    }
}

/* The tensors beside the ids: mask, types (not of all tokenizers), position ids (of few). */
static void check_companions(const struct inf_encoding *e, int row, int col)
{
    size_t position = at(e, row, col);
    bool real = col < e->lengths[row];
    MUST(e->data[positions(e) + position] == (real ? 1 : 0));
    if (e->tensors > 2) {
        MUST(e->data[2 * positions(e) + position] == (real && col >= e->seconds[row] ? 1 : 0));
    }
    if (e->tensors > 3) {
        MUST(e->data[3 * positions(e) + position] == col);
    }
}

static void check_special(const struct input *input, const struct inf_encoding *e, int row, int col)
{
    size_t position = at(e, row, col);
    enum inf_special expected = col >= e->lengths[row] ? INF_SPECIAL_PAD
                                : col == 0             ? INF_SPECIAL_FIRST
                                                       : INF_SPECIAL_SEPARATOR;
    MUST(e->data[position] == inf_tokenizer_special(input->tokenizer, expected));
    MUST(e->starts[position] == -1 && e->ends[position] == -1 && e->words[position] == -1);
}

static void check_token(const struct input *input, const struct inf_encoding *e, size_t position,
                        int units)
{
    MUST(e->data[position] >= 0);
    MUST((size_t)e->data[position] < inf_tokenizer_size(input->tokenizer));
    MUST(e->starts[position] >= 0 && e->starts[position] <= e->ends[position]);
    MUST(e->ends[position] <= units && e->words[position] >= 0);
}

static void check_segment(const struct input *input, const struct inf_encoding *e, int row,
                          struct segment segment, int units)
{
    int word = 0;
    for (int col = segment.from; col < segment.to; col++) {
        check_token(input, e, at(e, row, col), units);
        MUST(e->words[at(e, row, col)] >= word);
        word = e->words[at(e, row, col)];
    }
}

/* Where the texts' tokens are: between the special tokens. */
static void find_segments(const struct input *input, const struct inf_encoding *e, int row,
                          struct segment *first, struct segment *second)
{
    int specials = input->settings->with_special_tokens ? 1 : 0;
    int length = e->lengths[row];
    *first = (struct segment){.from = specials, .to = length - specials};
    *second = (struct segment){.from = length, .to = length};
    if (input->count) {
        *second = (struct segment){.from = e->seconds[row], .to = length - 1};
        first->to = first->from;
        while (first->to < second->from && e->starts[at(e, row, first->to)] >= 0) {
            first->to++;
        }
        MUST(first->to < second->from && second->from <= second->to);
    } else {
        MUST(e->seconds[row] == length && first->from <= first->to);
    }
}

/* `units` of both texts are given, since a text may have as many windows as tokens. */
static void check_row(const struct input *input, const struct inf_encoding *e, int row,
                      const int units[2])
{
    struct segment first;
    struct segment second;
    find_segments(input, e, row, &first, &second);
    for (int col = 0; col < e->cols; col++) {
        check_companions(e, row, col);
        if ((col < first.from || col >= first.to) && (col < second.from || col >= second.to)) {
            check_special(input, e, row, col);
        }
    }
    check_segment(input, e, row, first, units[0]);
    if (input->count) {
        check_segment(input, e, row, second, units[1]);
    }
}

/* ---- rows against the whole ---- */

static void encode_whole(const struct input *input, struct inf_text text, struct inf_encoding *ret)
{
    struct inf_tokenization settings = *input->settings;
    struct input whole = *input;
    struct inf_error err = {0};
    settings.with_special_tokens = false;
    settings.max_sequence_length = INF_ENCODING_POSITIONS_MAX;
    settings.truncate = INF_TRUNCATE_NONE;
    settings.span = -1;
    whole.settings = &settings;
    whole.first = text;
    whole.count = 0;
    MUST(encode(&whole, ret, &err));
    MUST(ret->rows == 1 && !ret->truncated);
}

static void check_stretch(const struct inf_encoding *e, int row, struct segment segment,
                          const struct inf_encoding *whole, int from)
{
    size_t count = (size_t)(segment.to - segment.from);
    size_t position = at(e, row, segment.from);
    MUST(from + (segment.to - segment.from) <= whole->cols);
    MUST(same_ints(e->data + position, whole->data + from, count));
    MUST(same_ints(e->starts + position, whole->starts + from, count));
    MUST(same_ints(e->ends + position, whole->ends + from, count));
    MUST(same_ints(e->words + position, whole->words + from, count));
}

/* A window of the whole after one that was `previous`: whole words, further on, no gap between. */
static struct segment check_window(const struct inf_encoding *e, int row, struct segment segment,
                                   const struct inf_encoding *whole, struct segment previous)
{
    struct segment window = {.from = segment.from < segment.to ? previous.from : 0};
    if (segment.from < segment.to) {
        while (window.from < whole->cols &&
               whole->words[window.from] < e->words[at(e, row, segment.from)]) {
            window.from++;
        }
    }
    window.to = window.from + (segment.to - segment.from);
    check_stretch(e, row, segment, whole, window.from);
    MUST(window.to == whole->cols || window.to == 0 ||
         whole->words[window.to] != whole->words[window.to - 1]);
    MUST(row == 0 ? window.from == 0 : window.from > previous.from && window.from <= previous.to);
    return window;
}

static void check_rows_of_whole(const struct input *input, const struct inf_encoding *e)
{
    bool windows = input->settings->span >= 0;
    struct inf_encoding whole[2] = {{0}, {0}};
    struct segment window = {0};
    encode_whole(input, input->first, &whole[0]);
    if (input->count) {
        encode_whole(input, *input->seconds, &whole[1]);
    }
    MUST(windows || e->rows == 1);
    for (int row = 0; row < e->rows; row++) {
        struct segment first;
        struct segment second;
        find_segments(input, e, row, &first, &second);
        if (input->count || !windows) {
            check_stretch(e, row, first, &whole[0], 0);
            MUST(!windows || first.to - first.from == whole[0].cols);
        } else {
            window = check_window(e, row, first, &whole[0], window);
        }
        if (input->count && !windows) {
            check_stretch(e, row, second, &whole[1], 0);
        } else if (input->count) {
            window = check_window(e, row, second, &whole[1], window);
        }
    }
    MUST(!windows || window.to == whole[input->count ? 1 : 0].cols);
    inf_encoding_free(&whole[0]);
    inf_encoding_free(&whole[1]);
}

/* One text or one pair. */
static bool check_single(const struct input *input, struct inf_encoding *ret)
{
    const int units[2] = {utf16_units(input->first),
                          input->count ? utf16_units(*input->seconds) : 0};
    if (!encode_twice(input, ret)) {
        return false;
    }
    check_shape(input, ret);
    for (int row = 0; row < ret->rows; row++) {
        check_row(input, ret, row, units);
    }
    check_rows_of_whole(input, ret);
    return true;
}

/* ---- several pairs ---- */

static void check_pair_rows(const struct inf_encoding *all, int from, const struct inf_encoding *e)
{
    MUST(from + e->rows <= all->rows && e->cols <= all->cols && e->tensors == all->tensors);
    for (int row = 0; row < e->rows; row++) {
        MUST(all->lengths[from + row] == e->lengths[row]);
        MUST(all->seconds[from + row] == e->seconds[row]);
        for (int i = 0; i < e->tensors; i++) {
            MUST(same_ints(all->data + (size_t)i * positions(all) + at(all, from + row, 0),
                           e->data + (size_t)i * positions(e) + at(e, row, 0), (size_t)e->cols));
        }
        for (int col = e->lengths[row]; col < all->cols; col++) {
            check_companions(all, from + row, col);
        }
    }
}

static void check_pairs(const struct input *input)
{
    struct inf_encoding all = {0};
    bool encoded = encode_twice(input, &all);
    bool alone = true;
    bool truncated = false;
    int rows = 0;
    int tokens = 0;
    size_t longest = 0;
    for (size_t i = 0; i < input->count; i++) {
        struct inf_encoding e = {0};
        struct input one = *input;
        one.seconds = &input->seconds[i];
        one.count = 1;
        alone = check_single(&one, &e) && alone;
        if (encoded) {
            MUST(alone);
            check_pair_rows(&all, rows, &e);
        }
        rows += e.rows;
        tokens = e.tokens > tokens ? e.tokens : tokens;
        longest = (size_t)e.cols > longest ? (size_t)e.cols : longest;
        truncated = truncated || e.truncated;
        inf_encoding_free(&e);
    }
    if (encoded) {
        MUST(all.rows == rows && all.tokens == tokens && all.truncated == truncated);
    } else {
        MUST(!alone || (size_t)rows * longest > INF_ENCODING_POSITIONS_MAX);
    }
    inf_encoding_free(&all);
}

void invariants_check(const struct input *input)
{
    struct inf_encoding e = {0};
    if (input->count > 1) {
        check_pairs(input);
    } else {
        check_single(input, &e);
    }
    inf_encoding_free(&e);
}
