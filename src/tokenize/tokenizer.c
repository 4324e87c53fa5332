/* tokenizer.c - THE table of tokenizers, and what all of them share: being made from a vocabulary,
 * and the way from text to input tensors.
 *
 * A new tokenizer is one file with a `split` function and one row. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "encoding.h"
#include "inferd/alloc.h"
#include "inferd/reserve.h"
#include "tok_bpe.h"
#include "tok_japanese.h"
#include "tok_unigram.h"
#include "tok_wordpiece.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Special tokens in the order of enum inf_special. */
#define BERT_SPECIALS                                \
    {                                                \
        "[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]" \
    }
#define ROBERTA_SPECIALS                          \
    {                                             \
        "<unk>", "<pad>", "<s>", "</s>", "<mask>" \
    }

static const struct inf_tokenizer_kind kinds[] = {
    {.name = "bert",
     .special = BERT_SPECIALS,
     .inputs = 4,
     .input = {INF_INPUT_IDS, INF_INPUT_MASK, INF_INPUT_TYPES, INF_INPUT_POSITIONS},
     .pair_separators = 1,
     .folds = true,
     .split = inf_wordpiece_split},
    {.name = "bert_ja",
     .special = BERT_SPECIALS,
     .inputs = 4,
     .input = {INF_INPUT_IDS, INF_INPUT_MASK, INF_INPUT_TYPES, INF_INPUT_POSITIONS},
     .pair_separators = 1,
     .folds = true,
     .slow = true,
     .make = inf_japanese_make,
     .destroy = inf_japanese_destroy,
     .memory = inf_japanese_memory,
     .split = inf_japanese_split},
    {.name = "mpnet",
     .special = {"[UNK]", "<pad>", "<s>", "</s>", "<mask>"},
     .inputs = 2,
     .input = {INF_INPUT_IDS, INF_INPUT_MASK},
     .pair_separators = 2,
     .folds = true,
     .split = inf_wordpiece_split},
    {.name = "roberta",
     .special = ROBERTA_SPECIALS,
     .inputs = 2,
     .input = {INF_INPUT_IDS, INF_INPUT_MASK},
     .pair_separators = 2,
     .cased = true,
     .has_prefix_space = true,
     .needs_merges = true,
     .make = inf_bpe_make,
     .destroy = inf_bpe_destroy,
     .memory = inf_bpe_memory,
     .split = inf_bpe_split,
     .spell = inf_bpe_spell},
    {.name = "byte_level_bpe",
     .special = ROBERTA_SPECIALS,
     .inputs = 2,
     .input = {INF_INPUT_IDS, INF_INPUT_MASK},
     .pair_separators = 2,
     .cased = true,
     .has_prefix_space = true,
     .has_own_specials = true,
     .needs_merges = true,
     .make = inf_bpe_make,
     .destroy = inf_bpe_destroy,
     .memory = inf_bpe_memory,
     .split = inf_bpe_split,
     .spell = inf_bpe_spell},
    {.name = "xlm_roberta",
     .special = ROBERTA_SPECIALS,
     .inputs = 2,
     .input = {INF_INPUT_IDS, INF_INPUT_MASK},
     .pair_separators = 2,
     .cased = true,
     .needs_scores = true,
     .make = inf_unigram_make,
     .destroy = inf_unigram_destroy,
     .memory = inf_unigram_memory,
     .split = inf_unigram_split,
     .spell = inf_unigram_spell},
    {.name = "deberta_v2",
     .special = BERT_SPECIALS,
     .inputs = 3,
     .input = {INF_INPUT_IDS, INF_INPUT_MASK, INF_INPUT_TYPES},
     .pair_separators = 1,
     .needs_scores = true,
     .make = inf_unigram_make_with_bytes,
     .destroy = inf_unigram_destroy,
     .memory = inf_unigram_memory,
     .split = inf_unigram_split,
     .spell = inf_unigram_spell},
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

static const char *spelling(const struct inf_tokenizer *tokenizer, enum inf_special special)
{
    return tokenizer->settings.special[special];
}

static int require(const struct inf_tokenizer *tokenizer, enum inf_special special,
                   struct inf_error *err)
{
    if (tokenizer->special[special] >= 0) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_CONFLICT, "stored vocabulary is missing required [%s] token",
                         spelling(tokenizer, special));
}

