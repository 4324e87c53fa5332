/* tok_basic.c - text to words as BertNormalizer and BertPreTokenizer of Hugging Face's fast
 * tokenizers do it, in one pass over the code points instead of one over the text for each step.
 *
 * The steps, per code point: drop controls; white space ends a word; a Chinese character is a word;
 * decompose (NFD), drop non-spacing marks, lower-case; punctuation is a word. What remains is added
 * to the word under way. Chinese characters are recognised before decomposition and punctuation
 * after it, as there: U+037E decomposes to a semicolon, which splits.
 *
 * NFD also orders marks by combining class. Most marks are dropped here, but a few that are spacing
 * have a class, so the order is kept right by insertion inside the word under way, whose bounded
 * length keeps that linear. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tok_basic.h"

#include <string.h>
#include <utf8proc.h>

#define NFD_MAX 8 /* code points that one decomposes to: 4 in Unicode 15, 3 for Hangul */

struct splitter {
    const struct inf_basic_rules *rules;
    struct inf_word word;
    int32_t points[INF_WORD_UNITS];
    int classes[INF_WORD_UNITS]; /* canonical combining classes */
    int units;                   /* UTF-16 units of the word under way, past the limit too */
    int run;                     /* where in it the present run of combining characters begins */
    int rc;                      /* of the sink */
};

/* A code point's extent in the source, UTF-16 units. */
struct span {
    int start, end;
};

static void encode_word(struct splitter *s)
{
    uint16_t bytes = 0;
    for (int i = 0; i < s->word.points; i++) {
        s->word.at[i] = bytes;
        if (s->points[i] < 0x80) {
            s->word.text[bytes++] = (char)s->points[i];
        } else {
            bytes = (uint16_t)(bytes + utf8proc_encode_char(
                                           s->points[i], (utf8proc_uint8_t *)s->word.text + bytes));
        }
    }
    s->word.at[s->word.points] = bytes;
}

static void flush(struct splitter *s)
{
    if (s->units > 0 && s->rc == 0) {
        s->word.too_long = s->units > INF_WORD_UNITS;
        if (!s->word.too_long) {
            encode_word(s);
        }
        s->rc = s->rules->sink(s->rules->arg, &s->word);
    }
    s->word.points = 0;
    s->units = 0;
    s->run = 0;
}

static void insert_point(struct splitter *s, int32_t point, int class, struct span span)
{
    int at = s->word.points++;
    if (class == 0) {
        s->run = at + 1;
    }
    while (class != 0 && at > s->run && s->classes[at - 1] > class) {
        s->points[at] = s->points[at - 1];
        s->classes[at] = s->classes[at - 1];
        s->word.starts[at] = s->word.starts[at - 1];
        s->word.ends[at] = s->word.ends[at - 1];
        at--;
    }
    s->points[at] = point;
    s->classes[at] = class;
    s->word.starts[at] = span.start;
    s->word.ends[at] = span.end;
}

static void add_point(struct splitter *s, int32_t point, int class, struct span span)
{
    if (s->units == 0) {
        s->word.start = span.start;
    }
    s->word.end = span.end;
    if (s->units > INF_WORD_UNITS) {
        return;
    }
    s->units += point > 0xffff ? 2 : 1;
    if (s->units <= INF_WORD_UNITS) {
        insert_point(s, point, class, span);
    }
}

static void add_alone(struct splitter *s, int32_t point, struct span span)
{
    flush(s);
    add_point(s, point, 0, span);
    flush(s);
}

static bool is_ascii_punctuation(int32_t point)
{
    return (point >= 33 && point <= 47) || (point >= 58 && point <= 64) ||
           (point >= 91 && point <= 96) || (point >= 123 && point <= 126);
}

