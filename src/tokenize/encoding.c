/* encoding.c - lays planned rows out as tensors: special tokens, segments, padding
 * (compatibility 10.2).
 *
 * An encoding is one block of memory, since all its arrays are of 4-byte integers and live and die
 * together. Rows are padded to the longest of this request only. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "encoding.h"

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
    int32_t *block = calloc(data + 3 * positions + (size_t)encoding->rows, sizeof *block);
    _Static_assert(sizeof(int) == sizeof(int32_t), "one block holds both");
    if (!block) {
        return inf_error_set(err, INF_ERR_UNAVAILABLE,
                             "not enough memory for an input of [%zu] token positions", positions);
    }
    encoding->data = block;
    encoding->starts = (int *)block + data;
    encoding->ends = encoding->starts + positions;
    encoding->words = encoding->ends + positions;
    encoding->lengths = encoding->words + positions;
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
    const struct inf_tokenizer_kind *kind = cursor->tokenizer->kind;
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

/* The mask and the types of padding are 0 already; ids and positions are not. */
static void pad_row(struct cursor *cursor)
{
    const struct inf_tokenizer_kind *kind = cursor->tokenizer->kind;
    const struct inf_encoding *encoding = cursor->encoding;
    size_t tensor = (size_t)encoding->rows * (size_t)encoding->cols;
    for (; cursor->col < encoding->cols; cursor->col++) {
        for (int i = 0; i < kind->inputs; i++) {
            int32_t *value = &encoding->data[(size_t)i * tensor + position(cursor)];
            if (kind->input[i] == INF_INPUT_IDS) {
                *value = cursor->tokenizer->pad;
            } else if (kind->input[i] == INF_INPUT_POSITIONS) {
                *value = cursor->col;
            }
        }
    }
}

static void fill_row(struct cursor *cursor, const struct inf_layout *layout,
                     const struct inf_token_list *first, const struct inf_token_list *second)
{
    const struct inf_tokenizer *tokenizer = cursor->tokenizer;
    const struct inf_row *row = &layout->rows[cursor->row];
    bool specials = layout->extra > 0;
    if (specials) {
        put_id(cursor, tokenizer->first);
    }
    put_slice(cursor, first, row->first);
    if (specials) {
        put_id(cursor, tokenizer->separator);
    }
    if (layout->pair) {
        cursor->segment = 1;
        for (int i = 1; i < tokenizer->kind->pair_separators; i++) {
            put_id(cursor, tokenizer->separator);
        }
        put_slice(cursor, second, row->second);
        put_id(cursor, tokenizer->separator);
    }
    cursor->encoding->lengths[cursor->row] = cursor->col;
    pad_row(cursor);
}

int inf_encoding_new(const struct inf_tokenizer *tokenizer, const struct inf_layout *layout,
                     const struct inf_token_list *first, const struct inf_token_list *second,
                     struct inf_encoding *ret, struct inf_error *err)
{
    struct inf_encoding encoding = {.tensors = tokenizer->kind->inputs,
                                    .rows = (int)layout->count,
                                    .cols = (int)layout->longest,
                                    .truncated = layout->truncated,
                                    .tokens = (int)layout->tokens};
    if (allocate(&encoding, err) != 0) {
        return -1;
    }
    for (int row = 0; row < encoding.rows; row++) {
        struct cursor cursor = {.tokenizer = tokenizer, .encoding = &encoding, .row = row};
        fill_row(&cursor, layout, first, second);
    }
    *ret = encoding;
    return 0;
}

void inf_encoding_free(struct inf_encoding *encoding)
{
    free(encoding->data);
    *encoding = (struct inf_encoding){0};
}
