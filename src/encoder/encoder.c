/* One layer after the other over all tokens; only attention knows where a text ends. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "encoder.h"
#include "attention.h"
#include "attention_heads.h"
#include "team.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { IDS, MASK, TYPES };

#define ALIGNMENT 64 /* a row of whole vectors begins with one */

/* ---- dense layers ---- */

int inf_dense_init(struct inf_dense *dense, const float *const *weights, const float *const *biases,
                   const int *outs, size_t count, int in)
{
    int out = 0;

    for (size_t i = 0; i < count; i++)
        out += outs[i];
    *dense = (struct inf_dense){.in = in, .out = out};
    dense->bias = calloc((size_t)out, sizeof *dense->bias);
    dense->weight = inf_matrix_new(weights, outs, count, in);
    if (dense->bias == NULL || dense->weight == NULL) {
        inf_dense_fini(dense);
        return -1;
    }
    for (size_t i = 0, at = 0; i < count; at += (size_t)outs[i], i++)
        if (biases[i] != NULL)
            memcpy(dense->bias + at, biases[i], (size_t)outs[i] * sizeof *dense->bias);
    return 0;
}

void inf_dense_fini(struct inf_dense *dense)
{
    inf_matrix_free(dense->weight);
    inf_int8_matrix_free(dense->int8);
    inf_bf16_matrix_free(dense->bf16);
    free(dense->bias);
    *dense = (struct inf_dense){0};
}

struct inf_dense *inf_encoder_dense(struct inf_encoder *encoder, int number)
{
    struct inf_encoder_layer *layer = &encoder->layers[number / INF_ENCODER_DENSES];
    struct inf_dense *const denses[] = {&layer->qkv, &layer->attended, &layer->up, &layer->down};

    return denses[number % INF_ENCODER_DENSES];
}

/* In whichever precision the layer is. 0, or -1: no memory. */
static int multiply(const struct inf_dense *dense, const struct inf_kernels *kernels,
                    const struct inf_narrow_room *room, const float *from, int rows, bool add,
                    float *to)
{
    if (dense->seen != NULL)
        kernels->largest(from, rows, dense->in, dense->seen);
    if (dense->int8 != NULL)
        return inf_int8_matrix_multiply(dense->int8, kernels, from, rows, add, &room->int8, to);
    if (dense->bf16 != NULL)
        return inf_bf16_matrix_multiply(dense->bf16, kernels, from, rows, add, room->bf16, to);
    return inf_matrix_multiply(dense->weight, from, rows, add, to);
}

int inf_dense_run(const struct inf_dense *dense, const struct inf_kernels *kernels,
                  enum inf_activation activation, const struct inf_narrow_room *room,
                  const float *from, int rows, float *to)
{
    if (multiply(dense, kernels, room, from, rows, false, to) != 0)
        return -1;
    kernels->activate[activation](to, dense->bias, rows, dense->out);
    return 0;
}

/* x = norm(x + what the layer makes of `from`) */
static int run_onto(const struct inf_dense *dense, const struct inf_kernels *kernels,
                    const struct inf_norm *norm, const struct inf_narrow_room *room,
                    const float *from, int rows, float *x)
{
    if (multiply(dense, kernels, room, from, rows, true, x) != 0)
        return -1;
    kernels->normalize(x, dense->bias, norm, rows, dense->out);
    return 0;
}

int inf_encoder_longest(const struct inf_encoder *encoder)
{
    return encoder->positions != NULL ? encoder->position_count - encoder->first_position : INT_MAX;
}

/* ---- rows ---- */

/* What there is a row of for each token. */
static void free_tokens(struct inf_encoder_rows *rows)
{
    free(rows->x);
    free(rows->qkv);
    free(rows->attended);
    free(rows->up);
    free(rows->narrow.int8.rows);
    free(rows->narrow.int8.scales);
    free(rows->narrow.int8.products);
    free(rows->narrow.bf16);
    rows->x = rows->qkv = rows->attended = rows->up = NULL;
    rows->narrow = (struct inf_narrow_room){0};
    rows->tokens = 0;
}

void inf_encoder_rows_free(struct inf_encoder_rows *rows)
{
    free_tokens(rows);
    free(rows->bias);
    free(rows->attention);
    *rows = (struct inf_encoder_rows){0};
}

