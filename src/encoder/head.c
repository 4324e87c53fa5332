/* The heads of the transformers library's classes and of sentence-transformers' modules: tokens are
 * chosen or pooled, and dense layers with their activations follow. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "head.h"

#include <stdlib.h>
#include <string.h>

/* torch.nn.functional.normalize's */
#define LEAST_LENGTH 1e-12F

/* ---- dense layers ---- */

static bool is_layer(const struct inf_step *step, int in)
{
    return step->kind == INF_STEP_LINEAR && step->cols == in && step->bias != NULL;
}

size_t inf_head_count_layers(const struct inf_step *steps, size_t count, int hidden)
{
    size_t layers = 0;
    int in = hidden;

    for (size_t i = 0; i < count && layers < INF_HEAD_LAYERS; i++)
        if (is_layer(&steps[i], in)) {
            in = steps[i].rows;
            layers++;
        }
    return layers;
}

/* The layer that the first step is, with what follows it up to the next one. 0, or -1. */
static int add_layer(const struct inf_step *steps, size_t count, struct inf_head *head)
{
    struct inf_head_layer *layer = &head->layers[head->layer_count];

    if (inf_dense_init(&layer->dense, &steps->weight, &steps->bias, &steps->rows, 1, steps->cols) !=
        0)
        return -1;
    head->layer_count++;
    head->out = steps->rows;
    for (size_t i = 1; i < count && steps[i].kind != INF_STEP_LINEAR; i++) {
        if (steps[i].kind == INF_STEP_ACTIVATION)
            layer->activation = steps[i].activation;
        else if (steps[i].kind == INF_STEP_NORM && steps[i].cols == head->out)
            layer->norm = (struct inf_norm){steps[i].weight, steps[i].bias, steps[i].epsilon};
    }
    return 0;
}

int inf_head_init(struct inf_head *head, const struct inf_step *steps, size_t count, int hidden,
                  size_t layers)
{
    *head = (struct inf_head){.out = hidden};
    for (size_t i = 0; i < count && head->layer_count < layers; i++)
        if (is_layer(&steps[i], head->out) && add_layer(steps + i, count - i, head) != 0) {
            inf_head_fini(head);
            return -1;
        }
    return 0;
}

void inf_head_fini(struct inf_head *head)
{
    for (size_t i = 0; i < head->layer_count; i++)
        inf_dense_fini(&head->layers[i].dense);
    *head = (struct inf_head){0};
}

/* ---- an answer ---- */

static void pool(const struct inf_head *head, const struct inf_encoder *encoder, const float *x,
                 int length, float *to)
{
    size_t row = (size_t)encoder->hidden * sizeof *x;

    switch (head->tokens) {
    case INF_HEAD_MEAN:
        encoder->kernels->mean(x, length, encoder->hidden, to);
        break;
    case INF_HEAD_MAX:
        encoder->kernels->max(x, length, encoder->hidden, to);
        break;
    case INF_HEAD_ALL:
    case INF_HEAD_SPANS:
        memcpy(to, x, (size_t)length * row);
        break;
    case INF_HEAD_FIRST:
    case INF_HEAD_TOKENS_COUNT:
        memcpy(to, x, row);
        break;
    }
}

static bool has_each(const struct inf_head *head)
{
    return head->tokens == INF_HEAD_ALL || head->tokens == INF_HEAD_SPANS;
}

/* Of what is made of so many tokens, by the widest layer. */
static size_t largest(const struct inf_head *head, size_t hidden, int length)
{
    size_t width = hidden;

    for (size_t i = 0; i < head->layer_count; i++)
        if ((size_t)head->layers[i].dense.out > width)
            width = (size_t)head->layers[i].dense.out;
    return (has_each(head) ? (size_t)length : 1) * width;
}

size_t inf_head_room(const struct inf_head *head, size_t hidden, int length)
{
    return 2 * largest(head, hidden, length);
}

bool inf_head_reads_all(const struct inf_head *head)
{
    return head->tokens != INF_HEAD_FIRST;
}

/* All beginnings, then all ends. */
static void put_spans(const float *scores, int length, int cols, float *to)
{
    for (int i = 0; i < length; i++) {
        to[i] = scores[2 * i];
        to[cols + i] = scores[2 * i + 1];
    }
}

int inf_head_run(const struct inf_head *head, const struct inf_encoder *encoder, const float *x,
                 int length, int cols, float *room, float *to)
{
    int rows = has_each(head) ? length : 1;
    float *now = room, *next = room + largest(head, (size_t)encoder->hidden, length);

    pool(head, encoder, x, length, now);
    for (size_t i = 0; i < head->layer_count; i++) {
        const struct inf_head_layer *layer = &head->layers[i];
        float *done = now;
        if (inf_dense_run(&layer->dense, encoder->kernels, layer->activation, NULL, now, rows,
                          next) != 0)
            return -1;
        if (layer->norm.scale != NULL)
            encoder->kernels->normalize(next, NULL, &layer->norm, rows, layer->dense.out);
        now = next;
        next = done;
    }
    for (int row = 0; row < rows && head->is_unit; row++)
        encoder->kernels->unit(now + (size_t)row * (size_t)head->out, head->out, LEAST_LENGTH);
    if (head->tokens == INF_HEAD_SPANS)
        put_spans(now, length, cols, to);
    else
        memcpy(to, now, (size_t)rows * (size_t)head->out * sizeof *to);
    return 0;
}
