/* Scores of distances, as of contents, are small products: a few queries by the vectors that the
 * distances of their keys have, no others. In a row of them the key of the next token is the next
 * number, or nearly so (far ones share theirs), so rows are added as they are. For a key's vectors
 * a column is such a row, which is turned. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "disentangled.h"
#include "kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOKENS_AT_ONCE 16 /* queries, or keys, of a product */
#define ALIGNMENT 64      /* of rooms */

/* ---- distances ---- */

/* The distance at which a logarithm ends. */
static double end_of(int middle, float log_end)
{
    return (double)middle * exp((double)log_end);
}

bool inf_disentangled_can(int span, int middle, float log_end)
{
    double end = end_of(middle, log_end);

    return middle == 0 || (middle > 1 && middle <= span && end >= middle + 0.5 &&
                           end <= INF_DISENTANGLED_FARTHEST);
}

/* Of a distance of at least 0; in single precision, as models compute it. At the end the two
 * logarithms are of the same number, whichever way they are computed. */
static int bucket_of(int distance, int middle, float log_end)
{
    bool is_end = distance == (int)lround(end_of(middle, log_end));
    float part = 1;

    if (middle == 0 || distance <= middle)
        return distance;
    if (!is_end)
        part = (float)log((double)((float)distance / (float)middle)) / log_end;
    return (int)ceilf(fminf(part * (float)(middle - 1), INF_DISENTANGLED_FARTHEST)) + middle;
}

static int column_of(int bucket, int span)
{
    int column = span - 1 + bucket;

    return column < 0 ? 0 : column < 2 * span ? column : 2 * span - 1;
}

/* From where on all have the outermost vector, on either side. */
static int farthest_of(int span, int middle, float log_end)
{
    int distance = span - 1;

    while (distance < INF_DISENTANGLED_FARTHEST && bucket_of(distance, middle, log_end) < span)
        distance++;
    return distance;
}

int inf_disentangled_init(struct inf_disentangled *ret, int span, int middle, float log_end)
{
    int farthest = farthest_of(span, middle, log_end);

    *ret = (struct inf_disentangled){.span = span,
                                     .exact = middle > 0 && middle < span ? middle : span - 1,
                                     .farthest = farthest};
    ret->columns = malloc(((size_t)farthest * 2 + 1) * sizeof *ret->columns);
    if (ret->columns == NULL)
        return -1;
    for (int distance = 0; distance <= farthest; distance++) {
        int bucket = bucket_of(distance, middle, log_end);
        ret->columns[farthest + distance] = column_of(bucket, span);
        ret->columns[farthest - distance] = column_of(-bucket, span);
    }
    return 0;
}

void inf_disentangled_fini(struct inf_disentangled *disentangled)
{
    free(disentangled->columns);
    *disentangled = (struct inf_disentangled){0};
}

/* That of a key so far behind its query. */
static int column(const struct inf_disentangled *distances, int behind)
{
    int farthest = distances->farthest;

    behind = behind < -farthest ? -farthest : behind > farthest ? farthest : behind;
    return distances->columns[farthest + behind];
}

/* ---- vectors ---- */

size_t inf_disentangled_width(int span)
{
    /* A product may begin at any column, and reads behind its last. */
    return inf_attention_row(2 * span + INF_KERNEL_PAD);
}

float *inf_disentangled_lay(const struct inf_distance_table *table, int heads, int span, int size)
{
    size_t width = inf_disentangled_width(span), rows = 2 * (size_t)span;
    float *laid = calloc((size_t)heads * (size_t)size * width, sizeof *laid);

    for (int head = 0; head < heads && laid != NULL; head++) {
        const float *from = table->values + (size_t)head * table->head;
        float *to = laid + (size_t)head * (size_t)size * width;
        for (size_t row = 0; row < rows; row++)
            for (size_t i = 0; i < (size_t)size; i++)
                to[i * width + rows - 1 - row] = from[row * table->row + i];
    }
    return laid;
}

/* ---- one head of one text ---- */

/* Rows are inf_attention_row's. */
struct room {
    float *keys;      /* [size][tokens] */
    float *values;    /* [tokens][size] */
    float *distances; /* [queries][tokens]: what keys make of their distance */
    float *some;      /* [TOKENS_AT_ONCE][tokens and as many as tokens at once] */
    float *scores;    /* [TOKENS_AT_ONCE][tokens] */
};

struct work {
    const struct inf_attention_head *head;
    const struct inf_disentangled *distances;
    const struct inf_kernels *kernels;
    struct inf_distance_vectors vectors; /* the head's */
    struct room room;
    size_t padded, padded_size, some, width; /* numbers in a row of room's, and of vectors */
    float scale;
};

/* A product reads behind a row's last number, where another head's may not be there. */
static void lay_values(const struct work *work)
{
    const struct inf_attention_head *head = work->head;

    for (size_t i = 0; i < (size_t)head->length; i++)
        memcpy(work->room.values + i * work->padded_size, head->value + i * head->row,
               (size_t)head->size * sizeof(float));
}

/* Multiplies these tokens' contents by the vectors from one column to another. */
static void multiply_by_vectors(const struct work *work, const float *contents, int tokens,
                                const float *vectors, int first_column, int last_column)
{
    const struct inf_product by_vectors = {.a = contents,
                                           .a_row = work->head->row,
                                           .rows = tokens,
                                           .depth = work->head->size,
                                           .b = vectors + first_column,
                                           .b_row = work->width,
                                           .cols = last_column - first_column + 1,
                                           .to = work->room.some,
                                           .to_row = work->some};

    work->kernels->product(&by_vectors);
}

