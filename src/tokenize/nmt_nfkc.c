/* nmt_nfkc.c - the rules of SentencePiece's "nmt_nfkc", from Unicode's NFKC and a short list.
 *
 * SentencePiece compiles a map from strings to strings: every code point that NFKC changes, the
 * exceptions below, and the sequences that NFKC composes. Hugging Face and Elasticsearch look up
 * whole user-perceived characters in it (extended grapheme clusters), if they are shorter than
 * CLUSTER_MAX bytes, and take the SHORTEST key that the character begins with; what it maps to then
 * stands for the whole character. Only when there is none they look up each code point. So "e" and
 * an acute are composed, "e" with two accents loses the second, and Hangul letters, too long at 3
 * bytes each, are not composed at all. Models were trained on SentencePiece's own, more sensible
 * reading of the map, but what is served is this one.
 *
 * Of the keys that are sequences only those of two code points can be the shortest: a letter that
 * is not decomposed any further, and one mark. utf8proc composes these. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "nmt_nfkc.h"

#include <utf8proc.h>

#define CLUSTER_MAX 6 /* bytes: characters of so many are not looked up as a whole */
#define COMBINING_DOT 0x0307
#define FULLWIDTH_TILDE 0xff5e

enum nmt { NMT_NFKC, NMT_DROP, NMT_BLANK, NMT_KEEP };

static enum nmt nmt_rule_ascii(int32_t point)
{
    if (point == '\t' || point == '\n' || point == '\f' || point == '\r') {
        return NMT_BLANK;
    }
    return point < ' ' || point == 0x7f ? NMT_DROP : NMT_KEEP;
}

/* What the list says of a code point: controls go, what looks like a blank is one, and the
 * full-width tilde stays, because Japanese text uses it as a dash. */
static enum nmt nmt_rule(int32_t point)
{
    if (point < 0x80) {
        return nmt_rule_ascii(point);
    }
    switch (point) {
    case 0x008f:
    case 0x009f:
        return NMT_DROP;
    case 0x061c: /* directions */
    case 0x200e:
    case 0x200f:
    case 0x1680: /* white space, visible or not */
    case 0x200b:
    case 0x200c:
    case 0x2028:
    case 0x2029:
    case 0xfeff:
    case 0x2581: /* what SentencePiece writes for a blank */
    case 0xfffd: /* what was lost in decoding */
        return NMT_BLANK;
    case FULLWIDTH_TILDE:
        return NMT_KEEP;
    default:
        return NMT_NFKC;
    }
}