static float *floats(int tokens, int width)
{
    size_t bytes = (size_t)tokens * (size_t)width * sizeof(float);

    return aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

static int reserve_int8(struct inf_int8_room *room, const struct inf_encoder *encoder, int tokens,
                        int widest)
{
    if (room->rows != NULL)
        return 0;
    room->rows = malloc((size_t)tokens * (size_t)widest);
    room->scales = floats(tokens, 1);
    room->products = malloc((size_t)tokens * (size_t)encoder->hidden * sizeof *room->products);
    return room->rows != NULL && room->scales != NULL && room->products != NULL ? 0 : -1;
}

static int reserve_narrow(struct inf_narrow_room *room, const struct inf_encoder *encoder,
                          int tokens)
{
    int widest = encoder->inner > encoder->hidden ? encoder->inner : encoder->hidden;

    if (encoder->linears == INF_LINEAR_INT8)
        return reserve_int8(&room->int8, encoder, tokens, widest);
    if (encoder->linears == INF_LINEAR_BF16 && room->bf16 == NULL) {
        room->bf16 = malloc((size_t)tokens * (size_t)widest * sizeof *room->bf16);
        return room->bf16 != NULL ? 0 : -1;
    }
    return 0;
}

static int reserve_tokens(struct inf_encoder_rows *rows, const struct inf_encoder *encoder,
                          int tokens)
{
    if (tokens <= rows->tokens)
        return 0;
    free_tokens(rows);
    rows->x = floats(tokens, encoder->hidden);
    rows->qkv = floats(tokens, 3 * encoder->hidden);
    rows->attended = floats(tokens, encoder->hidden);
    rows->up = floats(tokens, encoder->inner);
    if (rows->x == NULL || rows->qkv == NULL || rows->attended == NULL || rows->up == NULL)
        return -1;
    rows->tokens = tokens;
    return 0;
}

static int reserve_bias(struct inf_encoder_rows *rows, const struct inf_encoder *encoder,
                        int longest)
{
    if (encoder->relative.values == NULL || longest <= rows->longest)
        return 0;
    free(rows->bias);
    rows->bias = floats(longest, longest * encoder->heads);
    rows->longest = rows->bias != NULL ? longest : 0;
    return rows->bias != NULL ? 0 : -1;
}

static struct inf_attention attention_of(const struct inf_encoder *encoder)
{
    return (struct inf_attention){.heads = encoder->heads,
                                  .size = encoder->hidden / encoder->heads};
}

/* An encoder whose products are in fewer bits has attention in bf16, too, where it can be. NULL:
 * libtorch's. */
static const struct inf_attention_kind *attention_kind(const struct inf_encoder *encoder)
{
    int size = encoder->hidden / encoder->heads;

    if (encoder->disentangled.span > 0)
        return &inf_attention_disentangled;
    if (encoder->linears != INF_LINEAR_FLOAT32 && inf_attention_bf16.can(size))
        return &inf_attention_bf16;
    return inf_attention_float32.can(size) ? &inf_attention_float32 : NULL;
}

static int reserve_attention(struct inf_encoder_rows *rows, const struct inf_encoder *encoder,
                             int longest)
{
    const struct inf_attention_kind *kind = attention_kind(encoder);
    size_t members = inf_team_size(), bytes = 0;

    if (kind == NULL || (longest <= rows->attention_longest && kind == rows->attention_kind))
        return 0;
    free(rows->attention);
    bytes = members * kind->room(encoder->hidden / encoder->heads, longest);
    rows->attention = aligned_alloc(ALIGNMENT, bytes);
    rows->attention_kind = kind;
    rows->attention_members = members;
    rows->attention_longest = rows->attention != NULL ? longest : 0;
    return rows->attention != NULL ? 0 : -1;
}

int inf_encoder_rows_reserve(struct inf_encoder_rows *rows, const struct inf_encoder *encoder,
                             const struct inf_packing *packing)
{
    int longest = packing->texts[packing->count - 1].length;

    if (reserve_tokens(rows, encoder, packing->tokens) == 0 &&
        reserve_narrow(&rows->narrow, encoder, rows->tokens) == 0 &&
        reserve_bias(rows, encoder, longest) == 0 && reserve_attention(rows, encoder, longest) == 0)
        return 0;
    inf_encoder_rows_free(rows);
    return -1;
}

/* ---- embeddings ---- */

static const int32_t *row_of(const struct inf_packed_input *input, int tensor, int row)
{
    return input->data + ((size_t)tensor * (size_t)input->rows + (size_t)row) * (size_t)input->cols;
}

static const float *entry(const float *table, int count, int width, int32_t index)
{
    return index >= 0 && index < count ? table + (size_t)index * (size_t)width : NULL;
}

static const char *embed_text(const struct inf_encoder *encoder,
                              const struct inf_packed_input *input,
                              const struct inf_packed_text *text, float *x)
{
    const int32_t *ids = row_of(input, IDS, text->row);
    const int32_t *types = encoder->reads_types ? row_of(input, TYPES, text->row) : NULL;
    int width = encoder->embedded;

    if (text->length > inf_encoder_longest(encoder))
        return "the text is longer than the model's positions: index out of range";
    for (int i = 0; i < text->length; i++, x += width) {
        const float *rows[3] = {
            entry(encoder->words, encoder->vocabulary, width, ids[i]),
            encoder->positions == NULL ? NULL
                                       : entry(encoder->positions, encoder->position_count, width,
                                               encoder->first_position + i),
            encoder->types == NULL
                ? NULL
                : entry(encoder->types, encoder->type_count, width, types != NULL ? types[i] : 0)};
        if (rows[0] == NULL)
            return "a token is not in the model's vocabulary: index out of range";
        if (rows[2] == NULL && encoder->types != NULL)
            return "a token type is not one of the model's: index out of range";
        encoder->kernels->add_rows(rows, 3, width, x);
    }
    return NULL;
}

/* Rows of the tables lie where there will be queries, keys and values, if they are yet to become as
 * wide as the layers'. */
static const char *embed(const struct inf_encoder *encoder, const struct inf_packed_input *input,
                         const struct inf_packing *packing, const struct inf_encoder_rows *rows)
{
    bool has_projection = encoder->projection.weight != NULL;
    float *to = has_projection ? rows->qkv : rows->x;
    const char *wrong = NULL;

    for (int i = 0; i < packing->count && wrong == NULL; i++)
        wrong = embed_text(encoder, input, &packing->texts[i],
                           to + (size_t)packing->texts[i].start * (size_t)encoder->embedded);
    if (wrong != NULL)
        return wrong;
    if (has_projection && inf_dense_run(&encoder->projection, encoder->kernels, INF_ACTIVATION_NONE,
                                        NULL, to, packing->tokens, rows->x) != 0)
        return "out of memory";
    encoder->kernels->normalize(rows->x, NULL, &encoder->norm, packing->tokens, encoder->hidden);
    return NULL;
}

/* ---- all of it ---- */

struct distances {
    const struct inf_relative *relative;
    float *bias;
};

static const float *fill_bias(void *arg, int length)
{
    const struct distances *distances = arg;

    inf_relative_fill(distances->relative, length, distances->bias);
    return distances->bias;
}

/* The first token of each text alone, in the order of the texts. */
static void gather_first(const struct inf_packing *packing, size_t width, float *x)
{
    for (int i = 0; i < packing->count; i++)
        memmove(x + (size_t)i * width, x + (size_t)packing->texts[i].start * width,
                width * sizeof *x);
}

static int attend(const struct inf_encoder *encoder, const struct inf_encoder_layer *layer,
                  const struct inf_packing *packing, bool first_only, struct inf_encoder_rows *rows)
{
    struct distances distances = {&encoder->relative, rows->bias};
    struct inf_attention attention = attention_of(encoder);

    attention.distances = &encoder->disentangled;
    attention.vectors = &layer->distances;
    if (encoder->relative.values != NULL) {
        attention.bias = fill_bias;
        attention.arg = &distances;
    }
    if (attention_kind(encoder) == NULL)
        return inf_attention(&attention, packing, first_only, rows->qkv, rows->attended);
    inf_attention_by(rows->attention_kind, &attention, packing, first_only, rows->qkv,
                     rows->attention, rows->attention_members, rows->attended);
    return 0;
}

/* What reads only the first tokens goes on with these once each has looked at all others. */
static int run_layer(const struct inf_encoder *encoder, const struct inf_encoder_layer *layer,
                     const struct inf_packing *packing, bool first_only,
                     struct inf_encoder_rows *rows)
{
    const struct inf_kernels *kernels = encoder->kernels;
    const struct inf_narrow_room *room = &rows->narrow;
    int count = first_only ? packing->count : packing->tokens;

    if (inf_dense_run(&layer->qkv, kernels, INF_ACTIVATION_NONE, room, rows->x, packing->tokens,
                      rows->qkv) != 0 ||
        attend(encoder, layer, packing, first_only, rows) != 0)
        return -1;
    if (first_only)
        gather_first(packing, (size_t)encoder->hidden, rows->x);
    if (run_onto(&layer->attended, kernels, &layer->attended_norm, room, rows->attended, count,
                 rows->x) != 0 ||
        inf_dense_run(&layer->up, kernels, encoder->activation, room, rows->x, count, rows->up) !=
            0)
        return -1;
    return run_onto(&layer->down, kernels, &layer->output_norm, room, rows->up, count, rows->x);
}

const char *inf_encoder_run(const struct inf_encoder *encoder, const struct inf_packed_input *input,
                            const struct inf_packing *packing, bool first_only,
                            struct inf_encoder_rows *rows)
{
    const char *wrong = NULL;

    if (encoder->reads_types && input->tensors <= TYPES)
        return "it takes token types, and got none";
    wrong = embed(encoder, input, packing, rows);
    if (wrong != NULL)
        return wrong;
    for (int i = 0; i < encoder->layer_count; i++) {
        bool is_last = i == encoder->layer_count - 1;
        if (run_layer(encoder, &encoder->layers[i], packing, first_only && is_last, rows) != 0)
            return "out of memory";
    }
    return NULL;
}

void inf_encoder_fini(struct inf_encoder *encoder)
{
    for (int i = 0; i < INF_ENCODER_DENSES * encoder->layer_count; i++)
        inf_dense_fini(inf_encoder_dense(encoder, i));
    for (int i = 0; i < encoder->layer_count; i++) {
        free(encoder->layers[i].distances.keys);
        free(encoder->layers[i].distances.queries);
    }
    encoder->layer_count = 0;
    inf_dense_fini(&encoder->projection);
    inf_relative_fini(&encoder->relative);
    inf_disentangled_fini(&encoder->disentangled);
}
