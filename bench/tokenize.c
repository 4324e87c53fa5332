/* tokenize.c - the tokenizers alone: how fast texts become a model's inputs.
 *
 * Usage: tokenize TOKENIZATION
 *        tokenize TOKENIZATION VOCABULARY TEXTS ROUNDS
 *
 * TOKENIZATION is the JSON of a tokenization object ({"bert":{...}}); alone it asks whether this
 * build has such a tokenizer (status 0, else NOT_THERE). VOCABULARY is a file as the API takes it,
 * TEXTS a file with a JSON array of strings. All texts are encoded once to warm up and then ROUNDS
 * times, on one thread; prints one line of JSON. Reading and making the tokenizer are not counted,
 * freeing the encodings is. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/tokenize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOT_THERE 3
#define FILE_BYTES_MAX ((size_t)256 << 20)
#define ROUNDS_MAX 1000000

struct run {
    const struct inf_tokenizer *tokenizer;
    const struct inf_tokenization *settings;
    struct inf_text *texts;
    size_t count;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "tokenize: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void read_json(const char *path, struct inf_json *ret)
{
    char chunk[65536];
    size_t got = 0;
    struct inf_buf text;
    struct inf_error err = {0};
    FILE *file = fopen(path, "rb");
    if (!file) {
        die(path, "cannot be opened");
    }
    inf_buf_init(&text, FILE_BYTES_MAX);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        inf_buf_append(&text, chunk, got);
    }
    fclose(file);
    if (text.failed) {
        die(path, "is too long");
    }
    if (inf_json_parse(text.data, text.length, NULL, ret, &err) != 0) {
        die(path, err.reason);
    }
    inf_buf_free(&text);
}

/* Gives false when there is no such tokenizer. */
static bool read_settings(const char *text, struct inf_tokenization *ret)
{
    struct inf_json json;
    struct inf_error err = {0};
    if (inf_json_parse(text, strlen(text), NULL, &json, &err) != 0) {
        die("tokenization", err.reason);
    }
    int rc = inf_tokenization_parse(json.root, &json, "", ret, &err);
    inf_json_free(&json);
    if (rc != 0 && err.code != INF_ERR_NAMED_OBJECT) {
        die("tokenization", err.reason);
    }
    return rc == 0;
}

static struct inf_tokenizer *make(const struct inf_tokenization *settings, const char *path)
{
    struct inf_json body;
    struct inf_error err = {0};
    struct inf_tokenizer *tokenizer = NULL;
    read_json(path, &body);
    if (inf_tokenizer_new(settings, body.root, &tokenizer, &err) != 0) {
        die(path, err.reason);
    }
    inf_json_free(&body);
    return tokenizer;
}

static void borrow_texts(const struct inf_json *json, struct run *run)
{
    size_t size = inf_json_size(json->root);
    run->texts = calloc(size ? size : 1, sizeof *run->texts);
    if (!run->texts) {
        die("texts", "no memory");
    }
    for (const struct cJSON *i = inf_json_first(json->root); i; i = inf_json_next(i)) {
        const char *text = inf_json_string(i);
        if (!text) {
            die("texts", "must be strings");
        }
        run->texts[run->count++] = (struct inf_text){text, strlen(text)};
    }
    if (run->count == 0) {
        die("texts", "there are none");
    }
}

/* Encodes each text once; gives the tokens. */
static size_t encode_all(const struct run *run)
{
    size_t tokens = 0;
    for (size_t i = 0; i < run->count; i++) {
        struct inf_encoding encoding = {0};
        struct inf_error err = {0};
        if (inf_tokenizer_encode(run->tokenizer, run->settings, run->texts[i], &encoding, &err)) {
            die("encode", err.reason);
        }
        tokens += (size_t)encoding.tokens;
        inf_encoding_free(&encoding);
    }
    return tokens;
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void measure(const struct run *run, int rounds)
{
    size_t bytes = 0;
    size_t tokens = encode_all(run);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    double wall = seconds(CLOCK_MONOTONIC);
    for (int i = 0; i < rounds; i++) {
        encode_all(run);
    }
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = seconds(CLOCK_MONOTONIC) - wall;
    for (size_t i = 0; i < run->count; i++) {
        bytes += run->texts[i].length;
    }
    printf("{\"texts_per_second\": %.3f, \"bytes_per_second\": %.3f, \"tokens_per_second\": %.3f, "
           "\"cpu_seconds\": %.6f, \"wall_seconds\": %.6f, \"texts\": %zu, \"bytes\": %zu, "
           "\"tokens\": %zu}\n",
           (double)run->count * rounds / wall, (double)bytes * rounds / wall,
           (double)tokens * rounds / wall, cpu, wall, run->count, bytes, tokens);
}

static int number(const char *text)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 1 || value > ROUNDS_MAX) {
        die(text, "is not a number in range");
    }
    return (int)value;
}

int main(int argc, char **argv)
{
    struct inf_tokenization settings;
    struct inf_json texts;
    struct run run = {.settings = &settings};
    if (argc != 2 && argc != 5) {
        die("usage", "tokenize TOKENIZATION [VOCABULARY TEXTS ROUNDS]");
    }
    if (!read_settings(argv[1], &settings)) {
        return NOT_THERE;
    }
    if (argc == 2) {
        return EXIT_SUCCESS;
    }
    struct inf_tokenizer *tokenizer = make(&settings, argv[2]);
    read_json(argv[3], &texts);
    run.tokenizer = tokenizer;
    borrow_texts(&texts, &run);
    measure(&run, number(argv[4]));
    free(run.texts);
    inf_json_free(&texts);
    inf_tokenizer_free(tokenizer);
    return EXIT_SUCCESS;
}
