/* tokenize.h - text to token ids, equal to the reference tokenizers; pure and bounded.
 *
 * A row of the table in src/tokenize/tokenizer.c gives a tokenizer's name in the API, what it needs
 * of the vocabulary, its special tokens and its functions; truncation, windows and special-token
 * layout are shared by all (compatibility 10.1-10.4). A new tokenizer is one file and one row.
 *
 * Thread: any; a tokenizer is immutable once made and may be used by many threads at once.
 * Owns:   inf_tokenizer_new copies what it needs of the vocabulary.
 * Bound:  text by the caller's body limit; tokens of a text by its bytes; no recursion, no VLA. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_H
#define INFERD_TOKENIZE_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include "inferd/json.h"
#include "inferd/reduce.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum inf_truncate {
    INF_TRUNCATE_FIRST,
    INF_TRUNCATE_SECOND,
    INF_TRUNCATE_NONE,
    INF_TRUNCATE_BALANCED,
    INF_TRUNCATE_ERROR /* ours: too long is refused, with the counts */
};

/* What a tokenizer's special tokens are for. */
enum inf_special {
    INF_SPECIAL_UNKNOWN,
    INF_SPECIAL_PAD,
    INF_SPECIAL_FIRST,     /* begins a sequence */
    INF_SPECIAL_SEPARATOR, /* ends a text */
    INF_SPECIAL_MASK,      /* kept whole wherever it stands in a text */
    INF_SPECIALS
};
#define INF_SPECIAL_MAX 64 /* bytes of one, its NUL included */

struct inf_tokenizer_kind; /* private row */
struct inf_tokenizer;

/* The `tokenization` object, defaults materialised. Plain data, freely copied. */
struct inf_tokenization {
    const struct inf_tokenizer_kind *kind;
    bool do_lower_case;
    bool with_special_tokens;
    bool add_prefix_space; /* of byte-level BPE: a blank before the text's first word */
    int max_sequence_length;
    enum inf_truncate truncate;
    int span;                                    /* -1: no windows */
    char special[INF_SPECIALS][INF_SPECIAL_MAX]; /* how each is spelt */
};

/* Parses {"bert":{...}} (NULL: bert with defaults). doc is the whole body and path where the object
 * stands in it ("inference_config.ner.tokenization"), for line and column; doc may be NULL. Errors
 * of compatibility 10.1; an unknown name is NAMED_OBJECT. */
int inf_tokenization_parse(const struct cJSON *object, const struct inf_json *doc, const char *path,
                           struct inf_tokenization *ret, struct inf_error *err);
/* Applies the update form {"bert":{"truncate":..,"span":..}} to base. A truncate without a span
 * drops the base's span where the two would contradict each other. */
int inf_tokenization_update(const struct inf_tokenization *base, const struct cJSON *update,
                            struct inf_tokenization *ret, struct inf_error *err);
/* Writes {"bert":{"do_lower_case":..,...}} in the echo order of GET. */
void inf_tokenization_write(const struct inf_tokenization *tokenization, struct inf_jsonw *w);
const char *inf_tokenization_name(const struct inf_tokenization *tokenization); /* "bert" */
/* Bytes of text that are tokenized within some 100 microseconds: who must not be kept waiting gives
 * longer ones to another thread. */
size_t inf_tokenization_quick_bytes(const struct inf_tokenization *tokenization);

/* Checks the vocabulary body: [vocabulary] and [merges] arrays of strings, [scores] of numbers,
 * [merges] and [scores] present where this tokenizer needs them; lengths and other keys are the
 * caller's business. model_id is for the text. compatibility 4. */
int inf_vocabulary_check(const struct inf_tokenization *tokenization, const char *model_id,
                         const struct cJSON *body, struct inf_error *err);

/* Builds a tokenizer from the vocabulary body {"vocabulary":[...],...}. CONFLICT "stored vocabulary
 * is missing required [[PAD]] token" and the like. */
