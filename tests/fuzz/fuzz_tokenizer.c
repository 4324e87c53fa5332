/* fuzz_tokenizer.c - the encoding of arbitrary texts under arbitrary settings by one tokenizer of
 * the table, FUZZ_TOKENIZER, with a vocabulary of its own choice.
 *
 * Input: SETTINGS bytes, see below, then text; a NUL separates the texts of pairs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "invariants.h"
#include "material.h"

#include <string.h>

enum settings {
    FLAGS,        /* see FLAG_* */
    TRUNCATE,     /* one of the modes, or windows */
    SPAN,         /* of 256th parts of the longest that is allowed */
    MAX_LENGTH,   /* little-endian, two bytes */
    REPEAT = 5,   /* from REPEATED on: the text many times over */
    SETTINGS = 6, /* bytes */
};
enum { FLAG_MEMBER = 3, FLAG_NO_SPECIALS = 4, FLAG_PAIRS = 8 };

#define REPEATED 0xfc
#define REPEATED_BYTES (16 << 10)
#define MAX_LENGTHS 200
#define SECONDS_MAX 5

/* What can be set when a tokenizer is made, one at a time. */
static const char *const members[] = {NULL, "do_lower_case", "add_prefix_space"};
#define MEMBERS (sizeof members / sizeof *members)

static struct inf_tokenization settings[MEMBERS];
static struct inf_tokenizer *tokenizers[MEMBERS];

/* Declared here because libFuzzer has no header for them. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct inf_json vocabulary = material_vocabulary();
    struct inf_error err = {0};
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < MEMBERS; i++) {
        settings[i] = material_settings(FUZZ_TOKENIZER, members[i]);
        MUST(inf_vocabulary_check(&settings[i], "fuzzed", vocabulary.root, &err) == 0);
        if (inf_tokenizer_new(&settings[i], vocabulary.root, &tokenizers[i], &err) != 0) {
            fprintf(stderr, "%s: %s\n", FUZZ_TOKENIZER, err.reason);
            abort();
        }
    }
    inf_json_free(&vocabulary);
    return 0;
}

static void read_settings(const uint8_t *data, struct inf_tokenization *ret)
{
    int windows = INF_TRUNCATE_ERROR + 1;
    int mode = data[TRUNCATE] % (windows + 1);
    ret->max_sequence_length = 1 + (data[MAX_LENGTH] | data[MAX_LENGTH + 1] << 8) % MAX_LENGTHS;
    ret->truncate = mode == windows ? INF_TRUNCATE_NONE : (enum inf_truncate)mode;
    ret->span = mode == windows ? data[SPAN] * (ret->max_sequence_length + 1) / 256 : -1;
    if (data[REPEAT] >= REPEATED && ret->span > 0) {
        ret->span /= 2; /* of a long text fewer windows, lest an input take seconds */
    }
    ret->with_special_tokens = !(data[FLAGS] & FLAG_NO_SPECIALS);
}

/* The texts of a pair are separated by a NUL, which a text does not hold. */
static void read_texts(const uint8_t *data, size_t size, bool pairs, struct inf_buf *out,
                       size_t *ends, size_t *ret_count)
{
    size_t count = 0;
    size_t part = 0;
    for (size_t i = 0; pairs && i < size && count < SECONDS_MAX; i++) {
        if (data[i] == 0) {
            material_text(data + part, i - part, out);
            ends[count++] = out->length;
            part = i + 1;
        }
    }
    material_text(data + part, size - part, out);
    ends[count++] = out->length;
    *ret_count = count;
}

/* Makes what grows faster than the text show. */
static void repeat(struct inf_buf *text, size_t last)
{
    size_t length = text->length - last;
    while (length > 0 && text->length + length <= REPEATED_BYTES) {
        MUST(inf_buf_reserve(text, length) == 0);
        inf_buf_append(text, text->data + last, length);
    }
}

/* To the byte, so that reading past the end is seen. */
static struct inf_text copy_of(const char *text, size_t length)
{
    char *copy = malloc(length ? length : 1);
    MUST(copy);
    if (length) {
        memcpy(copy, text, length);
    }
    return (struct inf_text){copy, length};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inf_text texts[SECONDS_MAX + 1];
    size_t ends[SECONDS_MAX + 1];
    size_t count = 0;
    struct inf_buf text;
    if (size < SETTINGS) {
        return -1;
    }
    size_t member = (data[FLAGS] & FLAG_MEMBER) % MEMBERS;
    struct inf_tokenization used = settings[member];
    read_settings(data, &used);
    inf_buf_init(&text, 1 << 20);
    read_texts(data + SETTINGS, size - SETTINGS, data[FLAGS] & FLAG_PAIRS, &text, ends, &count);
    if (data[REPEAT] >= REPEATED) {
        repeat(&text, count > 1 ? ends[count - 2] : 0);
        ends[count - 1] = text.length;
    }
    for (size_t i = 0; i < count; i++) {
        size_t start = i ? ends[i - 1] : 0;
        texts[i] = copy_of(text.data ? text.data + start : NULL, ends[i] - start);
    }
    invariants_check(&(struct input){.tokenizer = tokenizers[member],
                                     .settings = &used,
                                     .first = texts[0],
                                     .seconds = texts + 1,
                                     .count = count - 1});
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)texts[i].data);
    }
    inf_buf_free(&text);
    return 0;
}
