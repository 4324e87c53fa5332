/* tokenizer.c - THE table of tokenizers, and what all of them share: being made from a vocabulary,
 * and the way from text to input tensors.
 *
 * A new tokenizer is one file with a `split` function and one filled row. A row with a name only is
 * a tokenizer of Elasticsearch that inferd does not serve: it is refused by name, never guessed at.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "encoding.h"
#include "inferd/alloc.h"
#include "tok_wordpiece.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const struct inf_tokenizer_kind kinds[] = {
    {.name = "bert",
     .unknown = "[UNK]",
     .pad = "[PAD]",
     .first = "[CLS]",
     .separator = "[SEP]",
     .never_split = "[MASK]",
     .inputs = 4,
     .input = {INF_INPUT_IDS, INF_INPUT_MASK, INF_INPUT_TYPES, INF_INPUT_POSITIONS},
     .pair_separators = 1,
     .split = inf_wordpiece_split},
    {.name = "bert_ja"},
    {.name = "byte_level_bpe", .needs_merges = true},
    {.name = "deberta_v2", .needs_scores = true},
    {.name = "mpnet"},
    {.name = "roberta", .needs_merges = true},
    {.name = "xlm_roberta", .needs_scores = true},
};
#define KINDS (sizeof kinds / sizeof *kinds)

const struct inf_tokenizer_kind *inf_tokenizer_kind_find(const char *name)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

void inf_tokenizer_names(struct inf_buf *out)
{
    const char *separator = "";
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].split) {
            inf_buf_printf(out, "%s%s", separator, kinds[i].name);
            separator = "|";
        }
    }
}

/* ---- vocabulary ---- */

static int check_array(const struct cJSON *array, const char *name,
                       bool (*is_type)(const struct cJSON *value), const char *type,
                       struct inf_error *err)
{
    size_t i = 0;
    if (array && !inf_json_is_array(array)) {
        return inf_error_set(err, INF_ERR_X_CONTENT_PARSE,
                             "[put_trained_model_vocabulary] %s doesn't support values of type: %s",
                             name, inf_json_token(array));
    }
    for (const struct cJSON *item = inf_json_first(array); item; item = inf_json_next(item), i++) {
        if (!is_type(item)) {
            inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                          "[%s] must hold %s only; entry [%zu] is a %s", name, type, i,
                          inf_json_token(item));
            return inf_error_wrap(err, INF_ERR_X_CONTENT_PARSE,
                                  "[put_trained_model_vocabulary] failed to parse field [%s]",
                                  name);
        }
    }
    return 0;
}

static int check_needed(const struct inf_tokenizer_kind *kind, const char *model_id,
                        const char *name, bool needed, const struct cJSON *array,
                        struct inf_error *err)
{
    if (!needed || inf_json_first(array)) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "cannot put vocabulary for model [%s] as tokenizer type [%s] requires "
                         "[%s] to be provided and non-empty",
                         model_id, kind->name, name);
}

int inf_vocabulary_check(const struct inf_tokenization *tokenization, const char *model_id,
                         const struct cJSON *body, struct inf_error *err)
{
    const struct inf_tokenizer_kind *kind = tokenization->kind;
    const struct cJSON *vocabulary = inf_json_get(body, "vocabulary");
    const struct cJSON *merges = inf_json_get(body, "merges");
    const struct cJSON *scores = inf_json_get(body, "scores");
    if (check_array(vocabulary, "vocabulary", inf_json_is_string, "strings", err) != 0 ||
        check_array(merges, "merges", inf_json_is_string, "strings", err) != 0 ||
        check_array(scores, "scores", inf_json_is_number, "numbers", err) != 0) {
        return -1;
    }
    if (check_needed(kind, model_id, "merges", kind->needs_merges, merges, err) != 0) {
        return -1;
    }
    return check_needed(kind, model_id, "scores", kind->needs_scores, scores, err);
}

/* ---- a tokenizer's life ---- */

static int require(const struct inf_tokenizer *tokenizer, const char *token, int32_t *ret,
                   struct inf_error *err)
{
    *ret = inf_vocabulary_id(tokenizer->vocabulary, token);
    if (*ret >= 0) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_CONFLICT, "stored vocabulary is missing required [%s] token",
                         token);
}

static int require_specials(struct inf_tokenizer *tokenizer, struct inf_error *err)
{
    const struct inf_tokenizer_kind *kind = tokenizer->kind;
    tokenizer->first = inf_vocabulary_id(tokenizer->vocabulary, kind->first);
    tokenizer->separator = inf_vocabulary_id(tokenizer->vocabulary, kind->separator);
    if (tokenizer->first >= 0 && tokenizer->separator >= 0) {
        return 0;
    }
    const char *first = tokenizer->first < 0 ? kind->first : "";
    const char *second = tokenizer->separator < 0 ? kind->separator : "";
    return inf_error_set(err, INF_ERR_CONFLICT,
                         "stored vocabulary is missing required [%s%s%s] token(s)", first,
                         *first && *second ? ", " : "", second);
}

