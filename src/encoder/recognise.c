/* Reads the steps as a grammar: tables of words, positions and mostly token types, a norm, where
 * distances count their table, and layers of
 *
 *     query key value attended norm up activation down norm
 *
 * as BERT and all who followed it have them. DeBERTa-v2 may have a table of words alone and, before
 * the norm, a linear layer that makes its rows wider; behind the value come vectors of distances.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "recognise.h"

#include <stdlib.h>

#define TYPES_MOST 16      /* rows of a table of token types */
#define POSITIONS_LEAST 32 /* rows of one of positions */

/* RoBERTa counts positions from behind that of padding. */
static const struct inf_architecture architectures[] = {
    {.name = "bert", .has_types = true},
    {.name = "roberta", .has_types = true, .first_position = 2},
    {.name = "distilbert"},
    {.name = "mpnet", .has_distances = true, .first_position = 2},
    {.name = "deberta-v2", .is_disentangled = true},
};

const struct inf_architecture *inf_architectures(size_t *ret_count)
{
    *ret_count = sizeof architectures / sizeof architectures[0];
    return architectures;
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

#define TABLES_MOST 3

static void take_tables(struct reader *reader, struct inf_encoder *encoder)
{
    const struct inf_step *step = reader->steps->items;

    encoder->embedded = reader->steps->count > 0 ? step->cols : 0;
    for (int i = 0; i < TABLES_MOST && step != NULL; i++) {
        step = take(reader, INF_STEP_EMBEDDING, 0, encoder->embedded);
        if (step != NULL)
            put_table(encoder, step);
    }
}

/* Are they those that the architecture has, and is what was taken all there is of them? */
static bool has_tables(const struct reader *reader, const struct inf_architecture *architecture,
                       const struct inf_encoder *encoder)
{
    size_t count = 1 + (encoder->positions != NULL) + (encoder->types != NULL);

    if (encoder->words == NULL || reader->at != count)
        return false;
    return architecture->is_disentangled ||
           (encoder->positions != NULL && (encoder->types != NULL) == architecture->has_types);
}

/* The layer that makes the tables' rows as wide as the others'. 0; 1: that is none; -1: no memory.
 */
static int take_projection(struct reader *reader, struct inf_encoder *encoder)
{
    const struct inf_step *step = &reader->steps->items[reader->at];

    if (reader->at >= reader->steps->count || step->kind != INF_STEP_LINEAR)
        return 0;
    if (step->weight == NULL || step->cols != encoder->embedded ||
        encoder->embedded / 3 >= step->rows)
        return 1;
    reader->at++;
    encoder->hidden = step->rows;
    return inf_dense_init(&encoder->projection, &step->weight, &step->bias, &step->rows, 1,
                          step->cols);
}

/* What comes before the layers, but for the table of distances. As take_projection. */
static int take_embeddings(struct reader *reader, const struct inf_architecture *architecture,
                           struct inf_encoder *encoder)
{
    int rc = 0;

    take_tables(reader, encoder);
    encoder->hidden = encoder->embedded;
    if (!has_tables(reader, architecture, encoder))
        return 1;
    if (architecture->is_disentangled)
        rc = take_projection(reader, encoder);
    if (rc != 0)
        return rc;
    return take_norm(reader, encoder->hidden, &encoder->norm) ? 0 : 1;
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

/* ---- disentangled attention ---- */

/* The step that comes after so many others, if it is of this kind; else NULL. */
static const struct inf_step *look(const struct reader *reader, size_t after,
                                   enum inf_step_kind kind)
{
    size_t at = reader->at + after;
    const struct inf_step *step = &reader->steps->items[at];

    return at < reader->steps->count && step->kind == kind ? step : NULL;
}

/* How many vectors there are for a side, by the first of the layers' tables; 0: there is none. */
static int span_of(const struct reader *reader, const struct inf_encoder *encoder)
{
    for (size_t i = reader->at; i < reader->steps->count; i++) {
        const struct inf_step *step = &reader->steps->items[i];
        if (step->kind == INF_STEP_DISTANCES)
            return step->rows / encoder->heads / 2;
        if (step->kind == INF_STEP_MADE_DISTANCES)
            return step->rows / 2;
    }
    return 0;
}

/* How distances become vectors. As take_projection. */
static int take_buckets(struct reader *reader, struct inf_encoder *encoder)
{
    const struct inf_step *buckets = look(reader, 0, INF_STEP_BUCKETS);
    int middle = buckets != NULL ? buckets->rows : 0, span = 0;
    float end = buckets != NULL ? buckets->epsilon : 0;

    if (buckets != NULL)
        reader->at++;
    span = span_of(reader, encoder);
    if (span < 1 || !inf_disentangled_can(span, middle, end))
        return 1;
    return inf_disentangled_init(&encoder->disentangled, span, middle, end);
}

/* By what they are multiplied by. */
enum { BY_VALUE = 1, BY_KEY, BY_QUERY, VECTORS };

/* Vectors as they are, or what they are made of and by. */
struct vectors {
    const struct inf_step *table, *layer; /* NULL: there are none; nothing makes them */
};

/* The vectors that come, if any do. */
static bool find_vectors(const struct reader *reader, struct vectors *ret)
{
    *ret = (struct vectors){look(reader, 0, INF_STEP_DISTANCES), NULL};
    if (ret->table == NULL) {
        ret->layer = look(reader, 0, INF_STEP_LINEAR);
        ret->table = look(reader, 1, INF_STEP_MADE_DISTANCES);
    }
    return ret->table != NULL && (ret->layer != NULL || ret->table->kind == INF_STEP_DISTANCES);
}

static bool have_right_shape(const struct vectors *vectors, const struct inf_encoder *encoder)
{
    const struct inf_step *layer = vectors->layer, *table = vectors->table;
    int span = encoder->disentangled.span;

    if (layer == NULL)
        return table->rows / encoder->heads == 2 * span && table->rows % encoder->heads == 0 &&
               table->cols == encoder->hidden / encoder->heads;
    return table->rows == 2 * span && layer->weight != NULL && table->cols == encoder->hidden &&
           layer->cols == table->cols && layer->rows == encoder->hidden;
}

/* As many as there are. */
static bool take_vectors(struct reader *reader, const struct inf_encoder *encoder,
                         struct vectors ret[VECTORS])
{
    struct vectors found;

    while (find_vectors(reader, &found)) {
        int by = found.table->input;
        if ((by != BY_KEY && by != BY_QUERY) || ret[by].table != NULL ||
            !have_right_shape(&found, encoder))
            return false;
        ret[by] = found;
        reader->at += found.layer != NULL ? 2 : 1;
    }
    return encoder->disentangled.span == 0 || ret[BY_KEY].table != NULL ||
           ret[BY_QUERY].table != NULL;
}

/* The layer's product of the table, [rows, hidden]; the caller's to free. NULL: no memory. */
static float *make_vectors(const struct vectors *vectors, const struct inf_kernels *kernels)
{
    const struct inf_step *layer = vectors->layer, *table = vectors->table;
    float *made = malloc((size_t)table->rows * (size_t)layer->rows * sizeof *made);
    struct inf_dense dense;

    if (made == NULL ||
        inf_dense_init(&dense, &layer->weight, &layer->bias, &layer->rows, 1, layer->cols) != 0) {
        free(made);
        return NULL;
    }
    if (inf_dense_run(&dense, kernels, INF_ACTIVATION_NONE, NULL, table->weight, table->rows,
                      made) != 0) {
        free(made);
        made = NULL;
    }
    inf_dense_fini(&dense);
    return made;
}

/* NULL where there are none. 0, or -1: no memory. */
static int lay_vectors(const struct inf_encoder *encoder, const struct vectors *vectors,
                       float **ret)
{
    int span = encoder->disentangled.span, size = encoder->hidden / encoder->heads;
    struct inf_distance_table table = {.head = 2 * (size_t)span * (size_t)size,
                                       .row = (size_t)size};
    float *made = NULL;

    if (vectors->table == NULL)
        return 0;
    table.values = vectors->table->weight;
    if (vectors->layer != NULL) {
        made = make_vectors(vectors, encoder->kernels);
        if (made == NULL)
            return -1;
        table = (struct inf_distance_table){made, (size_t)size, (size_t)encoder->hidden};
    }
    *ret = inf_disentangled_lay(&table, encoder->heads, span, size);
    free(made);
    return *ret != NULL ? 0 : -1;
}

/* ---- layers ---- */

/* Of a layer; the weights are still the model's. */
struct layer {
    const struct inf_step *qkv[3], *attended, *up, *down;
    struct vectors distances[VECTORS];
    struct inf_norm attended_norm, output_norm;
    enum inf_activation activation;
};

static bool take_layer(struct reader *reader, const struct inf_encoder *encoder, struct layer *ret)
{
    int hidden = encoder->hidden;

    *ret = (struct layer){0};
    for (int i = 0; i < 3; i++) {
        ret->qkv[i] = take(reader, INF_STEP_LINEAR, hidden, hidden);
        if (ret->qkv[i] == NULL || ret->qkv[i]->input != ret->qkv[0]->input)
            return false;
    }
    if (!take_vectors(reader, encoder, ret->distances))
        return false;
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

static int pack_layer(const struct inf_encoder *encoder, const struct layer *layer,
                      struct inf_encoder_layer *ret)
{
    ret->attended_norm = layer->attended_norm;
    ret->output_norm = layer->output_norm;
    if (pack(layer->qkv, 3, &ret->qkv) != 0 || pack(&layer->attended, 1, &ret->attended) != 0 ||
        pack(&layer->up, 1, &ret->up) != 0 || pack(&layer->down, 1, &ret->down) != 0)
        return -1;
    if (lay_vectors(encoder, &layer->distances[BY_QUERY], &ret->distances.keys) != 0)
        return -1;
    return lay_vectors(encoder, &layer->distances[BY_KEY], &ret->distances.queries);
}

/* As many as there are, all alike. */
static int take_layers(struct reader *reader, struct inf_encoder *encoder)
{
    struct layer layer;
    size_t before = reader->at;

    while (encoder->layer_count < INF_ENCODER_LAYERS && take_layer(reader, encoder, &layer)) {
        if (encoder->layer_count == 0) {
            encoder->activation = layer.activation;
            encoder->inner = layer.up->rows;
        }
        if (layer.activation != encoder->activation || layer.up->rows != encoder->inner)
            break;
        encoder->layer_count++;
        if (pack_layer(encoder, &layer, &encoder->layers[encoder->layer_count - 1]) != 0)
            return -1;
        before = reader->at;
    }
    reader->at = before;
    return encoder->layer_count > 0 ? 0 : 1;
}

static int read_model(struct reader *reader, const struct inf_architecture *architecture,
                      struct inf_encoder *encoder)
{
    int head_size = reader->steps->head_size;
    int rc = take_embeddings(reader, architecture, encoder);

    if (rc != 0)
        return rc;
    if (head_size <= 0 || encoder->hidden % head_size != 0)
        return 1;
    encoder->heads = encoder->hidden / head_size;
    if (architecture->has_distances)
        rc = take_distances(reader, encoder);
    else if (architecture->is_disentangled)
        rc = take_buckets(reader, encoder);
    return rc == 0 ? take_layers(reader, encoder) : rc;
}

int inf_recognise(const struct inf_architecture *architecture, const struct inf_steps *steps,
                  struct inf_encoder *ret, size_t *ret_used)
{
    struct reader reader = {steps, 0};
    int rc = 0;

    *ret = (struct inf_encoder){.first_position = architecture->first_position,
                                .kernels = inf_kernels()};
    rc = read_model(&reader, architecture, ret);
    *ret_used = reader.at;
    if (rc != 0)
        inf_encoder_fini(ret);
    return rc;
}