int inf_tokenizer_new(const struct inf_tokenization *tokenization, const struct cJSON *vocabulary,
                      struct inf_tokenizer **ret, struct inf_error *err);
void inf_tokenizer_free(struct inf_tokenizer *tokenizer);           /* NULL is fine */
size_t inf_tokenizer_memory(const struct inf_tokenizer *tokenizer); /* bytes held */
size_t inf_tokenizer_size(const struct inf_tokenizer *tokenizer);   /* tokens */
/* Token text by id (NULL when out of range) and id by token (-1). */
const char *inf_tokenizer_token(const struct inf_tokenizer *tokenizer, int32_t id);
int32_t inf_tokenizer_id(const struct inf_tokenizer *tokenizer, const char *token);
/* The id of a special token, or -1 when the vocabulary does not have it. */
int32_t inf_tokenizer_special(const struct inf_tokenizer *tokenizer, enum inf_special special);
/* Appends a token as a reader would write it: without the marks that stand for blanks, and without
 * blanks around it. Nothing when id is out of range. */
void inf_tokenizer_spell(const struct inf_tokenizer *tokenizer, int32_t id, struct inf_buf *out);

/* Most token positions (rows x cols) that one document may become: a window setting of a client
 * must not turn a long text into gigabytes. */
#define INF_ENCODING_POSITIONS_MAX (1 << 22)

#define INF_ENCODING_TENSORS 4
#define INF_PAD_COLUMN (-1) /* padding whose values are the numbers of its columns, from 0 on */

/* The model's inputs for one request document.
 * data is [tensors][rows][cols] int32, row-major: rows windows (or pairs), cols positions (padded
 * to the longest row); tensor order is forward()'s (compatibility 10.2), e.g. for bert: input_ids,
 * attention_mask, token_type_ids, position_ids. */
struct inf_encoding {
    int tensors, rows, cols;
    int32_t *data;
    int32_t padding[INF_ENCODING_TENSORS]; /* of each tensor behind a row's end; INF_PAD_COLUMN */
    int *lengths; /* [rows] real tokens of each row, special tokens included */
    int *seconds; /* [rows] column at which the second text begins; its length without one */
    int *starts,
        *ends;  /* [rows][cols] UTF-16 offsets in its own text; -1 for specials and padding */
    int *words; /* [rows][cols] word index in its own text; -1 for specials and padding */
    bool truncated;
    int tokens; /* of the whole text (of the longest pair) before truncation, specials included */
    enum inf_reduce reduce; /* NONE until a task says otherwise */
    int position;           /* for INF_REDUCE_POSITION: the column */
};

/* Valid UTF-8; borrowed. */
struct inf_text {
    const char *data;
    size_t length; /* bytes */
};

/* Appends a text in lower case, code point by code point; tokens' offsets do not hold in it. */
void inf_text_lower(struct inf_text text, struct inf_buf *out);

/* Encodes one text. `settings` is the effective tokenization: the tokenizer's own or an update of
 * it. BAD_REQUEST "Input too large. ..." when truncate is none or error and there is no span, or
 * past INF_ENCODING_POSITIONS_MAX. Time is linear in length. On success the caller frees with
 * inf_encoding_free. An empty text without special tokens gives one row of no columns. */
int inf_tokenizer_encode(const struct inf_tokenizer *tokenizer,
                         const struct inf_tokenization *settings, struct inf_text text,
                         struct inf_encoding *ret, struct inf_error *err);
/* Encodes one text with each of count >= 1 others (question and context; premise and hypotheses):
 * at least a row a pair, in order; truncation and windows of compatibility 10.4, where windows go
 * over the second text. */
int inf_tokenizer_encode_pairs(const struct inf_tokenizer *tokenizer,
                               const struct inf_tokenization *settings, struct inf_text first,
                               const struct inf_text *seconds, size_t count,
                               struct inf_encoding *ret, struct inf_error *err);
void inf_encoding_free(struct inf_encoding *encoding); /* zeroed is fine */

#endif
