/* Once a packed model has answered a few texts, its answers take no memory anew: what src/encoder
 * allocates is counted, since the linker puts the functions of this file in front of malloc and the
 * others. What libtorch allocates for its tensors is not. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/packed.h"
#include "packed_parts.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { HIDDEN = 64, HEADS = 4, INNER = 128, LAYERS = 2, WORDS = 100, POSITIONS = 160, TABLES = 8 };

/* ---- counting ---- */

static atomic_int allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    allocations++;
    return __real_realloc(memory, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    allocations++;
    return __real_aligned_alloc(alignment, size);
}

/* ---- a model ---- */

static float tables[TABLES][INNER * POSITIONS];

static void fill(void)
{
    srand(1);
    for (int i = 0; i < TABLES; i++)
        for (size_t j = 0; j < sizeof tables[i] / sizeof tables[i][0]; j++)
            tables[i][j] = ((float)rand() / (float)RAND_MAX - 0.5F) / 4;
}

static void make_dense(struct inf_dense *dense, int out, int in, size_t count)
{
    const float *const weights[] = {tables[0], tables[1], tables[2]};
    const float *const biases[] = {tables[3], tables[4], tables[5]};
    const int outs[] = {out, out, out};

    assert_int_equal(inf_dense_init(dense, weights, biases, outs, count, in), 0);
}

static struct inf_packed *make(enum inf_head_tokens tokens)
{
    struct inf_packed *packed = inf_packed_empty();
    const struct inf_norm norm = {tables[6], tables[7], 1e-12F};

    assert_non_null(packed);
    packed->encoder = (struct inf_encoder){.hidden = HIDDEN,
                                           .embedded = HIDDEN,
                                           .heads = HEADS,
                                           .inner = INNER,
                                           .layer_count = LAYERS,
                                           .words = tables[0],
                                           .positions = tables[1],
                                           .vocabulary = WORDS,
                                           .position_count = POSITIONS,
                                           .norm = norm,
                                           .activation = INF_ACTIVATION_GELU,
                                           .kernels = inf_kernels()};
    for (int i = 0; i < LAYERS; i++) {
        struct inf_encoder_layer *layer = &packed->encoder.layers[i];
        make_dense(&layer->qkv, HIDDEN, HIDDEN, 3);
        make_dense(&layer->attended, HIDDEN, HIDDEN, 1);
        make_dense(&layer->up, INNER, HIDDEN, 1);
        make_dense(&layer->down, HIDDEN, INNER, 1);
        layer->attended_norm = layer->output_norm = norm;
    }
    packed->head.tokens = tokens;
    packed->head.layer_count = 1;
    packed->head.out = tokens == INF_HEAD_SPANS ? 2 : 8;
    make_dense(&packed->head.layers[0].dense, packed->head.out, HIDDEN, 1);
    return packed;
}

static int32_t *texts(int rows, int cols, struct inf_packed_input *ret)
{
    int32_t *data = calloc((size_t)(2 * rows * cols), sizeof *data);

    assert_non_null(data);
    for (int row = 0; row < rows; row++)
        for (int i = 0; i < (row + 1) * cols / rows; i++) {
            data[row * cols + i] = (row + 7 * i) % WORDS;
            data[(rows + row) * cols + i] = 1;
        }
    *ret = (struct inf_packed_input){data, 2, rows, cols};
    return data;
}

/* ---- the tests ---- */

static void answer(struct inf_packed *packed, const struct inf_packed_input *input)
{
    char reason[INF_PACKED_REASON];
    struct inf_packed_output output;

    if (inf_packed_answer(packed, input, &output, reason) != 0)
        fail_msg("%s", reason);
    inf_packed_forget(packed, &output);
}

static void check(struct inf_packed *packed)
{
    enum { KINDS = 4 };
    static const int shapes[KINDS][2] = {{1, POSITIONS}, {12, 60}, {1, 9}, {30, 30}};
    struct inf_packed_input inputs[KINDS];
    int32_t *data[KINDS];

    for (int i = 0; i < KINDS; i++)
        data[i] = texts(shapes[i][0], shapes[i][1], &inputs[i]);
    for (int i = 0; i < KINDS; i++)
        answer(packed, &inputs[i]);
    allocations = 0;
    for (int i = 0; i < 10 * KINDS; i++)
        answer(packed, &inputs[i % KINDS]);
    assert_int_equal(allocations, 0);
    for (int i = 0; i < KINDS; i++)
        free(data[i]);
}

/* Two vectors for each distance up to SPAN, and tables that are narrower than the layers. */
static struct inf_packed *make_disentangled(enum inf_head_tokens tokens)
{
    enum { SPAN = 16 };
    struct inf_packed *packed = make(tokens);
    struct inf_encoder *encoder = &packed->encoder;
    const struct inf_distance_table table = {tables[2], HIDDEN / HEADS, HIDDEN};

    assert_int_equal(inf_disentangled_init(&encoder->disentangled, SPAN, 8, 2.5F), 0);
    encoder->embedded = HIDDEN / 2;
    encoder->positions = NULL;
    make_dense(&encoder->projection, HIDDEN, HIDDEN / 2, 1);
    for (int i = 0; i < LAYERS; i++) {
        struct inf_distance_vectors *vectors = &encoder->layers[i].distances;
        vectors->keys = inf_disentangled_lay(&table, HEADS, SPAN, HIDDEN / HEADS);
        vectors->queries = inf_disentangled_lay(&table, HEADS, SPAN, HIDDEN / HEADS);
    }
    return packed;
}

static void disentangled(void **state)
{
    (void)state;
    fill();
    for (int tokens = 0; tokens < INF_HEAD_TOKENS_COUNT; tokens++) {
        struct inf_packed *packed = make_disentangled((enum inf_head_tokens)tokens);
        check(packed);
        inf_packed_free(packed);
    }
}

static void in_float32(void **state)
{
    (void)state;
    fill();
    for (int tokens = 0; tokens < INF_HEAD_TOKENS_COUNT; tokens++) {
        struct inf_packed *packed = make((enum inf_head_tokens)tokens);
        check(packed);
        assert_true(allocations == 0); /* and it does count: */
        inf_packed_free(packed);
        packed = make((enum inf_head_tokens)tokens);
        assert_true(allocations > 0);
        inf_packed_free(packed);
    }
}

/* bf16 only where this processor has it, and it is faster for a model as small as this. */
static void in_fewer_bits(void **state)
{
    char reason[INF_PACKED_REASON];
    struct inf_precision_report report;
    struct inf_packed_input samples;
    struct inf_packed_fit fit;
    int32_t *data = texts(12, 60, &samples);

    (void)state;
    fill();
    for (int type = INF_LINEAR_BF16; type < INF_LINEAR_TYPES; type++) {
        struct inf_packed *packed = make(INF_HEAD_MEAN);
        if (inf_packed_quantize(packed, &samples, (enum inf_linear_type)type, -1, NULL, &report,
                                &fit, reason) == 0)
            check(packed);
        free(fit.bytes);
        inf_packed_free(packed);
    }
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_float32),
        cmocka_unit_test(disentangled),
        cmocka_unit_test(in_fewer_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
