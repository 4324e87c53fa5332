/* nmt_nfkc.h - SentencePiece's normalisation "nmt_nfkc", as Hugging Face and Elasticsearch apply it
 * (compatibility 10.3): code point by code point, each with its place in the source.
 *
 * Thread: the rules are immutable once made, a reader belongs to one call.
 * Bound: no allocation; time linear in the text, however many marks follow a letter. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_NMT_NFKC_H
#define INFERD_TOKENIZE_NMT_NFKC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INF_NMT_TABLE \
    0x30000              /* code points that the table is about; no rule is about a later one */
#define INF_NMT_READY 32 /* U+FDFA becomes 18 code points, the most of all */

/* Which code points stay as they are, and are a character of their own beside another such one. */
struct inf_nmt_rules {
    uint64_t plain[INF_NMT_TABLE / 64];
};
void inf_nmt_rules_init(struct inf_nmt_rules *rules);

/* A code point and the UTF-16 units of the source that it stands for. */
struct inf_nmt_point {
    int32_t point;
    int start, end;
};

struct inf_nmt_reader {
    const struct inf_nmt_rules *rules;
    const char *text;
    size_t length, at;
    int unit; /* UTF-16 offset of text[at] */
    bool lower_case;
    bool dot;                   /* the second half of a lower-cased U+0130 comes next */
    bool open;                  /* in a character that is too long to be looked up as a whole */
    int breaks;                 /* utf8proc's state between the code points of a character */
    struct inf_nmt_point ahead; /* the next code point of the source; below 0 at its end */
    struct inf_nmt_point ready[INF_NMT_READY]; /* normalised and not read yet */
    int ready_at, ready_count;
};

/* Begins a text, whose first byte stands at UTF-16 offset `unit`. lower_case: before anything else.
 * Ill-formed bytes are dropped. */
void inf_nmt_begin(struct inf_nmt_reader *reader, const struct inf_nmt_rules *rules,
                   const char *text, size_t length, int unit, bool lower_case);
/* The next code point of the normalised text; false at its end. */
bool inf_nmt_read(struct inf_nmt_reader *reader, struct inf_nmt_point *ret);

#endif