/* Writes what a code point becomes by itself. Returns how many, at most INF_NMT_READY. */
static int normalise(int32_t point, int32_t ret[INF_NMT_READY])
{
    int boundary = UTF8PROC_BOUNDCLASS_START;
    utf8proc_ssize_t count = 0;
    ret[0] = point;
    switch (nmt_rule(point)) {
    case NMT_DROP:
        return 0;
    case NMT_KEEP:
        return 1;
    case NMT_BLANK:
        ret[0] = ' ';
        return 1;
    case NMT_NFKC:
        break;
    }
    count =
        utf8proc_decompose_char(point, ret, INF_NMT_READY,
                                UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STABLE, &boundary);
    if (count <= 0 || count > INF_NMT_READY) {
        ret[0] = point;
        return 1;
    }
    count = utf8proc_normalize_utf32(ret, count, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    return (int)count;
}

static bool is_decomposed(int32_t point)
{
    int32_t parts[INF_NMT_READY];
    int boundary = UTF8PROC_BOUNDCLASS_START;
    return utf8proc_decompose_char(point, parts, INF_NMT_READY,
                                   UTF8PROC_DECOMPOSE | UTF8PROC_STABLE, &boundary) == 1;
}

/* What a letter and a mark become together, or -1. */
static int32_t compose(int32_t letter, int32_t mark)
{
    int32_t parts[INF_NMT_READY + 1];
    if (!is_decomposed(letter) || normalise(mark, parts + 1) != 1) {
        return -1;
    }
    parts[0] = letter;
    return utf8proc_normalize_utf32(parts, 2, UTF8PROC_COMPOSE | UTF8PROC_STABLE) == 1 ? parts[0]
                                                                                       : -1;
}

/* Hangul syllables may have letters added, but not by one another. */
static bool stands_alone(int32_t point)
{
    switch (utf8proc_get_property(point)->boundclass) {
    case UTF8PROC_BOUNDCLASS_OTHER:
    case UTF8PROC_BOUNDCLASS_CONTROL:
    case UTF8PROC_BOUNDCLASS_LV:
    case UTF8PROC_BOUNDCLASS_LVT:
    case UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC:
        return true;
    default:
        return false;
    }
}

static bool stays(int32_t point)
{
    int32_t parts[INF_NMT_READY];
    return normalise(point, parts) == 1 && parts[0] == point;
}

void inf_nmt_rules_init(struct inf_nmt_rules *rules)
{
    *rules = (struct inf_nmt_rules){0};
    for (int32_t point = 0; point < INF_NMT_TABLE; point++) {
        if (stands_alone(point) && stays(point)) {
            rules->plain[point / 64] |= UINT64_C(1) << (point % 64);
        }
    }
}

static bool is_plain(const struct inf_nmt_rules *rules, int32_t point)
{
    if (point < INF_NMT_TABLE) {
        return rules->plain[point / 64] >> (point % 64) & 1;
    }
    return stands_alone(point);
}

static int utf8_length(int32_t point)
{
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/* ---- the source, code point by code point ---- */

static int32_t lower(struct inf_nmt_reader *reader, int32_t point)
{
    /* The one code point that has two in lower case. */
    if (point == 0x130) {
        reader->dot = true;
        return 'i';
    }
    return utf8proc_tolower(point);
}

/* Puts the next code point of the source into `ahead`. */
static void advance(struct inf_nmt_reader *reader)
{
    const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)reader->text;
    struct inf_nmt_point *ahead = &reader->ahead;
    if (reader->dot) {
        reader->dot = false;
        ahead->point = COMBINING_DOT;
        return;
    }
    ahead->point = -1;
    ahead->start = reader->unit;
    while (ahead->point < 0 && reader->at < reader->length) {
        if (text[reader->at] < 0x80) {
            ahead->point = text[reader->at++];
        } else {
            utf8proc_ssize_t bytes = utf8proc_iterate(
                text + reader->at, (utf8proc_ssize_t)(reader->length - reader->at), &ahead->point);
            reader->at += bytes > 0 ? (size_t)bytes : 1;
        }
    }
    reader->unit += ahead->point < 0 ? 0 : ahead->point > 0xffff ? 2 : 1;
    ahead->end = reader->unit;
    if (reader->lower_case && ahead->point >= 0) {
        ahead->point = lower(reader, ahead->point);
    }
}

/* ---- characters ---- */

/* Are the code point ahead and the one before it of the same character? */
static bool joins(struct inf_nmt_reader *reader, int32_t before)
{
    return reader->ahead.point >= 0 &&
           !utf8proc_grapheme_break_stateful(before, reader->ahead.point, &reader->breaks);
}

/* Makes ready what a stretch of the source becomes. Each new code point stands for the one of the
 * source in the same place, and what is more for the last. */
static void replace(struct inf_nmt_reader *reader, const struct inf_nmt_point *source, int length,
                    const int32_t *points, int count)
{
    for (int i = 0; i < count && reader->ready_count < INF_NMT_READY; i++) {
        struct inf_nmt_point *ready = &reader->ready[reader->ready_count++];
        *ready = source[i < length ? i : length - 1];
        ready->point = points[i];
    }
}

static void replace_each(struct inf_nmt_reader *reader, const struct inf_nmt_point *source,
                         int length)
{
    int32_t points[INF_NMT_READY];
    for (int i = 0; i < length; i++) {
        int count = normalise(source[i].point, points);
        replace(reader, &source[i], 1, points, count);
    }
}

static void replace_cluster(struct inf_nmt_reader *reader, const struct inf_nmt_point *source,
                            int length)
{
    int32_t points[INF_NMT_READY];
    int count = normalise(source[0].point, points);
    if (count != 1 || points[0] != source[0].point) {
        replace(reader, source, length, points, count);
        return;
    }
    points[0] = length > 1 ? compose(source[0].point, source[1].point) : -1;
    if (points[0] >= 0) {
        replace(reader, source, length, points, 1);
    } else {
        replace_each(reader, source, length);
    }
}

/* Makes the character that begins with `first` ready, or its beginning when it is long. */
static void take_cluster(struct inf_nmt_reader *reader, struct inf_nmt_point first)
{
    struct inf_nmt_point source[CLUSTER_MAX];
    int length = 1;
    int bytes = utf8_length(first.point);
    source[0] = first;
    reader->breaks = 0;
    while (joins(reader, source[length - 1].point)) {
        bytes += utf8_length(reader->ahead.point);
        if (bytes >= CLUSTER_MAX) {
            reader->open = true;
            replace_each(reader, source, length);
            return;
        }
        source[length++] = reader->ahead;
        advance(reader);
    }
    replace_cluster(reader, source, length);
}

void inf_nmt_begin(struct inf_nmt_reader *reader, const struct inf_nmt_rules *rules,
                   const char *text, size_t length, int unit, bool lower_case)
{
    reader->rules = rules;
    reader->text = text;
    reader->length = length;
    reader->at = 0;
    reader->unit = unit;
    reader->lower_case = lower_case;
    reader->dot = false;
    reader->open = false;
    reader->breaks = 0;
    reader->ready_at = 0;
    reader->ready_count = 0;
    advance(reader);
}

bool inf_nmt_read(struct inf_nmt_reader *reader, struct inf_nmt_point *ret)
{
    while (reader->ready_at == reader->ready_count) {
        struct inf_nmt_point now = reader->ahead;
        if (now.point < 0) {
            return false;
        }
        advance(reader);
        reader->ready_at = 0;
        reader->ready_count = 0;
        if (reader->open) {
            reader->open = joins(reader, now.point);
            replace_each(reader, &now, 1);
        } else if (is_plain(reader->rules, now.point) &&
                   (reader->ahead.point < 0 || is_plain(reader->rules, reader->ahead.point))) {
            *ret = now;
            return true;
        } else {
            take_cluster(reader, now);
        }
    }
    *ret = reader->ready[reader->ready_at++];
    return true;
}
