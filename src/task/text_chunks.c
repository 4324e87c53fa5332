/* text_chunks.c - pieces are the tokenizer's own windows, so they end where its words do. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/reserve.h"
#include "inferd/task.h"
#include "text_slice.h"

#include <stdlib.h>

/* From the row's first token to its last one. */
static struct inf_text_slice slice_of(const struct inf_encoding *encoding, int row)
{
    struct inf_text_slice slice = {.start = -1, .end = 0};

    for (int col = 0; col < encoding->cols; col++) {
        size_t at = (size_t)row * (size_t)encoding->cols + (size_t)col;
        if (encoding->starts[at] < 0)
            continue;
        if (slice.start < 0)
            slice.start = encoding->starts[at];
        slice.end = encoding->ends[at];
    }
    return slice;
}

static int cut(const struct inf_encoding *encoding, struct inf_text text,
               struct inf_text_slice *slices, struct inf_text_chunk *chunks, struct inf_error *err)
{
    size_t rows = (size_t)encoding->rows;

    for (size_t row = 0; row < rows; row++)
        slices[row] = slice_of(encoding, (int)row);
    if (inf_text_slices(text, slices, rows, err) != 0)
        return -1;
    for (size_t row = 0; row < rows; row++)
        chunks[row] = (struct inf_text_chunk){slices[row].start, slices[row].end, slices[row].text};
    if (rows == 1 && slices[0].start < 0) /* nothing but blanks, say */
        chunks[0] = (struct inf_text_chunk){0, 0, {text.data, 0}};
    return 0;
}

/* What the tokenizer says of it speaks of its settings. */
static int word_too_long(int max_tokens, int overlap, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "the text cannot be cut between words into chunks of [%d] tokens that "
                         "share [%d]; take larger chunks, or a smaller overlap",
                         max_tokens, overlap);
}

int inf_text_chunks(const struct inf_tokenizer *tokenizer, const struct inf_tokenization *settings,
                    struct inf_text text, int max_tokens, int overlap, struct inf_text_chunk **ret,
                    size_t *ret_count, struct inf_error *err)
{
    struct inf_tokenization windows = *settings;
    struct inf_encoding encoding;
    struct inf_text_slice *slices = NULL;
    struct inf_text_chunk *chunks = NULL;
    int rc = 0;

    windows.max_sequence_length = max_tokens;
    windows.truncate = INF_TRUNCATE_NONE;
    windows.span = overlap;
    if (inf_tokenizer_encode(tokenizer, &windows, text, &encoding, err) != 0)
        return err->code == INF_ERR_ILLEGAL_STATE ? word_too_long(max_tokens, overlap, err) : -1;
    slices = inf_reserve_calloc((size_t)encoding.rows, sizeof *slices);
    chunks = inf_reserve_calloc((size_t)encoding.rows, sizeof *chunks);
    rc = slices != NULL && chunks != NULL
             ? cut(&encoding, text, slices, chunks, err)
             : inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%d] chunks",
                             encoding.rows);
    *ret_count = (size_t)encoding.rows;
    inf_encoding_free(&encoding);
    free(slices);
    if (rc == 0)
        *ret = chunks;
    else
        free(chunks);
    return rc;
}
