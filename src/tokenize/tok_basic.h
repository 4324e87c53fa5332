/* tok_basic.h - text to words, the first half of BERT's tokenizers (compatibility 10.3).
 *
 * Thread: any (pure). Bound: one word on the stack; time linear in the text. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_TOK_BASIC_H
#define INFERD_TOKENIZE_TOK_BASIC_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INF_WORD_UNITS 100 /* UTF-16 units of the longest word that is looked up */

/* A word, normalised. One past INF_WORD_UNITS is `too_long`: its extent is right, its content cut.
 */
struct inf_word {
    char text[INF_WORD_UNITS * 3]; /* UTF-8, not terminated: a unit is at most 3 bytes */
    int points;                    /* code points */
    uint16_t
        at[INF_WORD_UNITS + 1]; /* where each begins in text; at[points] is the text's length */
    int starts[INF_WORD_UNITS], ends[INF_WORD_UNITS]; /* of each in the source, UTF-16 units */
    int start, end;
    bool too_long;
    bool never_split; /* the token that is kept whole, found in the source as it is spelt */
};

struct inf_basic_rules {
    bool lower_case;         /* and strip accents: the two go together */
    bool split_cjk;          /* each Chinese character is a word */
    const char *never_split; /* NULL: none */
    /* Takes a word, in order; non-zero stops and is returned. */
    int (*sink)(void *arg, const struct inf_word *word);
    void *arg;
};

/* 0, or what the sink returned. Ill-formed bytes are dropped. */
int inf_basic_split(const struct inf_basic_rules *rules, const char *text, size_t length);

#endif
