/* pickle_fixture.h - what the unit tests of src/vet/pickle*.c share: pickle programs from words.
 *
 * Words, with spaces between them:
 *   'text'          a string           12 -3           ints (BININT1, or LONG1 beyond a byte)
 *   ~1.5            a float            T F N           NEWTRUE, NEWFALSE, NONE
 *   @module:name    GLOBAL             p0 g0           BINPUT, BINGET
 *   t1 t2 t3        TUPLE1 to TUPLE3   new             NEWOBJ
 *   =8a01           bytes in hex       (*300           a word of one character, 300 times
 * Any other character is that opcode: ( t ) ] e } u Q R b . */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PICKLE_FIXTURE_H
#define INFERD_PICKLE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pickle_machine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parts of programs. */
#define HOOKS "@collections:OrderedDict ) R "
#define STORAGE(key, values) "( 'storage' @torch:FloatStorage " key " 'cpu' " values " t Q "
#define TENSOR(key, values, offset, sizes, strides)                                         \
    "@torch._utils:_rebuild_tensor_v2 ( " STORAGE(key, values) offset " " sizes " " strides \
                                                                      " F " HOOKS "t R "
#define OBJECT(attributes) "@__torch__.m:M ) new } ( " attributes " u b "

/* The records of the tests: the bytes of [0], [1], ...; a negative number is no record. */
static const int64_t record_sizes[] = {48, 16, 0, 8, 24, 3, 40, -1};
enum { RECORDS = sizeof record_sizes / sizeof *record_sizes };

static inline int64_t record_size(void *arg, const char *key)
{
    char *end = NULL;
    unsigned long i = strtoul(key, &end, 10);
    (void)arg;
    assert_int_equal(*end, '\0');
    return i < RECORDS ? record_sizes[i] : -1;
}

static struct inf_pickle_options options = {.name = "data.pkl", .record_size = record_size};

struct program {
    uint8_t *bytes;
    size_t length, capacity;
};

static inline void add(struct program *p, const void *bytes, size_t length)
{
    if (p->length + length + 1 > p->capacity) {
        p->capacity = 2 * p->capacity + length + 64;
        p->bytes = realloc(p->bytes, p->capacity);
        assert_non_null(p->bytes);
    }
    memcpy(p->bytes + p->length, bytes, length);
    p->length += length;
}

static inline void add_byte(struct program *p, int byte)
{
    uint8_t one = (uint8_t)byte;
    add(p, &one, 1);
}

/* Lowest byte first. */
static inline void add_number(struct program *p, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        add_byte(p, (int)(number >> (8 * i) & 255));
    }
}

static inline void add_string(struct program *p, const void *bytes, size_t length)
{
    add_byte(p, 'X');
    add_number(p, length, 4);
    add(p, bytes, length);
}

static inline void add_int(struct program *p, int64_t number)
{
    if (number >= 0 && number < 256) {
        add_byte(p, 'K');
        add_number(p, (uint64_t)number, 1);
    } else {
        add(p, "\x8a\x08", 2);
        add_number(p, (uint64_t)number, 8);
    }
}

static inline void add_float(struct program *p, double real)
{
    uint64_t bits = 0;
    memcpy(&bits, &real, sizeof bits);
    add_byte(p, 'G');
    add_number(p, __builtin_bswap64(bits), 8);
}

static inline void add_global(struct program *p, const char *word, size_t length)
{
    const char *colon = memchr(word, ':', length);
    assert_non_null(colon);
    add_byte(p, 'c');
    add(p, word, (size_t)(colon - word));
    add_byte(p, '\n');
    add(p, colon + 1, length - (size_t)(colon + 1 - word));
    add_byte(p, '\n');
}

static inline void add_hex(struct program *p, const char *word, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2) {
        char digits[3] = {word[i], word[i + 1], '\0'};
        add_byte(p, (int)strtoul(digits, NULL, 16));
    }
}