static bool is_punctuation(int32_t point, int category)
{
    if (point < 0x80) {
        return is_ascii_punctuation(point);
    }
    return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

static bool is_chinese(int32_t point)
{
    static const struct {
        int32_t first, last;
    } ranges[] = {
        {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xf900, 0xfaff},   {0x20000, 0x2a6df},
        {0x2a700, 0x2b73f}, {0x2b740, 0x2b81f}, {0x2b820, 0x2ceaf}, {0x2f800, 0x2fa1f},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

static void add_or_split(struct splitter *s, int32_t point, int class, struct span span)
{
    if (is_punctuation(point, utf8proc_get_property(point)->category)) {
        add_alone(s, point, span);
    } else {
        add_point(s, point, class, span);
    }
}

/* Decomposes, drops the accents and lower-cases. A dropped mark of class 0 ends a run all the same.
 */
static void add_plain(struct splitter *s, int32_t point, struct span span)
{
    utf8proc_int32_t parts[NFD_MAX];
    int boundary = UTF8PROC_BOUNDCLASS_START;
    utf8proc_ssize_t count = utf8proc_decompose_char(
        point, parts, NFD_MAX, UTF8PROC_DECOMPOSE | UTF8PROC_STABLE, &boundary);
    for (utf8proc_ssize_t i = 0; i < count && i < NFD_MAX; i++) {
        const utf8proc_property_t *property = utf8proc_get_property(parts[i]);
        if (property->category != UTF8PROC_CATEGORY_MN) {
            add_or_split(s, utf8proc_tolower(parts[i]), property->combining_class, span);
        } else if (property->combining_class == 0) {
            s->run = s->word.points;
        }
    }
}

static void add_ascii(struct splitter *s, int32_t point, struct span span)
{
    if (point == ' ' || (point >= '\t' && point <= '\r' && point != '\v' && point != '\f')) {
        flush(s);
    } else if (point < ' ' || point == 0x7f) {
        return;
    } else if (is_ascii_punctuation(point)) {
        add_alone(s, point, span);
    } else {
        bool upper = s->rules->lower_case && point >= 'A' && point <= 'Z';
        add_point(s, upper ? point + ('a' - 'A') : point, 0, span);
    }
}

static void add_wide(struct splitter *s, int32_t point, struct span span)
{
    switch (utf8proc_get_property(point)->category) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
        return;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        flush(s);
        return;
    default:
        break;
    }
    bool alone = s->rules->split_cjk && is_chinese(point);
    if (point == 0xfffd) {
        return;
    }
    if (alone) {
        flush(s);
    }
    if (s->rules->lower_case) {
        add_plain(s, point, span);
    } else {
        add_or_split(s, point, 0, span);
    }
    if (alone) {
        flush(s);
    }
}

static void add_never_split(struct splitter *s, const char *token, size_t length, int start)
{
    flush(s);
    for (size_t i = 0; i < length; i++) {
        add_point(s, token[i], 0, (struct span){start + (int)i, start + (int)i + 1});
    }
    s->word.never_split = true;
    flush(s);
    s->word.never_split = false;
}

int inf_basic_split(const struct inf_basic_rules *rules, const char *text, size_t length)
{
    struct splitter s = {.rules = rules};
    const char *whole = rules->never_split ? rules->never_split : "";
    size_t whole_length = strlen(whole);
    int unit = 0;
    size_t at = 0;
    while (at < length && s.rc == 0) {
        utf8proc_int32_t point = (unsigned char)text[at];
        if (point < 0x80) {
            if (whole_length && text[at] == *whole && length - at >= whole_length &&
                memcmp(text + at, whole, whole_length) == 0) {
                add_never_split(&s, whole, whole_length, unit);
                at += whole_length;
                unit += (int)whole_length;
                continue;
            }
            add_ascii(&s, point, (struct span){unit, unit + 1});
            at++;
            unit++;
            continue;
        }
        utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)text + at,
                                                  (utf8proc_ssize_t)(length - at), &point);
        int units = point > 0xffff ? 2 : 1;
        if (bytes > 0) {
            add_wide(&s, point, (struct span){unit, unit + units});
        }
        at += bytes > 0 ? (size_t)bytes : 1;
        unit += units;
    }
    flush(&s);
    return s.rc;
}
