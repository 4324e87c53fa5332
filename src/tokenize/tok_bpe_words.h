/* tok_bpe_words.h - text to words, the first half of byte-level BPE (compatibility 10.3).
 *
 * Thread: any (pure). Bound: time linear in the text. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_TOK_BPE_WORDS_H
#define INFERD_TOKENIZE_TOK_BPE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Where the next word begins in text[..end). Begins with the text, its end, and zeros. */
struct inf_bpe_words {
    const char *text;
    size_t end; /* byte */
    size_t at;  /* byte */
    int unit;   /* the same in UTF-16 units */
};

struct inf_bpe_word {
    size_t start, length; /* bytes */
    int from, to;         /* UTF-16 units, without the blank that a word may begin with */
};

/* The next word; false at the end. Every byte of the text is in one word. */
bool inf_bpe_words_next(struct inf_bpe_words *words, struct inf_bpe_word *ret);

/* Where text[..end) ends without the white space at its end. */
size_t inf_bpe_words_trim(const char *text, size_t end);

#endif