/* The tokenizers with scores say it in words of their own. */
static int require_unknown(const struct inf_tokenizer *tokenizer, struct inf_error *err)
{
    if (!tokenizer->settings.kind->needs_scores || tokenizer->special[INF_SPECIAL_UNKNOWN] >= 0) {
        return require(tokenizer, INF_SPECIAL_UNKNOWN, err);
    }
    return inf_error_set(err, INF_ERR_CONFLICT,
                         "provided vocabulary does not contain the unknown token of [%s]",
                         spelling(tokenizer, INF_SPECIAL_UNKNOWN));
}

static int require_both_ends(const struct inf_tokenizer *tokenizer, struct inf_error *err)
{
    bool has_first = tokenizer->special[INF_SPECIAL_FIRST] >= 0;
    bool has_separator = tokenizer->special[INF_SPECIAL_SEPARATOR] >= 0;
    if (has_first && has_separator) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_CONFLICT,
                         "stored vocabulary is missing required [%s%s%s] token(s)",
                         has_first ? "" : spelling(tokenizer, INF_SPECIAL_FIRST),
                         has_first || has_separator ? "" : ", ",
                         has_separator ? "" : spelling(tokenizer, INF_SPECIAL_SEPARATOR));
}

static int find_specials(struct inf_tokenizer *tokenizer, struct inf_error *err)
{
    for (int i = 0; i < INF_SPECIALS; i++) {
        tokenizer->special[i] =
            inf_vocabulary_id(tokenizer->vocabulary, spelling(tokenizer, (enum inf_special)i));
    }
    if (require_unknown(tokenizer, err) != 0 || require(tokenizer, INF_SPECIAL_PAD, err) != 0) {
        return -1;
    }
    return tokenizer->settings.with_special_tokens ? require_both_ends(tokenizer, err) : 0;
}

int inf_tokenizer_new(const struct inf_tokenization *tokenization, const struct cJSON *vocabulary,
                      struct inf_tokenizer **ret, struct inf_error *err)
{
    const struct inf_tokenizer_kind *kind = tokenization->kind;
    struct inf_tokenizer *tokenizer = inf_alloc(1, sizeof *tokenizer);
    tokenizer->settings = *tokenization;
    if (inf_vocabulary_new(inf_json_get(vocabulary, "vocabulary"),
                           kind->folds && tokenization->do_lower_case, &tokenizer->vocabulary,
                           err) != 0 ||
        find_specials(tokenizer, err) != 0 ||
        (kind->make && kind->make(tokenizer, vocabulary, err) != 0)) {
        inf_tokenizer_free(tokenizer);
        return -1;
    }
    *ret = tokenizer;
    return 0;
}

void inf_tokenizer_free(struct inf_tokenizer *tokenizer)
{
    if (!tokenizer) {
        return;
    }
    if (tokenizer->own) {
        tokenizer->settings.kind->destroy(tokenizer->own);
    }
    inf_vocabulary_free(tokenizer->vocabulary);
    free(tokenizer);
}

size_t inf_tokenizer_memory(const struct inf_tokenizer *tokenizer)
{
    size_t own = tokenizer->own ? tokenizer->settings.kind->memory(tokenizer->own) : 0;
    return sizeof *tokenizer + inf_vocabulary_memory(tokenizer->vocabulary) + own;
}

size_t inf_tokenizer_size(const struct inf_tokenizer *tokenizer)
{
    return inf_vocabulary_size(tokenizer->vocabulary);
}

