/* material.c - settings, a vocabulary for every tokenizer, and text out of arbitrary bytes.
 *
 * The vocabulary holds what any row of the table may want, since each takes what it needs of the
 * body: WordPiece's continuations, the characters that stand for bytes in byte-level BPE and the
 * merges over them, SentencePiece's pieces with their scores, and some Japanese. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "material.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANK_MARK "\xe2\x96\x81" /* U+2581, SentencePiece's blank */

static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
                                       "<pad>", "<unk>", "<s>",   "</s>",  "<mask>"};
/* The two sides of a merge; both sides and the whole are tokens. U+0120 stands for a blank and the
 * rest of the last two for the bytes of U+4E2D. */
static const char *const merges[][2] = {{"t", "h"},
                                        {"th", "e"},
                                        {"\xc4\xa0", "the"},
                                        {"\xc4\xa0", "t"},
                                        {"\xc4\xa0t", "h"},
                                        {"i", "n"},
                                        {"in", "g"},
                                        {"a", "b"},
                                        {"ab", "ab"},
                                        {"abab", "ab"},
                                        {"b", "a"},
                                        {"'", "s"},
                                        {"1", "2"},
                                        {"\xc4\xa0", "12"},
                                        {"\xc4\xa0", "\xc4\xa0"},
                                        {"\xc4\x8a", "\xc4\x8a"},
                                        {"a", "a"},
                                        {"aa", "aa"},
                                        {"aaaa", "aaaa"},
                                        {"e", "\xc3\x8c"},
                                        {"!", "!"},
                                        {"\xc3\xa4", "\xc2\xb8"},
                                        {"\xc3\xa4\xc2\xb8", "\xc5\x83"}};
static const char *const pieces[] = {"the",
                                     "un",
                                     "##aff",
                                     "##able",
                                     "able",
                                     "ing",
                                     "##ing",
                                     "aff",
                                     "Up",
                                     "a.b",
                                     "##",
                                     "###",
                                     "",
                                     "\xe4\xb8\xad",
                                     "##\xe4\xb8\xad",
                                     "\xc3\xa9",
                                     "##\xc3\xa9",
                                     "e\xcc\x81",
                                     "\xcc\x81",
                                     "##\xcc\x81",
                                     "\xd7\xa9",
                                     "##\xd7\xa9",
                                     "\xea\xb0\x80",
                                     "##\xea\xb0\x80",
                                     "\xf0\x9f\x98\x80",
                                     "\xe1\x84\x80",
                                     "##\xe1\x85\xa1",
                                     "##\xe1\x86\xa8",
                                     BLANK_MARK,
                                     BLANK_MARK BLANK_MARK,
                                     BLANK_MARK "the",
                                     BLANK_MARK "un",
                                     BLANK_MARK "a",
                                     "ab",
                                     "abc",
                                     "abcd",
                                     BLANK_MARK "\xe4\xb8\xad",
                                     BLANK_MARK "12",
                                     "12",
                                     ".",
                                     "...",
                                     "fi",
                                     "km",
                                     "\xe6\x9d\xb1\xe4\xba\xac",
                                     "\xe6\x9d\xb1",
                                     "\xe4\xba\xac",
                                     "\xe3\x81\xa7\xe3\x81\x99",
                                     "##\xe3\x81\x99",
                                     "\xe3\x82\xbf\xe3\x83\xaf\xe3\x83\xbc",
                                     "##\xe3\x83\xaf",
                                     "\xe3\x80\x82",
                                     "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
                                     "\xe6\x97\xa5\xe6\x9c\xac",
                                     "\xe8\xaa\x9e",
                                     "##\xe8\xaa\x9e",
                                     "\xe3\x82\xac",
                                     "\xe3\x81\xb2\xe3\x82\x89",
                                     "##\xe3\x81\xaa"};

/* Combining marks and their order, joiners, blanks, controls, cases of a special kind, characters
 * that decompose to many, scripts without blanks, planes beyond the first, and the marks that
 * tokenizers themselves put into tokens. */
static const int32_t curious[] = {
    0x301,   0x327,   0x345,   0x302e,  0x302f, 0x3099, 0x1d165, 0x20e3,  0x200d,  0x200b,   0xfe0f,
    0x1f600, 0x1f1e9, 0x1f3fd, 0x4e00,  0x4e2d, 0x6771, 0x4eac,  0x20000, 0x2f800, 0xf900,   0xac00,
    0x1100,  0x1161,  0x11a8,  0x130,   0x131,  0xdf,   0x1e9e,  0x3a3,   0x212a,  0x1c5,    0xa0,
    0x3000,  0x2028,  0x1680,  0x85,    0xfffd, 0xfeff, 0xad,    0xe000,  0xfffe,  0x10ffff, 0x37e,
    0x1e69,  0xfb01,  0xfb1d,  0xfdfa,  0x33a5, 0xbd,   0xff76,  0xff9e,  0x30ac,  0x3042,   0x3067,
    0x3059,  0x30fc,  0xe33,   0x958,   0x9dc,  0x5e9,  0x627,   0x660,   0x2581,  0x120,    0x10a,
    0xe9,    0x10428, 0x10400, 0x2b820, 0x378};

