/* task_text_expansion.c - a sparse vector: the tokens that a text is about, with their weights. The
 * worker sends the largest weight of each token over all positions.
 *
 * Tokens become field names, in which a dot would mean a nested field; so it is replaced. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "one_row.h"
#include "task_row.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#define DOT_REPLACEMENT "__"

struct feature {
    const char *token;
    float weight;
    int32_t id;
};

struct features {
    struct feature *items;
    size_t count;
};

static int encode(const struct inf_document *document, struct inf_encoding *ret,
                  struct inf_error *err)
{
    if (inf_task_encode_text(document, ret, err) != 0) {
        return -1;
    }
    ret->reduce = INF_REDUCE_MAX;
    return 0;
}

/* ---- names ---- */

/* Reads a token as the name that it becomes, byte by byte. */
struct name_reader {
    const char *at;
    const char *replacement; /* what is left of it */
};

static char next_byte(struct name_reader *reader)
{
    if (*reader->replacement) {
        return *reader->replacement++;
    }
    if (*reader->at == '.') {
        reader->at++;
        reader->replacement = DOT_REPLACEMENT;
        return *reader->replacement++;
    }
    return *reader->at ? *reader->at++ : '\0';
}

static int compare_names(const char *a, const char *b)
{
    struct name_reader left = {a, ""};
    struct name_reader right = {b, ""};
    for (;;) {
        char from_left = next_byte(&left);
        char from_right = next_byte(&right);
        if (from_left != from_right) {
            return (unsigned char)from_left - (unsigned char)from_right;
        }
        if (from_left == '\0') {
            return 0;
        }
    }
}

static void write_name(const char *token, struct inf_buf *name, struct inf_jsonw *w)
{
    inf_buf_clear(name);
    for (const char *dot = strchr(token, '.'); dot; dot = strchr(token, '.')) {
        inf_buf_append(name, token, (size_t)(dot - token));
        inf_buf_puts(name, DOT_REPLACEMENT);
        token = dot + 1;
    }
    inf_buf_puts(name, token);
    w->out->failed |= name->failed;
    inf_jsonw_key(w, name->data ? name->data : "");
}

/* ---- features ---- */

static int by_weight(const void *a, const void *b)
{
    const struct feature *left = a;
    const struct feature *right = b;
    if (left->weight != right->weight) {
        return left->weight > right->weight ? -1 : 1;
    }
    return (left->id > right->id) - (left->id < right->id);
}

static int by_name(const void *a, const void *b)
{
    int order =
        compare_names(((const struct feature *)a)->token, ((const struct feature *)b)->token);
    return order ? order : by_weight(a, b);
}

/* Of several with one name the heaviest stays; all are by weight then. */
static void sort(struct features *features)
{
    size_t kept = 0;
    if (features->count == 0) {
        return;
    }
    qsort(features->items, features->count, sizeof *features->items, by_name);
    for (size_t i = 1; i < features->count; i++) {
        if (compare_names(features->items[kept].token, features->items[i].token) != 0) {
            features->items[++kept] = features->items[i];
        }
    }
    features->count = kept + 1;
    qsort(features->items, features->count, sizeof *features->items, by_weight);
}

/* Columns beyond the vocabulary mean nothing. */
static int collect(const struct inf_tokenizer *tokenizer, const double *values, size_t columns,
                   struct features *ret, struct inf_error *err)
{
    size_t tokens = inf_tokenizer_size(tokenizer);
    size_t count = columns < tokens ? columns : tokens;
    ret->items = calloc(count, sizeof *ret->items);
    if (!ret->items) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%zu] weights", count);
    }
    for (size_t i = 0; i < count; i++) {
        if (values[i] > (double)FLT_MAX) {
            return inf_error_set(err, INF_ERR_INTERNAL,
                                 "The model's output holds a weight at column [%zu] that is too "
                                 "large for a float",
                                 i);
        }
        if (values[i] > 0 && (float)values[i] > 0) {
            ret->items[ret->count++] =
                (struct feature){.token = inf_tokenizer_token(tokenizer, (int32_t)i),
                                 .weight = (float)values[i],
                                 .id = (int32_t)i};
        }
    }
    sort(ret);
    return 0;
}

/* ---- decode ---- */

static void write_answer(const struct inf_inference_config *config, const struct features *features,
                         struct inf_jsonw *w)
{
    struct inf_buf name;
    inf_buf_init(&name, w->out->max);
    inf_task_results_key(config, w);
    inf_jsonw_begin_object(w);
    for (size_t i = 0; i < features->count && !w->out->failed; i++) {
        write_name(features->items[i].token, &name, w);
        inf_jsonw_float(w, features->items[i].weight);
    }
    inf_jsonw_end_object(w);
    inf_buf_free(&name);
}

static int decode(const struct inf_document *document, const struct inf_encoding *encoding,
                  const struct inf_tensor *output, struct inf_jsonw *w, struct inf_error *err)
{
    struct features features = {0};
    double *values = NULL;
    size_t columns = 0;
    int rc = -1;
    (void)encoding;
    if (inf_one_row(output, &values, &columns, err) != 0) {
        return -1;
    }
    if (collect(document->tokenizer, values, columns, &features, err) == 0) {
        write_answer(document->config, &features, w);
        rc = 0;
    }
    free(features.items);
    free(values);
    return rc;
}

static const char *const members[] = {"results_field", "tokenization", NULL};

const struct inf_task inf_task_text_expansion = {.name = "text_expansion",
                                                 .members = members,
                                                 .update_members = members,
                                                 .encode = encode,
                                                 .decode = decode};