/* What each key makes of its distance to each query: rows of some keys become columns. */
static void weigh_distances_of_keys(const struct work *work)
{
    const struct inf_attention_head *head = work->head;
    int tokens = 0;

    for (int first = 0; first < head->length; first += tokens) {
        int least = column(work->distances, first - (head->queries - 1)), last = 0;
        tokens = head->length - first < TOKENS_AT_ONCE ? head->length - first : TOKENS_AT_ONCE;
        last = first + tokens - 1;
        multiply_by_vectors(work, head->key + (size_t)first * head->row, tokens,
                            work->vectors.queries, least, column(work->distances, last));
        for (int query = 0; query < head->queries; query++) {
            float *to = work->room.distances + (size_t)query * work->padded + first;
            const float *from = work->room.some;
            for (int i = 0; i < tokens; i++, from += work->some)
                to[i] = from[column(work->distances, first + i - query) - least];
        }
    }
}

/* from: what a query makes of the vectors from column `least` on. Adds to each key's score that of
 * its distance. */
static void add_distances(const struct work *work, int query, const float *from, int least,
                          float *scores)
{
    int exact = work->distances->exact, length = work->head->length;
    int first = query - exact > 0 ? query - exact : 0;
    int end = query + exact + 1 < length ? query + exact + 1 : length;

    for (int key = 0; key < first; key++)
        scores[key] += from[column(work->distances, key - query) - least];
    work->kernels->add(from + column(work->distances, first - query) - least, 1, end - first,
                       scores + first);
    for (int key = end; key < length; key++)
        scores[key] += from[column(work->distances, key - query) - least];
}

static void add_all_distances(const struct work *work, int first, int queries)
{
    const struct inf_attention_head *head = work->head;
    int least = column(work->distances, -(first + queries - 1));

    if (work->vectors.keys != NULL)
        multiply_by_vectors(work, head->query + (size_t)first * head->row, queries,
                            work->vectors.keys, least,
                            column(work->distances, head->length - 1 - first));
    for (int i = 0; i < queries; i++) {
        float *scores = work->room.scores + (size_t)i * work->padded;
        if (work->vectors.keys != NULL)
            add_distances(work, first + i, work->room.some + (size_t)i * work->some, least, scores);
        if (work->vectors.queries != NULL)
            work->kernels->add(work->room.distances + (size_t)(first + i) * work->padded, 1,
                               head->length, scores);
    }
}

static void attend_some(const struct work *work, int first, int queries)
{
    const struct inf_attention_head *head = work->head;

    inf_attention_by_keys(head, work->kernels, work->room.keys, first, queries, work->room.scores);
    add_all_distances(work, first, queries);
    for (int i = 0; i < queries; i++)
        work->kernels->softmax(work->room.scores + (size_t)i * work->padded, head->length,
                               work->scale);
    inf_attention_by_values(head, work->kernels, work->room.scores, work->room.values,
                            work->padded_size, first, queries);
}

/* ---- the kind ---- */

static bool can(int size)
{
    (void)size;
    return true;
}

static size_t room(int size, int longest)
{
    size_t tokens = inf_attention_row(longest), some = inf_attention_row(longest + TOKENS_AT_ONCE);
    size_t count = (size_t)longest * (tokens + inf_attention_row(size)) + (size_t)size * tokens +
                   TOKENS_AT_ONCE * (tokens + some);

    return (count * sizeof(float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static struct room divide(const struct work *work, float *at)
{
    struct room ret = {.keys = at};

    ret.values = ret.keys + (size_t)work->head->size * work->padded;
    ret.some = ret.values + (size_t)work->head->length * work->padded_size;
    ret.scores = ret.some + TOKENS_AT_ONCE * work->some;
    ret.distances = ret.scores + TOKENS_AT_ONCE * work->padded;
    return ret;
}

/* That of the head, of all heads'. */
static float *of_head(float *vectors, const struct work *work)
{
    size_t count = (size_t)work->head->size * work->width;

    return vectors != NULL ? vectors + (size_t)work->head->number * count : NULL;
}

/* Scores of contents, and of each kind of distances as many, have this variance together. */
static float scale_of(const struct inf_distance_vectors *vectors, int size)
{
    int kinds = 1 + (vectors->keys != NULL) + (vectors->queries != NULL);

    return 1.0F / sqrtf((float)size * (float)kinds);
}

static void attend(const struct inf_attention_head *head, void *at)
{
    const struct inf_disentangled *distances = head->attention->distances;
    const struct inf_distance_vectors *vectors = head->attention->vectors;
    struct work work = {.head = head,
                        .distances = distances,
                        .kernels = inf_kernels(),
                        .padded = inf_attention_row(head->length),
                        .padded_size = inf_attention_row(head->size),
                        .some = inf_attention_row(head->length + TOKENS_AT_ONCE),
                        .width = inf_disentangled_width(distances->span),
                        .scale = scale_of(vectors, head->size)};
    int queries = 0;

    work.room = divide(&work, at);
    work.vectors.keys = of_head(vectors->keys, &work);
    work.vectors.queries = of_head(vectors->queries, &work);
    inf_attention_turn_keys(head, work.room.keys);
    lay_values(&work);
    if (work.vectors.queries != NULL)
        weigh_distances_of_keys(&work);
    for (int first = 0; first < head->queries; first += queries) {
        queries = head->queries - first < TOKENS_AT_ONCE ? head->queries - first : TOKENS_AT_ONCE;
        attend_some(&work, first, queries);
    }
}

const struct inf_attention_kind inf_attention_disentangled = {can, room, attend};
