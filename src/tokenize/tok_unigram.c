/* tok_unigram.c - text to pieces: cut at the mask token, normalised, cut at blanks, and each word
 * into the pieces that are likeliest together.
 *
 * A word begins with U+2581, SentencePiece's mark for a blank, whether a blank stood there or not;
 * its offsets are the first character's. Unknown code points beside one another are one token. The
 * special tokens are no pieces, so a text cannot spell one, but for the mask.
 *
 * A word past INF_UNIGRAM_WORD bytes is cut in parts: all but the last pieces of what has been read
 * are taken, and the others are cut again with what follows them. Paths that differ far back have
 * met long before, so the pieces are those of the whole word. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tok_unigram.h"

#include "inferd/alloc.h"
#include "unigram_word.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define BLANK_MARK "\xe2\x96\x81"
#define BLANK_MARK_POINT 0x2581
#define UNKNOWN_PENALTY 10.0 /* below the least score */
#define KEPT_BYTES 4096      /* of a long word, that are cut again */

struct unigram {
    struct inf_unigram_model model;
    size_t size;
    bool has_bytes;
    int32_t bytes[256]; /* ids of "<0x00>" and so on; -1: not there */
    struct inf_nmt_rules rules;
};

struct cutter {
    const struct inf_tokenizer *tokenizer;
    const struct unigram *own;
    struct inf_token_list *list;
    struct inf_error *err;
    struct inf_unigram_word word;
};

/* ---- made from a vocabulary ---- */

static int read_scores(struct unigram *own, const struct cJSON *array, struct inf_error *err)
{
    size_t count = inf_json_size(array);
    double least = 0;
    size_t i = 0;
    if (count != own->size) {
        return inf_error_set(err, INF_ERR_INTERNAL,
                             "provided vocabulary [%zu] and scores [%zu] must have the same size",
                             own->size, count);
    }
    own->model.scores = calloc(count, sizeof *own->model.scores);
    if (!own->model.scores) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%zu] scores", count);
    }
    for (const struct cJSON *item = inf_json_first(array); item; item = inf_json_next(item)) {
        double score = inf_json_double(item);
        least = i == 0 || score < least ? score : least;
        own->model.scores[i++] = score;
    }
    own->model.unknown_score = least - UNKNOWN_PENALTY;
    return 0;
}

static void find_bytes(struct unigram *own, const struct inf_vocabulary *vocabulary)
{
    char token[sizeof "<0x00>"];
    own->has_bytes = true;
    for (unsigned i = 0; i < 256; i++) {
        snprintf(token, sizeof token, "<0x%02X>", i);
        own->bytes[i] = inf_vocabulary_id(vocabulary, token);
    }
}

int inf_unigram_make(struct inf_tokenizer *tokenizer, const struct cJSON *body,
                     struct inf_error *err)
{
    struct unigram *own = inf_alloc(1, sizeof *own);
    own->size = inf_vocabulary_size(tokenizer->vocabulary);
    own->model.unknown = tokenizer->special[INF_SPECIAL_UNKNOWN];
    if (read_scores(own, inf_json_get(body, "scores"), err) != 0 ||
        inf_unigram_trie_init(&own->model.trie, tokenizer->vocabulary, tokenizer->special,
                              INF_SPECIALS, err) != 0) {
        inf_unigram_destroy(own);
        return -1;
    }
    inf_nmt_rules_init(&own->rules);
    tokenizer->own = own;
    return 0;
}

int inf_unigram_make_with_bytes(struct inf_tokenizer *tokenizer, const struct cJSON *body,
                                struct inf_error *err)
{
    if (inf_unigram_make(tokenizer, body, err) != 0) {
        return -1;
    }
    find_bytes(tokenizer->own, tokenizer->vocabulary);
    return 0;
}

void inf_unigram_destroy(void *own)
{
    struct unigram *unigram = own;
    inf_unigram_trie_fini(&unigram->model.trie);
    free(unigram->model.scores);
    free(unigram);
}

size_t inf_unigram_memory(const void *own)
{
    const struct unigram *unigram = own;
    return sizeof *unigram + inf_unigram_trie_memory(&unigram->model.trie) +
           unigram->size * sizeof *unigram->model.scores;
}

/* ---- words to tokens ---- */

static int push(struct cutter *cutter, int32_t id, int start, int end)
{
    size_t word = cutter->list->total;
    struct inf_token token = {
        .id = id, .start = start, .end = end, .word = word < INT_MAX ? (int)word : INT_MAX};
    return inf_token_list_push(cutter->list, &token, cutter->err);
}

static bool all_bytes_are_pieces(const struct unigram *own, const char *text, size_t length)
{
    for (size_t i = 0; own->has_bytes && i < length; i++) {
        if (own->bytes[(unsigned char)text[i]] < 0) {
            return false;
        }
    }
    return own->has_bytes;
}

