/* Reads the steps as a grammar: tables of words, positions and mostly token types, a norm, where
 * distances count their table, and layers of
 *
 *     query key value attended norm up activation down norm
 *
 * as BERT and all who followed it have them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "recognise.h"

#include <string.h>

#define TYPES_MOST 16      /* rows of a table of token types */
#define POSITIONS_LEAST 32 /* rows of one of positions */

/* RoBERTa counts positions from behind that of padding. */
static const struct inf_architecture table[] = {
    {.name = "bert", .has_types = true},
    {.name = "roberta", .has_types = true, .first_position = 2},
    {.name = "distilbert"},
    {.name = "mpnet", .has_distances = true, .first_position = 2},
};

const struct inf_architecture *inf_architectures(size_t *ret_count)
{
    *ret_count = sizeof table / sizeof table[0];
    return table;
}

/* ---- reading ---- */

struct reader {
    const struct inf_steps *steps;
    size_t at;
};

/* The step that comes, if it is of this kind and shape; rows 0: any. NULL: it is another. */
static const struct inf_step *take(struct reader *reader, enum inf_step_kind kind, int rows,
                                   int cols)
{
    const struct inf_step *step = &reader->steps->items[reader->at];

    if (reader->at >= reader->steps->count || step->kind != kind ||
        (rows > 0 && step->rows != rows) || step->cols != cols)
        return NULL;
    if (kind != INF_STEP_EMBEDDING && step->bias == NULL)
        return NULL;
    reader->at++;
    return step;
}

static bool take_norm(struct reader *reader, int cols, struct inf_norm *ret)
{
    const struct inf_step *step = take(reader, INF_STEP_NORM, 0, cols);

    if (step == NULL)
        return false;
    *ret = (struct inf_norm){step->weight, step->bias, step->epsilon};
    return true;
}

/* ---- tables ---- */

static void put_table(struct inf_encoder *encoder, const struct inf_step *step)
{
    if (step->input == 0 && encoder->words == NULL) {
        encoder->words = step->weight;
        encoder->vocabulary = step->rows;
    } else if (step->rows <= TYPES_MOST && encoder->types == NULL) {
        encoder->types = step->weight;
        encoder->type_count = step->rows;
        encoder->reads_types = step->input == 2;
    } else if (step->rows >= POSITIONS_LEAST && encoder->positions == NULL) {
        encoder->positions = step->weight;
        encoder->position_count = step->rows;
    }
}

static bool take_tables(struct reader *reader, const struct inf_architecture *architecture,
                        struct inf_encoder *encoder)
{
    int count = architecture->has_types ? 3 : 2;
    const struct inf_step *step = reader->steps->items;

    encoder->hidden = reader->steps->count > 0 ? step->cols : 0;
    for (int i = 0; i < count; i++) {
        step = take(reader, INF_STEP_EMBEDDING, 0, encoder->hidden);
        if (step == NULL)
            return false;
        put_table(encoder, step);
    }
    return encoder->words != NULL && encoder->positions != NULL &&
           (encoder->types != NULL) == architecture->has_types &&
           take_norm(reader, encoder->hidden, &encoder->norm);
}

/* 1: there is none, -1: no memory. */
static int take_distances(struct reader *reader, struct inf_encoder *encoder)
{
    const struct inf_step *step =
        take(reader, INF_STEP_EMBEDDING, INF_RELATIVE_BUCKETS, encoder->heads);

    if (step == NULL)
        return 1;
    return inf_relative_init(&encoder->relative, step->weight, encoder->heads,
                             encoder->position_count - encoder->first_position);
}

/* ---- layers ---- */

/* Of a layer; the weights are still the model's. */
struct layer {
    const struct inf_step *qkv[3], *attended, *up, *down;
    struct inf_norm attended_norm, output_norm;
    enum inf_activation activation;
};

static bool take_layer(struct reader *reader, int hidden, struct layer *ret)
{
    for (int i = 0; i < 3; i++) {
        ret->qkv[i] = take(reader, INF_STEP_LINEAR, hidden, hidden);
        if (ret->qkv[i] == NULL || ret->qkv[i]->input != ret->qkv[0]->input)
            return false;
    }
    ret->attended = take(reader, INF_STEP_LINEAR, hidden, hidden);
    if (ret->attended == NULL || !take_norm(reader, hidden, &ret->attended_norm))
        return false;
    ret->up = take(reader, INF_STEP_LINEAR, 0, hidden);
    if (ret->up == NULL || reader->at >= reader->steps->count ||
        reader->steps->items[reader->at].kind != INF_STEP_ACTIVATION)
        return false;
    ret->activation = reader->steps->items[reader->at++].activation;
    ret->down = take(reader, INF_STEP_LINEAR, hidden, ret->up->rows);
    return ret->down != NULL && take_norm(reader, hidden, &ret->output_norm);
}

static int pack(const struct inf_step *const *steps, size_t count, struct inf_dense *ret)
{
    const float *weights[3] = {0}, *biases[3] = {0};
    int outs[3] = {0};

    for (size_t i = 0; i < count; i++) {
        weights[i] = steps[i]->weight;
        biases[i] = steps[i]->bias;
        outs[i] = steps[i]->rows;
    }
    return inf_dense_init(ret, weights, biases, outs, count, steps[0]->cols);
}

static int pack_layer(const struct layer *layer, struct inf_encoder_layer *ret)
{
    ret->attended_norm = layer->attended_norm;
    ret->output_norm = layer->output_norm;
    if (pack(layer->qkv, 3, &ret->qkv) != 0 || pack(&layer->attended, 1, &ret->attended) != 0 ||
        pack(&layer->up, 1, &ret->up) != 0 || pack(&layer->down, 1, &ret->down) != 0)
        return -1;
    return 0;
}

/* As many as there are, all alike. */
static int take_layers(struct reader *reader, struct inf_encoder *encoder)
{
    struct layer layer;
    size_t before = reader->at;

    while (encoder->layer_count < INF_ENCODER_LAYERS &&
           take_layer(reader, encoder->hidden, &layer)) {
        if (encoder->layer_count == 0) {
            encoder->activation = layer.activation;
            encoder->inner = layer.up->rows;
        }
        if (layer.activation != encoder->activation || layer.up->rows != encoder->inner)
            break;
        encoder->layer_count++;
        if (pack_layer(&layer, &encoder->layers[encoder->layer_count - 1]) != 0)
            return -1;
        before = reader->at;
    }
    reader->at = before;
    return encoder->layer_count > 0 ? 0 : 1;
}

int inf_recognise(const struct inf_architecture *architecture, const struct inf_steps *steps,
                  struct inf_encoder *ret, size_t *ret_used)
{
    struct reader reader = {steps, 0};
    int rc = 1;

    *ret = (struct inf_encoder){.first_position = architecture->first_position,
                                .kernels = inf_kernels()};
    if (take_tables(&reader, architecture, ret) && steps->head_size > 0 &&
        ret->hidden % steps->head_size == 0) {
        ret->heads = ret->hidden / steps->head_size;
        rc = architecture->has_distances ? take_distances(&reader, ret) : 0;
        if (rc == 0)
            rc = take_layers(&reader, ret);
    }
    *ret_used = reader.at;
    if (rc != 0)
        inf_encoder_fini(ret);
    return rc;
}