int inf_tokenizer_new(const struct inf_tokenization *tokenization, const struct cJSON *vocabulary,
                      struct inf_tokenizer **ret, struct inf_error *err)
{
    const struct inf_tokenizer_kind *kind = tokenization->kind;
    struct inf_tokenizer *tokenizer = inf_alloc(1, sizeof *tokenizer);
    tokenizer->kind = kind;
    tokenizer->do_lower_case = tokenization->do_lower_case;
    tokenizer->first = -1;
    tokenizer->separator = -1;
    if (inf_vocabulary_new(inf_json_get(vocabulary, "vocabulary"), tokenization->do_lower_case,
                           &tokenizer->vocabulary, err) != 0 ||
        require(tokenizer, kind->unknown, &tokenizer->unknown, err) != 0 ||
        require(tokenizer, kind->pad, &tokenizer->pad, err) != 0) {
        goto failed;
    }
    if (tokenization->with_special_tokens && require_specials(tokenizer, err) != 0) {
        goto failed;
    }
    tokenizer->never_split = inf_vocabulary_id(tokenizer->vocabulary, kind->never_split);
    if (tokenizer->never_split < 0) {
        tokenizer->never_split = tokenizer->unknown;
    }
    *ret = tokenizer;
    return 0;

failed:
    inf_tokenizer_free(tokenizer);
    return -1;
}

void inf_tokenizer_free(struct inf_tokenizer *tokenizer)
{
    if (tokenizer) {
        inf_vocabulary_free(tokenizer->vocabulary);
        free(tokenizer);
    }
}

size_t inf_tokenizer_memory(const struct inf_tokenizer *tokenizer)
{
    return sizeof *tokenizer + inf_vocabulary_memory(tokenizer->vocabulary);
}

const char *inf_tokenizer_token(const struct inf_tokenizer *tokenizer, int32_t id)
{
    return inf_vocabulary_token(tokenizer->vocabulary, id);
}

int32_t inf_tokenizer_id(const struct inf_tokenizer *tokenizer, const char *token)
{
    return inf_vocabulary_id(tokenizer->vocabulary, token);
}

/* ---- text to tensors ---- */

/* Offsets and counts are ints, and a pair's counts are added. */
#define TEXT_BYTES_MAX ((size_t)INT_MAX / 4)

static int split(const struct inf_tokenizer *tokenizer, const struct inf_tokenization *settings,
                 const char *text, size_t length, struct inf_token_list *list,
                 struct inf_error *err)
{
    assert(settings->kind == tokenizer->kind);
    assert(!settings->with_special_tokens || tokenizer->first >= 0);
    list->limit = inf_layout_limit(settings);
    if (length > TEXT_BYTES_MAX) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Input too large. A text of [%zu] bytes is longer than [%zu] bytes",
                             length, TEXT_BYTES_MAX);
    }
    return tokenizer->kind->split(tokenizer, text, length, list, err);
}

int inf_tokenizer_encode(const struct inf_tokenizer *tokenizer,
                         const struct inf_tokenization *settings, const char *text, size_t length,
                         struct inf_encoding *ret, struct inf_error *err)
{
    struct inf_token_list list = {0};
    struct inf_layout layout = {0};
    int rc = -1;
    if (split(tokenizer, settings, text, length, &list, err) == 0 &&
        inf_layout_single(settings, &list, &layout, err) == 0) {
        rc = inf_encoding_new(tokenizer, &layout, &list, NULL, ret, err);
    }
    inf_layout_free(&layout);
    inf_token_list_free(&list);
    return rc;
}

int inf_tokenizer_encode_pair(const struct inf_tokenizer *tokenizer,
                              const struct inf_tokenization *settings, const char *first,
                              size_t first_length, const char *second, size_t second_length,
                              struct inf_encoding *ret, struct inf_error *err)
{
    struct inf_token_list a = {0};
    struct inf_token_list b = {0};
    struct inf_layout layout = {0};
    int rc = -1;
    if (split(tokenizer, settings, first, first_length, &a, err) == 0 &&
        split(tokenizer, settings, second, second_length, &b, err) == 0 &&
        inf_layout_pair(settings, &a, &b, &layout, err) == 0) {
        rc = inf_encoding_new(tokenizer, &layout, &a, &b, ret, err);
    }
    inf_layout_free(&layout);
    inf_token_list_free(&a);
    inf_token_list_free(&b);
    return rc;
}