/* text[from..to) of the word, all unknown. */
static int push_unknown(struct cutter *cutter, size_t from, size_t to)
{
    const struct unigram *own = cutter->own;
    const struct inf_unigram_word *word = &cutter->word;
    int start = word->places[from].start;
    int end = word->places[to].end;
    if (!all_bytes_are_pieces(own, word->text + from, to - from)) {
        return push(cutter, own->model.unknown, start, end);
    }
    for (size_t i = from; i < to; i++) {
        if (push(cutter, own->bytes[(unsigned char)word->text[i]], start, end) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Where the token ends that begins at a place of the path. */
static size_t token_end(const struct cutter *cutter, size_t from)
{
    const struct inf_unigram_place *places = cutter->word.places;
    int32_t unknown = cutter->own->model.unknown;
    size_t to = places[from].other;
    while (places[to].id == unknown && to < cutter->word.length &&
           places[places[to].other].id == unknown) {
        to = places[to].other;
    }
    return to;
}

/* Takes the pieces that end by `limit`, one at least, out of the word. */
static int take_pieces(struct cutter *cutter, size_t limit)
{
    struct inf_unigram_word *word = &cutter->word;
    size_t from = 0;
    inf_unigram_word_cut(word, &cutter->own->model);
    while (from < word->length) {
        size_t to = token_end(cutter, from);
        int32_t id = word->places[to].id;
        int rc = 0;
        if (to > limit && from > 0) {
            break;
        }
        rc = id == cutter->own->model.unknown
                 ? push_unknown(cutter, from, to)
                 : push(cutter, id, word->places[from].start, word->places[to].end);
        if (rc != 0) {
            return -1;
        }
        from = to;
    }
    inf_unigram_word_drop(word, from);
    return 0;
}

static int end_word(struct cutter *cutter)
{
    return cutter->word.length > 0 ? take_pieces(cutter, cutter->word.length) : 0;
}

static int add_point(struct cutter *cutter, const struct inf_nmt_point *point)
{
    if (inf_unigram_word_is_full(&cutter->word) &&
        take_pieces(cutter, INF_UNIGRAM_WORD - KEPT_BYTES) != 0) {
        return -1;
    }
    return inf_unigram_word_add(&cutter->word, point, cutter->err);
}

/* Text without a mask token, which begins at UTF-16 offset *unit. Moves that to its end. */
static int take_text(struct cutter *cutter, const char *text, size_t length, int *unit)
{
    struct inf_nmt_reader reader;
    struct inf_nmt_point point;
    bool inside = false; /* a word, of which parts may be gone already */
    inf_nmt_begin(&reader, &cutter->own->rules, text, length, *unit,
                  cutter->tokenizer->settings.do_lower_case);
    while (inf_nmt_read(&reader, &point)) {
        if (point.point == ' ') {
            inside = false;
            if (end_word(cutter) != 0) {
                return -1;
            }
            continue;
        }
        if (!inside) {
            struct inf_nmt_point mark = {BLANK_MARK_POINT, point.start, point.end};
            inside = true;
            if (add_point(cutter, &mark) != 0) {
                return -1;
            }
        }
        if (add_point(cutter, &point) != 0) {
            return -1;
        }
    }
    *unit = reader.unit;
    return end_word(cutter);
}

static int take_mask(struct cutter *cutter, size_t length, int *unit)
{
    int32_t mask = cutter->tokenizer->special[INF_SPECIAL_MASK];
    int start = *unit;
    *unit += (int)length;
    return push(cutter, mask >= 0 ? mask : cutter->own->model.unknown, start, *unit);
}

int inf_unigram_split(const struct inf_tokenizer *tokenizer, struct inf_text text,
                      struct inf_token_list *list, struct inf_error *err)
{
    struct cutter cutter = {
        .tokenizer = tokenizer, .own = tokenizer->own, .list = list, .err = err};
    const char *mask = tokenizer->settings.special[INF_SPECIAL_MASK];
    size_t mask_length = strlen(mask);
    const char *end = text.data + text.length;
    int unit = 0;
    int rc = 0;
    for (const char *at = text.data; at < end && rc == 0;) {
        const char *found = memmem(at, (size_t)(end - at), mask, mask_length);
        const char *stop = found ? found : end;
        rc = take_text(&cutter, at, (size_t)(stop - at), &unit);
        if (found && rc == 0) {
            rc = take_mask(&cutter, mask_length, &unit);
        }
        at = found ? found + mask_length : end;
    }
    inf_unigram_word_fini(&cutter.word);
    return rc;
}

/* ---- tokens for a reader ---- */

/* Is there a mark at text? Returns its length, also for a blank as such. */
static size_t blank_at(const char *text)
{
    if (*text == ' ') {
        return 1;
    }
    return strncmp(text, BLANK_MARK, sizeof BLANK_MARK - 1) == 0 ? sizeof BLANK_MARK - 1 : 0;
}

void inf_unigram_spell(const struct inf_tokenizer *tokenizer, const char *token,
                       struct inf_buf *out)
{
    bool begun = false;
    size_t blanks = 0; /* not written yet: there may be nothing behind them */
    (void)tokenizer;
    while (*token != '\0') {
        size_t length = blank_at(token);
        if (length > 0) {
            blanks += begun;
            token += length;
            continue;
        }
        for (; blanks > 0; blanks--) {
            inf_buf_puts(out, " ");
        }
        inf_buf_append(out, token++, 1);
        begun = true;
    }
}
