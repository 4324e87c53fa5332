/* tok_bpe.c - byte-level BPE: a text is parted at the mask tokens that stand in it, the parts into
 * words, the words into symbols, and a symbol is looked up in the vocabulary.
 *
 * The look-up is done once for each symbol, when the tokenizer is made. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tok_bpe.h"

#include "bpe_letters.h"
#include "bpe_word.h"
#include "inferd/alloc.h"
#include "tok_bpe_words.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* tokenizer->own */
struct bpe {
    struct inf_bpe_merges *merges;
    int32_t *tokens; /* the token of each symbol */
};

/* ---- making ---- */

static int32_t token_of(const struct inf_tokenizer *tokenizer, const unsigned char *bytes,
                        size_t count)
{
    char letters[2 * INF_SYMBOL_BYTES_MAX];
    uint64_t hash = INF_HASH_START;
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        length += inf_letter_write(bytes[i], letters + length);
    }
    for (size_t i = 0; i < length; i++) {
        hash = inf_hash_byte(hash, letters[i]);
    }
    int32_t id = inf_vocabulary_find(tokenizer->vocabulary, hash, "", 0, letters, length);
    return id >= 0 ? id : tokenizer->special[INF_SPECIAL_UNKNOWN];
}

static int find_tokens(const struct inf_tokenizer *tokenizer, struct bpe *bpe,
                       struct inf_error *err)
{
    uint32_t count = inf_bpe_merges_count(bpe->merges);
    bpe->tokens = reallocarray(NULL, count, sizeof *bpe->tokens);
    if (!bpe->tokens) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%u] symbols", count);
    }
    for (unsigned i = 0; i < INF_SYMBOL_FIRST; i++) {
        bpe->tokens[i] = token_of(tokenizer, &(unsigned char){(unsigned char)i}, 1);
    }
    for (uint32_t i = INF_SYMBOL_FIRST; i < count; i++) {
        struct inf_bytes bytes = inf_bpe_merges_bytes(bpe->merges, i);
        bpe->tokens[i] = token_of(tokenizer, bytes.data, bytes.length);
    }
    return 0;
}

int inf_bpe_make(struct inf_tokenizer *tokenizer, const struct cJSON *body, struct inf_error *err)
{
    struct bpe *bpe = inf_alloc(1, sizeof *bpe);
    tokenizer->own = bpe;
    if (inf_bpe_merges_new(inf_json_get(body, "merges"), &bpe->merges, err) != 0) {
        return -1;
    }
    inf_bpe_find_whole(bpe->merges);
    return find_tokens(tokenizer, bpe, err);
}

void inf_bpe_destroy(void *own)
{
    struct bpe *bpe = own;
    inf_bpe_merges_free(bpe->merges);
    free(bpe->tokens);
    free(bpe);
}

size_t inf_bpe_memory(const void *own)
{
    const struct bpe *bpe = own;
    return sizeof *bpe + inf_bpe_merges_memory(bpe->merges) +
           inf_bpe_merges_count(bpe->merges) * sizeof *bpe->tokens;
}

/* ---- splitting ---- */

struct splitter {
    const struct inf_tokenizer *tokenizer;
    const struct bpe *bpe;
    struct inf_text text;
    struct inf_bpe_scratch scratch;
    struct inf_token_list *list;
    struct inf_error *err;
    int words;
};

