/* tok_bpe_words.c - the words of GPT-2's pattern by hand:
 *
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * A run of letters, of numbers or of other signs is a word, together with a blank before it. A run
 * of white space is a word up to its last character, which is one of its own unless it is that
 * blank or ends the text. A run is looked over at most twice, hence the time is linear. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tok_bpe_words.h"

#include <string.h>
#include <utf8proc.h>

enum group { WIDE, LETTER, NUMBER, OTHER, SPACE, END };

/* By the byte; WIDE are those that begin a longer character. */
static const unsigned char group_of_byte[256] = {
    [0 ... '\t' - 1] = OTHER,       ['\t' ... '\r'] = SPACE,
    ['\r' + 1 ... ' ' - 1] = OTHER, [' '] = SPACE,
    [' ' + 1 ... '0' - 1] = OTHER,  ['0' ... '9'] = NUMBER,
    ['9' + 1 ... '@'] = OTHER,      ['A' ... 'Z'] = LETTER,
    ['Z' + 1 ... '`'] = OTHER,      ['a' ... 'z'] = LETTER,
    ['z' + 1 ... 0x7f] = OTHER,
};

struct sign {
    enum group group;
    int bytes, units;
};

/* White space is Unicode's White_Space: the separators, and U+0085 of the controls. */
static enum group group_of(utf8proc_int32_t point)
{
    switch (utf8proc_get_property(point)->category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return NUMBER;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return SPACE;
    default:
        return point == 0x85 ? SPACE : OTHER;
    }
}

/* An ill-formed byte is a sign of its own. */
static struct sign wide_sign_at(const struct inf_bpe_words *words, size_t at)
{
    utf8proc_int32_t point = 0;
    utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)words->text + at,
                                              (utf8proc_ssize_t)(words->end - at), &point);
    if (bytes <= 0) {
        return (struct sign){OTHER, 1, 1};
    }
    return (struct sign){group_of(point), (int)bytes, point > 0xffff ? 2 : 1};
}

static inline struct sign sign_at(const struct inf_bpe_words *words, size_t at)
{
    if (at >= words->end) {
        return (struct sign){END, 0, 0};
    }
    enum group group = group_of_byte[(unsigned char)words->text[at]];
    return group != WIDE ? (struct sign){group, 1, 1} : wide_sign_at(words, at);
}

static void take(struct inf_bpe_words *words, struct sign sign)
{
    words->at += (size_t)sign.bytes;
    words->unit += sign.units;
}

/* Takes the signs of the group of the first. */
static void take_run(struct inf_bpe_words *words, struct sign first)
{
    struct sign sign = first;
    do {
        take(words, sign);
        size_t start = words->at;
        while (words->at < words->end &&
               group_of_byte[(unsigned char)words->text[words->at]] == first.group) {
            words->at++;
        }
        words->unit += (int)(words->at - start);
        sign = sign_at(words, words->at);
    } while (sign.group == first.group);
}

/* The length of the English ending that begins at an apostrophe, or 0. */
static size_t ending(const struct inf_bpe_words *words)
{
    static const char endings[][4] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t length = strlen(endings[i]);
        if (words->end - words->at >= length &&
            memcmp(words->text + words->at, endings[i], length) == 0) {
            return length;
        }
    }
    return 0;
}

/* Leaves the last sign of several to the next word, except at the end of the text. */
static void take_space(struct inf_bpe_words *words, struct sign sign)
{
    struct inf_bpe_words last = *words;
    size_t start = words->at;
    for (; sign.group == SPACE; sign = sign_at(words, words->at)) {
        last = *words;
        take(words, sign);
    }
    if (sign.group != END && last.at > start) {
        *words = last;
    }
}

static void take_word(struct inf_bpe_words *words)
{
    struct sign sign = sign_at(words, words->at);
    if (words->text[words->at] == '\'') {
        size_t length = ending(words);
        if (length > 0) {
            take(words, (struct sign){OTHER, (int)length, (int)length});
            return;
        }
    }
    if (words->text[words->at] == ' ') {
        struct sign second = sign_at(words, words->at + 1);
        if (second.group < SPACE) {
            take(words, sign);
            sign = second;
        }
    }
    if (sign.group == SPACE) {
        take_space(words, sign);
    } else {
        take_run(words, sign);
    }
}

bool inf_bpe_words_next(struct inf_bpe_words *words, struct inf_bpe_word *ret)
{
    if (words->at >= words->end) {
        return false;
    }
    ret->start = words->at;
    ret->from = words->unit;
    take_word(words);
    ret->length = words->at - ret->start;
    ret->to = words->unit;
    if (ret->length > 1 && words->text[ret->start] == ' ') {
        ret->from++;
    }
    return true;
}

size_t inf_bpe_words_trim(const char *text, size_t end)
{
    struct inf_bpe_words words = {.text = text, .end = end};
    while (words.end > 0) {
        size_t at = words.end - 1;
        while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80) {
            at--;
        }
        if (sign_at(&words, at).group != SPACE) {
            break;
        }
        words.end = at;
    }
    return words.end;
}
