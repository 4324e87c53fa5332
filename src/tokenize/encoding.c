/* encoding.c - lays planned rows out as tensors: special tokens, segments, padding
 * (compatibility 10.2).
 *
 * An encoding is one block of memory, since all its arrays are of 4-byte integers and live and die
 * together. Rows are padded to the longest of this request only. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "encoding.h"
#include "inferd/reserve.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Where the next token of a row goes. */
struct cursor {
    const struct inf_tokenizer *tokenizer;
    struct inf_encoding *encoding;
    int row;
    int col;
    int segment; /* token type of what is put */
};

static int allocate(struct inf_encoding *encoding, struct inf_error *err)
{
    size_t positions = (size_t)encoding->rows * (size_t)encoding->cols;
    size_t data = (size_t)encoding->tensors * positions;
    int32_t *block =
        inf_reserve_calloc(data + 3 * positions + 2 * (size_t)encoding->rows, sizeof *block);
    _Static_assert(sizeof(int) == sizeof(int32_t), "one block holds both");
    if (!block) {
        return inf_error_set(err, INF_ERR_MEMORY,
                             "not enough memory for an input of [%zu] token positions", positions);
    }
    encoding->data = block;
    encoding->starts = (int *)block + data;
    encoding->ends = encoding->starts + positions;
    encoding->words = encoding->ends + positions;
    encoding->lengths = encoding->words + positions;
    encoding->seconds = encoding->lengths + encoding->rows;
    memset(encoding->starts, 0xff, 3 * positions * sizeof *encoding->starts);
    return 0;
}

static int32_t input_value(enum inf_input input, const struct cursor *cursor, int32_t id)
{
    switch (input) {
    case INF_INPUT_IDS:
        return id;
    case INF_INPUT_MASK:
        return 1;
    case INF_INPUT_TYPES:
        return cursor->segment;
    case INF_INPUT_POSITIONS:
    default:
        return cursor->col;
    }
}

static size_t position(const struct cursor *cursor)
{
    return (size_t)cursor->row * (size_t)cursor->encoding->cols + (size_t)cursor->col;
}

static void put_id(struct cursor *cursor, int32_t id)
{
    const struct inf_tokenizer_kind *kind = cursor->tokenizer->settings.kind;
    const struct inf_encoding *encoding = cursor->encoding;
    size_t tensor = (size_t)encoding->rows * (size_t)encoding->cols;
    for (int i = 0; i < kind->inputs; i++) {
        encoding->data[(size_t)i * tensor + position(cursor)] =
            input_value(kind->input[i], cursor, id);
    }
    cursor->col++;
}

static void put_slice(struct cursor *cursor, const struct inf_token_list *list,
                      struct inf_slice slice)
{
    for (size_t i = slice.start; i < slice.start + slice.count; i++) {
        const struct inf_token *token = &list->items[i];
        size_t at = position(cursor);
        cursor->encoding->starts[at] = token->start;
        cursor->encoding->ends[at] = token->end;
        cursor->encoding->words[at] = token->word;
        put_id(cursor, token->id);
    }
}

static int32_t padding_value(enum inf_input input, const struct inf_tokenizer *tokenizer)
{
    if (input == INF_INPUT_IDS)
        return tokenizer->special[INF_SPECIAL_PAD];
    return input == INF_INPUT_POSITIONS ? INF_PAD_COLUMN : 0;
}

static void pad_row(struct cursor *cursor)
{
    const struct inf_encoding *encoding = cursor->encoding;
    size_t tensor = (size_t)encoding->rows * (size_t)encoding->cols;
    for (; cursor->col < encoding->cols; cursor->col++) {
        for (int i = 0; i < encoding->tensors; i++) {
            int32_t value = encoding->padding[i];
            encoding->data[(size_t)i * tensor + position(cursor)] =
                value == INF_PAD_COLUMN ? cursor->col : value;
        }
    }
}

static void put_special(struct cursor *cursor, enum inf_special special)
{
    put_id(cursor, cursor->tokenizer->special[special]);
}

static void put_second(struct cursor *cursor, const struct inf_token_list *list,
                       struct inf_slice slice)
{
    cursor->segment = 1;
    for (int i = 1; i < cursor->tokenizer->settings.kind->pair_separators; i++) {
        put_special(cursor, INF_SPECIAL_SEPARATOR);
    }
    cursor->encoding->seconds[cursor->row] = cursor->col;
    put_slice(cursor, list, slice);
    put_special(cursor, INF_SPECIAL_SEPARATOR);
}

static void fill_row(struct cursor *cursor, const struct inf_layout *layout,
                     const struct inf_token_list *first, const struct inf_token_list *seconds)
{
    const struct inf_row *row = &layout->rows[cursor->row];
    bool specials = layout->extra > 0;
    if (specials) {
        put_special(cursor, INF_SPECIAL_FIRST);
    }
    put_slice(cursor, first, row->first);
    if (specials) {
        put_special(cursor, INF_SPECIAL_SEPARATOR);
    }
    if (layout->pair) {
        put_second(cursor, &seconds[row->pair], row->second);
    } else {
        cursor->encoding->seconds[cursor->row] = cursor->col;
    }
    cursor->encoding->lengths[cursor->row] = cursor->col;
    pad_row(cursor);
}

int inf_encoding_new(const struct inf_tokenizer *tokenizer, const struct inf_layout *layout,
                     const struct inf_token_list *first, const struct inf_token_list *seconds,
                     struct inf_encoding *ret, struct inf_error *err)
{
    struct inf_encoding encoding = {.tensors = tokenizer->settings.kind->inputs,
                                    .rows = (int)layout->count,
                                    .cols = (int)layout->longest,
                                    .truncated = layout->truncated,
                                    .tokens =
                                        layout->tokens < INT_MAX ? (int)layout->tokens : INT_MAX};
    if (allocate(&encoding, err) != 0) {
        return -1;
    }
    for (int i = 0; i < encoding.tensors; i++) {
        encoding.padding[i] = padding_value(tokenizer->settings.kind->input[i], tokenizer);
    }
    for (int row = 0; row < encoding.rows; row++) {
        struct cursor cursor = {.tokenizer = tokenizer, .encoding = &encoding, .row = row};
        fill_row(&cursor, layout, first, seconds);
    }
    *ret = encoding;
    return 0;
}

void inf_encoding_free(struct inf_encoding *encoding)
{
    free(encoding->data);
    *encoding = (struct inf_encoding){0};
}