static void die(const char *what, const struct inf_error *err)
{
    fprintf(stderr, "%s: %s %s\n", what, err->reason, err->cause);
    abort();
}

/* The length of the character at data, or 0. */
static size_t character(const uint8_t *data, size_t size)
{
    for (size_t length = 1; length <= 4 && length <= size; length++) {
        if (inf_utf8_valid((const char *)data, length)) {
            return length;
        }
    }
    return 0;
}

static void put_point(int32_t point, struct inf_buf *out)
{
    char bytes[4];
    size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const int lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length; i-- > 1; point >>= 6) {
        bytes[i] = (char)(0x80 | (point & 0x3f));
    }
    bytes[0] = (char)(lead[length] | point);
    inf_buf_append(out, bytes, length);
}

void material_text(const uint8_t *data, size_t size, struct inf_buf *out)
{
    size_t length = 0;
    for (size_t i = 0; i < size; i += length ? length : 1) {
        length = character(data + i, size - i);
        if (length == 0) {
            put_point(curious[data[i] % (sizeof curious / sizeof *curious)], out);
        } else if (data[i] == 0) {
            inf_buf_puts(out, " ");
        } else {
            inf_buf_append(out, data + i, length);
        }
    }
}

struct inf_tokenization material_settings(const char *name, const char *member)
{
    struct inf_tokenization settings = {0};
    struct inf_error err = {0};
    struct inf_json json = {0};
    struct inf_buf text;
    int rc = 0;
    inf_buf_init(&text, 1024);
    inf_buf_printf(&text, member ? "{\"%s\":{\"%s\":true}}" : "{\"%s\":{}}", name, member);
    if (inf_json_parse(text.data, text.length, NULL, &json, &err) != 0) {
        die(text.data, &err);
    }
    rc = inf_tokenization_parse(json.root, &json, "", &settings, &err);
    inf_json_free(&json);
    inf_buf_free(&text);
    if (rc != 0 && !member) {
        die(name, &err);
    }
    return rc == 0 ? settings : material_settings(name, NULL);
}

/* The character that stands for a byte in byte-level BPE, as a code point: itself where it can be
 * printed, else the next free one from U+0100 on. */
static int32_t byte_character(int byte)
{
    int free = 0x100;
    for (int i = 0; i <= byte; i++) {
        bool printable = (i >= '!' && i <= '~') || (i >= 0xa1 && i <= 0xac) || i >= 0xae;
        if (i == byte) {
            return printable ? i : free;
        }
        free += !printable;
    }
    return 0;
}

/* Writes tokens and counts them. */
struct vocabulary_writer {
    struct inf_jsonw *w;
    int count;
};

static void put_token(struct vocabulary_writer *v, const char *a, const char *b)
{
    char token[64];
    snprintf(token, sizeof token, "%s%s", a, b);
    inf_jsonw_string(v->w, token);
    v->count++;
}

static void put_characters(struct vocabulary_writer *v)
{
    for (int byte = 0; byte < 256; byte++) {
        struct inf_buf text;
        char hex[8];
        inf_buf_init(&text, 8);
        put_point(byte_character(byte), &text);
        put_token(v, text.data, "");
        if (byte < 0x80) {
            put_token(v, "##", text.data);
        }
        inf_buf_free(&text);
        snprintf(hex, sizeof hex, "<0x%02X>", byte);
        put_token(v, hex, "");
    }
}

static void put_tokens(struct vocabulary_writer *v)
{
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        put_token(v, specials[i], "");
    }
    put_characters(v);
    for (size_t i = 0; i < sizeof merges / sizeof *merges; i++) {
        put_token(v, merges[i][0], merges[i][1]);
    }
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        put_token(v, pieces[i], "");
    }
}

static void put_merges(struct inf_jsonw *w)
{
    for (size_t i = 0; i < sizeof merges / sizeof *merges; i++) {
        char merge[64];
        snprintf(merge, sizeof merge, "%s %s", merges[i][0], merges[i][1]);
        inf_jsonw_string(w, merge);
    }
}

static void put_body(struct inf_jsonw *w)
{
    struct vocabulary_writer v = {.w = w};
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "vocabulary");
    inf_jsonw_begin_array(w);
    put_tokens(&v);
    inf_jsonw_end_array(w);
    inf_jsonw_key(w, "merges");
    inf_jsonw_begin_array(w);
    put_merges(w);
    inf_jsonw_end_array(w);
    inf_jsonw_key(w, "scores");
    inf_jsonw_begin_array(w);
    for (int i = 0; i < v.count; i++) {
        inf_jsonw_double(w, -(double)(i * 7 % 50) / 4); /* with ties */
    }
    inf_jsonw_end_array(w);
    inf_jsonw_end_object(w);
}

struct inf_json material_vocabulary(void)
{
    struct inf_json json = {0};
    struct inf_error err = {0};
    struct inf_buf text;
    struct inf_jsonw w;
    inf_buf_init(&text, 1 << 20);
    inf_jsonw_init(&w, &text);
    put_body(&w);
    if (inf_json_parse(text.data, text.length, NULL, &json, &err) != 0) {
        die("vocabulary", &err);
    }
    inf_buf_free(&text);
    return json;
}