/* A word that is nothing but the blank before the text lies where the text begins. */
static int push_symbols(struct splitter *s, const struct inf_bpe_word *word,
                        const uint32_t *symbols, size_t count)
{
    struct inf_token token = {
        .start = word->from < 0 ? 0 : word->from, .end = word->to, .word = s->words};
    for (size_t i = 0; i < count; i++) {
        token.id = s->bpe->tokens[symbols[i]];
        if (inf_token_list_push(s->list, &token, s->err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A word beyond INF_BPE_WORD_MAX is merged in pieces, so that the memory for it has a bound. */
static int add_word(struct splitter *s, const struct inf_bpe_word *word)
{
    const unsigned char *data = (const unsigned char *)s->text.data;
    size_t at = word->start;
    size_t left = word->length;
    while (left > 0) {
        size_t length = left < INF_BPE_WORD_MAX ? left : INF_BPE_WORD_MAX;
        struct inf_bytes bytes = {data + at, length, data + s->text.length};
        const uint32_t *symbols = NULL;
        size_t count = 0;
        if (inf_bpe_word(s->bpe->merges, bytes, &s->scratch, &symbols, &count, s->err) != 0 ||
            push_symbols(s, word, symbols, count) != 0) {
            return -1;
        }
        at += length;
        left -= length;
    }
    s->words++;
    return 0;
}

static int add_words(struct splitter *s, struct inf_bpe_words *words)
{
    struct inf_bpe_word word;
    while (inf_bpe_words_next(words, &word)) {
        if (add_word(s, &word) != 0) {
            return -1;
        }
    }
    return 0;
}

static int utf16_units(const char *text, size_t length)
{
    int units = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        units += (byte & 0xc0) == 0x80 ? 0 : byte >= 0xf0 ? 2 : 1;
    }
    return units;
}

/* Takes the mask token that stands at `mask`, and the white space before it. */
static int add_mask(struct splitter *s, struct inf_bpe_words *words, size_t mask, size_t length)
{
    int32_t id = s->tokenizer->special[INF_SPECIAL_MASK];
    struct inf_token token = {.id = id >= 0 ? id : s->tokenizer->special[INF_SPECIAL_UNKNOWN],
                              .word = s->words++};
    token.start = words->unit + utf16_units(words->text + words->at, mask - words->at);
    token.end = token.start + utf16_units(words->text + mask, length);
    words->at = mask + length;
    words->unit = token.end;
    return inf_token_list_push(s->list, &token, s->err);
}

/* `unit` is the offset at which the text begins: -1 when a blank was put before it. */
static int split(struct splitter *s, int unit)
{
    const char *mask = s->tokenizer->settings.special[INF_SPECIAL_MASK];
    size_t mask_length = strlen(mask);
    size_t from = unit < 0 ? 1 : 0;
    struct inf_bpe_words words = {.text = s->text.data, .unit = unit};
    for (;;) {
        const char *found = memmem(s->text.data + from, s->text.length - from, mask, mask_length);
        size_t end = found ? (size_t)(found - s->text.data) : s->text.length;
        words.end =
            found ? words.at + inf_bpe_words_trim(words.text + words.at, end - words.at) : end;
        if (add_words(s, &words) != 0) {
            return -1;
        }
        if (!found) {
            return 0;
        }
        if (add_mask(s, &words, end, mask_length) != 0) {
            return -1;
        }
        from = words.at;
    }
}

/* Puts a blank before the text's first word. */
static int split_after_blank(struct splitter *s)
{
    struct inf_text text = s->text;
    char *copy = malloc(text.length + 1);
    int rc = -1;
    if (!copy) {
        return inf_error_set(s->err, INF_ERR_MEMORY, "not enough memory for a text of [%zu] bytes",
                             text.length);
    }
    copy[0] = ' ';
    memcpy(copy + 1, text.data, text.length);
    s->text = (struct inf_text){copy, text.length + 1};
    rc = split(s, -1);
    free(copy);
    return rc;
}

int inf_bpe_split(const struct inf_tokenizer *tokenizer, struct inf_text text,
                  struct inf_token_list *list, struct inf_error *err)
{
    struct splitter s = {
        .tokenizer = tokenizer, .bpe = tokenizer->own, .text = text, .list = list, .err = err};
    int rc = 0;
    if (text.length > 0) {
        bool blank = tokenizer->settings.add_prefix_space && text.data[0] != ' ';
        rc = blank ? split_after_blank(&s) : split(&s, 0);
    }
    inf_bpe_scratch_free(&s.scratch);
    return rc;
}

/* ---- spelling ---- */

/* How many bytes the character at `at` has; 0 when it is none. */
static size_t character(const unsigned char *bytes, size_t at, size_t count)
{
    utf8proc_int32_t point = 0;
    utf8proc_ssize_t length = utf8proc_iterate(bytes + at, (utf8proc_ssize_t)(count - at), &point);
    return length > 0 ? (size_t)length : 0;
}

/* How many bytes from `at`, where no character is, a decoder replaces together: as many as a
 * character could begin with, or else one. */
static size_t broken_character(const unsigned char *bytes, size_t at, size_t count)
{
    unsigned char lead = bytes[at];
    size_t length = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : 1;
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    size_t taken = 1;
    while (taken < length && at + taken < count && bytes[at + taken] >= low &&
           bytes[at + taken] <= high) {
        low = 0x80;
        high = 0xbf;
        taken++;
    }
    return taken;
}

/* What is no character becomes U+FFFD, one for each that was begun, as in Hugging Face and Java. */
static void append_text(const unsigned char *bytes, size_t count, struct inf_buf *out)
{
    for (size_t at = 0; at < count;) {
        size_t length = character(bytes, at, count);
        if (length > 0) {
            inf_buf_append(out, bytes + at, length);
        } else {
            inf_buf_puts(out, "\xef\xbf\xbd");
            length = broken_character(bytes, at, count);
        }
        at += length;
    }
}

static bool is_blank(unsigned char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

void inf_bpe_spell(const struct inf_tokenizer *tokenizer, const char *token, struct inf_buf *out)
{
    size_t length = strlen(token);
    unsigned char *bytes = inf_alloc(length + 1, 1);
    size_t count = inf_letters_read(token, length, bytes);
    size_t start = 0;
    (void)tokenizer;
    if (count == SIZE_MAX) {
        inf_buf_puts(out, token);
    } else {
        while (count > 0 && is_blank(bytes[count - 1])) {
            count--;
        }
        while (start < count && is_blank(bytes[start])) {
            start++;
        }
        append_text(bytes + start, count - start, out);
    }
    free(bytes);
}