const char *inf_tokenizer_token(const struct inf_tokenizer *tokenizer, int32_t id)
{
    return inf_vocabulary_token(tokenizer->vocabulary, id);
}

int32_t inf_tokenizer_id(const struct inf_tokenizer *tokenizer, const char *token)
{
    return inf_vocabulary_id(tokenizer->vocabulary, token);
}

int32_t inf_tokenizer_special(const struct inf_tokenizer *tokenizer, enum inf_special special)
{
    return tokenizer->special[special];
}

void inf_tokenizer_spell(const struct inf_tokenizer *tokenizer, int32_t id, struct inf_buf *out)
{
    const struct inf_tokenizer_kind *kind = tokenizer->settings.kind;
    const char *token = inf_tokenizer_token(tokenizer, id);
    if (token && kind->spell) {
        kind->spell(tokenizer, token, out);
    } else if (token) {
        inf_buf_puts(out, token);
    }
}

/* ---- text to tensors ---- */

/* Offsets and counts are ints, and a pair's counts are added. */
#define TEXT_BYTES_MAX ((size_t)INT_MAX / 4)

static int split(const struct inf_tokenizer *tokenizer, const struct inf_tokenization *settings,
                 struct inf_text text, struct inf_token_list *list, struct inf_error *err)
{
    assert(settings->kind == tokenizer->settings.kind);
    assert(!settings->with_special_tokens || tokenizer->special[INF_SPECIAL_FIRST] >= 0);
    list->limit = inf_layout_limit(settings);
    if (text.length > TEXT_BYTES_MAX) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Input too large. A text of [%zu] bytes is longer than [%zu] bytes",
                             text.length, TEXT_BYTES_MAX);
    }
    return settings->kind->split(tokenizer, text, list, err);
}

int inf_tokenizer_encode(const struct inf_tokenizer *tokenizer,
                         const struct inf_tokenization *settings, struct inf_text text,
                         struct inf_encoding *ret, struct inf_error *err)
{
    struct inf_token_list list = {0};
    struct inf_layout layout = {0};
    int rc = -1;
    if (split(tokenizer, settings, text, &list, err) == 0 &&
        inf_layout_single(settings, &list, &layout, err) == 0) {
        rc = inf_encoding_new(tokenizer, &layout, &list, NULL, ret, err);
    }
    inf_layout_free(&layout);
    inf_token_list_free(&list);
    return rc;
}

/* Splits the texts and lays each out beside the first. */
static int lay_out_pairs(const struct inf_tokenizer *tokenizer,
                         const struct inf_tokenization *settings,
                         const struct inf_token_list *first, const struct inf_text *seconds,
                         struct inf_token_list *lists, size_t count, struct inf_layout *layout,
                         struct inf_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (split(tokenizer, settings, seconds[i], &lists[i], err) != 0 ||
            inf_layout_pair(settings, first, &lists[i], i, layout, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int inf_tokenizer_encode_pairs(const struct inf_tokenizer *tokenizer,
                               const struct inf_tokenization *settings, struct inf_text first,
                               const struct inf_text *seconds, size_t count,
                               struct inf_encoding *ret, struct inf_error *err)
{
    struct inf_token_list list = {0};
    struct inf_token_list *lists = inf_reserve_calloc(count, sizeof *lists);
    struct inf_layout layout = {0};
    int rc = -1;
    if (!lists) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%zu] pairs", count);
    }
    if (split(tokenizer, settings, first, &list, err) == 0 &&
        lay_out_pairs(tokenizer, settings, &list, seconds, lists, count, &layout, err) == 0) {
        rc = inf_encoding_new(tokenizer, &layout, &list, lists, ret, err);
    }
    inf_layout_free(&layout);
    for (size_t i = 0; i < count; i++) {
        inf_token_list_free(&lists[i]);
    }
    free(lists);
    inf_token_list_free(&list);
    return rc;
}
