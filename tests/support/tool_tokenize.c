/* tool_tokenize.c - the tokenizers as a filter, so that tests in other languages can compare them.
 *
 * tool_tokenize VOCABULARY [TOKENIZATION]
 *
 * VOCABULARY is a file as PUT _ml/trained_models/<id>/vocabulary takes it, TOKENIZATION the JSON of
 * a tokenization object ({"bert":{...}}). Each line of standard input is a JSON string, or an array
 * of two for a pair; each gives one line of output, the encoding or {"error":"..."}. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/tokenize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what, const struct inf_error *err)
{
    fprintf(stderr, "tool_tokenize: %s: %s%s%s\n", what, err->reason, *err->cause ? ": " : "",
            err->cause);
    return -1;
}

static int read_file(const char *path, struct inf_buf *ret)
{
    char chunk[65536];
    size_t got = 0;
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return -1;
    }
    inf_buf_init(ret, (size_t)256 << 20);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        inf_buf_append(ret, chunk, got);
    }
    fclose(file);
    return 0;
}

static int load(const char *path, const char *settings, struct inf_tokenization *tokenization,
                struct inf_tokenizer **ret)
{
    struct inf_error err = {0};
    struct inf_buf text = {0};
    struct inf_json json = {0};
    int rc = -1;
    if (inf_json_parse(settings, strlen(settings), NULL, &json, &err) != 0 ||
        inf_tokenization_parse(json.root, &json, "", tokenization, &err) != 0) {
        fail("tokenization", &err);
        goto out;
    }
    inf_json_free(&json);
    json = (struct inf_json){0};
    if (read_file(path, &text) != 0) {
        goto out;
    }
    if (inf_json_parse(text.data, text.length, NULL, &json, &err) != 0 ||
        inf_tokenizer_new(tokenization, json.root, ret, &err) != 0) {
        fail("vocabulary", &err);
        goto out;
    }
    rc = 0;
out:
    inf_json_free(&json);
    inf_buf_free(&text);
    return rc;
}

static void write_matrix(struct inf_jsonw *w, const int *values, int rows, int cols)
{
    inf_jsonw_begin_array(w);
    for (int row = 0; row < rows; row++) {
        inf_jsonw_begin_array(w);
        for (int col = 0; col < cols; col++) {
            inf_jsonw_int(w, values[(size_t)row * (size_t)cols + (size_t)col]);
        }
        inf_jsonw_end_array(w);
    }
    inf_jsonw_end_array(w);
}

static void write_encoding(struct inf_jsonw *w, const struct inf_encoding *e)
{
    size_t positions = (size_t)e->rows * (size_t)e->cols;
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "tensors");
    inf_jsonw_begin_array(w);
    for (int i = 0; i < e->tensors; i++) {
        write_matrix(w, e->data + (size_t)i * positions, e->rows, e->cols);
    }
    inf_jsonw_end_array(w);
    inf_jsonw_key(w, "starts");
    write_matrix(w, e->starts, e->rows, e->cols);
    inf_jsonw_key(w, "ends");
    write_matrix(w, e->ends, e->rows, e->cols);
    inf_jsonw_key(w, "words");
    write_matrix(w, e->words, e->rows, e->cols);
    inf_jsonw_key(w, "lengths");
    write_matrix(w, e->lengths, 1, e->rows);
    inf_jsonw_key(w, "seconds");
    write_matrix(w, e->seconds, 1, e->rows);
    inf_jsonw_kv_bool(w, "truncated", e->truncated);
    inf_jsonw_kv_int(w, "tokens", e->tokens);
    inf_jsonw_end_object(w);
}

static int encode(const struct inf_tokenizer *tokenizer,
                  const struct inf_tokenization *tokenization, const struct cJSON *value,
                  struct inf_encoding *ret, struct inf_error *err)
{
    const struct cJSON *item = inf_json_first(value);
    const char *first = inf_json_string(item ? item : value);
    const char *second = inf_json_string(item ? inf_json_next(item) : NULL);
    if (!first) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "neither a text nor a pair of texts");
    }
    if (!item) {
        return inf_tokenizer_encode(tokenizer, tokenization,
                                    (struct inf_text){first, strlen(first)}, ret, err);
    }
    if (!second) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "a pair needs two texts");
    }
    return inf_tokenizer_encode_pairs(tokenizer, tokenization,
                                      (struct inf_text){first, strlen(first)},
                                      &(struct inf_text){second, strlen(second)}, 1, ret, err);
}

static void answer(const struct inf_tokenizer *tokenizer,
                   const struct inf_tokenization *tokenization, const char *line, size_t length,
                   struct inf_buf *out)
{
    struct inf_error err = {0};
    struct inf_json json = {0};
    struct inf_encoding encoding = {0};
    struct inf_jsonw w;
    inf_jsonw_init(&w, out);
    if (inf_json_parse(line, length, NULL, &json, &err) == 0 &&
        encode(tokenizer, tokenization, json.root, &encoding, &err) == 0) {
        write_encoding(&w, &encoding);
    } else {
        inf_jsonw_begin_object(&w);
        inf_jsonw_kv_string(&w, "error", err.reason);
        inf_jsonw_end_object(&w);
    }
    inf_encoding_free(&encoding);
    inf_json_free(&json);
    inf_buf_puts(out, "\n");
}

int main(int argc, char **argv)
{
    struct inf_tokenization tokenization;
    struct inf_tokenizer *tokenizer = NULL;
    struct inf_buf out;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length = 0;
    if (argc < 2 ||
        load(argv[1], argc > 2 ? argv[2] : "{\"bert\":{}}", &tokenization, &tokenizer)) {
        fprintf(stderr, "usage: tool_tokenize VOCABULARY [TOKENIZATION] < JSON-LINES\n");
        return 2;
    }
    inf_buf_init(&out, (size_t)1 << 30);
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        inf_buf_clear(&out);
        answer(tokenizer, &tokenization, line, (size_t)length, &out);
        fwrite(out.data, 1, out.length, stdout);
    }
    free(line);
    inf_buf_free(&out);
    inf_tokenizer_free(tokenizer);
    return 0;
}