static inline bool is_word(const char *word, size_t length, const char *text)
{
    return strlen(text) == length && memcmp(word, text, length) == 0;
}

/* The words that stand for one byte which is no letter of theirs. */
static inline bool add_named(struct program *p, const char *word, size_t length)
{
    static const struct {
        const char *word;
        int byte;
    } rows[] = {{"T", 0x88}, {"F", 0x89}, {"t1", 0x85}, {"t2", 0x86}, {"t3", 0x87}, {"new", 0x81}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (is_word(word, length, rows[i].word)) {
            add_byte(p, rows[i].byte);
            return true;
        }
    }
    return false;
}

static inline void add_place(struct program *p, const char *word)
{
    add_byte(p, word[0] == 'p' ? 'q' : 'h');
    add_byte(p, (int)strtol(word + 1, NULL, 10));
}

static inline void add_word(struct program *p, const char *word, size_t length)
{
    if (add_named(p, word, length)) {
        return;
    }
    if (word[0] == '\'') {
        add_string(p, word + 1, length - 2);
    } else if ((word[0] >= '0' && word[0] <= '9') || word[0] == '-') {
        add_int(p, strtoll(word, NULL, 10));
    } else if (word[0] == '~') {
        add_float(p, strtod(word + 1, NULL));
    } else if (word[0] == '@') {
        add_global(p, word + 1, length - 1);
    } else if (word[0] == '=') {
        add_hex(p, word + 1, length - 1);
    } else if (length > 1 && (word[0] == 'p' || word[0] == 'g')) {
        add_place(p, word);
    } else {
        for (long n = length > 2 && word[1] == '*' ? strtol(word + 2, NULL, 10) : 1; n > 0; n--) {
            add_byte(p, word[0]);
        }
    }
}

static inline void add_words(struct program *p, const char *words)
{
    while (*words != '\0') {
        const char *end =
            *words == '\'' ? strchr(words + 1, '\'') + 1 : words + strcspn(words, " ");
        if (end > words) {
            add_word(p, words, (size_t)(end - words));
        }
        words = *end == ' ' ? end + 1 : end;
    }
}

/* PROTO, what the words say, STOP. The bytes are the caller's to free. */
static inline struct program program_of(const char *words)
{
    struct program p = {0};
    add(&p, "\x80\x02", 2);
    add_words(&p, words);
    add_byte(&p, '.');
    return p;
}

/* Walks the program, from a copy that ends where the program ends, and frees it. */
static inline int walk_program(struct program p, struct inf_pickle_facts *ret,
                               struct inf_error *err)
{
    uint8_t *exact = malloc(p.length ? p.length : 1);
    int rc = 0;
    assert_non_null(exact);
    if (p.length) {
        memcpy(exact, p.bytes, p.length);
    }
    memset(err, 0, sizeof *err);
    rc = inf_pickle_check(exact, p.length, &options, ret, err);
    free(exact);
    free(p.bytes);
    return rc;
}

static inline void passes(const char *words)
{
    struct inf_pickle_facts facts;
    struct inf_error err;
    if (walk_program(program_of(words), &facts, &err) != 0) {
        fail_msg("%s: %s", words, err.reason);
    }
}

/* The reason is expected to end so. */
static inline void check_refusal(int rc, const struct inf_error *err, const char *words,
                                 const char *reason)
{
    size_t length = strlen(err->reason);
    if (rc == 0) {
        fail_msg("%s: passes; expected: %s", words, reason);
    }
    assert_int_equal(err->code, INF_ERR_BAD_REQUEST);
    if (length < strlen(reason) || strcmp(err->reason + length - strlen(reason), reason) != 0) {
        fail_msg("%s:\n%s\n, not\n%s", words, err->reason, reason);
    }
}

static inline void refuses(const char *words, const char *reason)
{
    struct inf_pickle_facts facts;
    struct inf_error err;
    check_refusal(walk_program(program_of(words), &facts, &err), &err, words, reason);
}

#endif
