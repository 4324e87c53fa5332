/* Which vector a distance has, and that attention with them is what the formula gives: for every
 * set of kernels that this processor runs, the same to the last bit alone, in company and by
 * threads. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "disentangled.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADS = 2,
    SIZE_MOST = 40,
    WIDTH_MOST = HEADS * SIZE_MOST,
    TOKENS_MOST = 160,
    SPAN_MOST = 64
};

static float qkv[TOKENS_MOST * 3 * WIDTH_MOST], to[TOKENS_MOST * WIDTH_MOST];
static float exact[TOKENS_MOST * WIDTH_MOST], other[TOKENS_MOST * WIDTH_MOST];
static float tables[2][HEADS * 2 * SPAN_MOST * SIZE_MOST];

/* ---- distances ---- */

/* As transformers' make_log_bucket_position gives them, on either side. */
static const struct {
    int buckets, middle, distance, bucket;
    float end;
} cases[] = {
    {256, 128, 0, 0, 1.3843393F},
    {256, 128, 128, 128, 1.3843393F},
    {256, 128, 129, 129, 1.3843393F},
    {256, 128, 132, 131, 1.3843393F},
    {256, 128, 133, 132, 1.3843393F},
    {256, 128, 136, 134, 1.3843393F},
    {256, 128, 511, 255, 1.3843393F},
    {256, 128, 512, 256, 1.3843393F},
    {16, 8, 8, 8, 2.7647455F},
    {16, 8, 11, 9, 2.7647455F},
    {16, 8, 12, 10, 2.7647455F},
    {16, 8, 127, 15, 2.7647455F},
    {15, 7, 79, 13, 2.8982568F},
    {15, 7, 127, 13, 2.8982568F},
    {15, 7, 128, 14, 2.8982568F},
    {15, 7, 206, 15, 2.8982568F},
    {24, 12, 599, 23, 3.9103551F},
    {20, 0, 7, 7, 0},
    {20, 0, 19, 19, 0},
    {20, 0, 20, 20, 0},
};

static int column_of(const struct inf_disentangled *distances, int behind)
{
    int farthest = distances->farthest;

    if (abs(behind) > farthest)
        behind = behind > 0 ? farthest : -farthest;
    return distances->columns[farthest + behind];
}

static void test_vectors_of_distances(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct inf_disentangled distances;
        int span = cases[i].buckets, behind = span - 1 + cases[i].bucket;
        int before = span - 1 - cases[i].bucket;
        assert_true(inf_disentangled_can(span, cases[i].middle, cases[i].end));
        assert_int_equal(inf_disentangled_init(&distances, span, cases[i].middle, cases[i].end), 0);
        assert_int_equal(column_of(&distances, cases[i].distance),
                         behind < 2 * span ? behind : 2 * span - 1);
        assert_int_equal(column_of(&distances, -cases[i].distance), before > 0 ? before : 0);
        assert_int_equal(column_of(&distances, 100000), 2 * span - 1);
        assert_int_equal(column_of(&distances, -100000), 0);
        inf_disentangled_fini(&distances);
    }
}

static void test_nonsense(void **state)
{
    (void)state;
    assert_true(inf_disentangled_can(1, 0, 0));
    assert_false(inf_disentangled_can(16, 1, 2));
    assert_false(inf_disentangled_can(16, -8, 2));
    assert_false(inf_disentangled_can(16, 17, 2)); /* more than there are */
    assert_false(inf_disentangled_can(16, 8, 0));  /* ends where it begins */
    assert_false(inf_disentangled_can(16, 8, -1));
    assert_false(inf_disentangled_can(16, 8, 60)); /* farther than any text is long */
    assert_false(inf_disentangled_can(16, 8, NAN));
    assert_false(inf_disentangled_can(16, 8, INFINITY));
}

/* ---- attention ---- */

static void fill(float *numbers, size_t count, float size)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = ((float)rand() / (float)RAND_MAX - 0.5F) * size;
}

struct model {
    struct inf_disentangled distances;
    struct inf_distance_vectors vectors;
    bool has_keys, has_queries;
    int size;
};

/* Of a text whose first token is at `from`: what one token and head gets. */
static void expect(const struct model *model, const float *from, int length, int token, int head,
                   float *ret)
{
    int size = model->size, width = HEADS * size, span = model->distances.span;
    double weights[TOKENS_MOST], sum = 0, kinds = 1 + model->has_keys + model->has_queries;
    const float *query = from + token * 3 * width + head * size;

    for (int at = 0; at < length; at++) {
        const float *key = from + (at * 3 + 1) * width + head * size;
        /* far behind comes first in the model's order */
        int row = 2 * span - 1 - column_of(&model->distances, at - token);
        double score = 0;
        for (int i = 0; i < size; i++) {
            size_t number = (size_t)((head * 2 * span + row) * size + i);
            score += (double)query[i] * (double)key[i];
            if (model->has_keys)
                score += (double)query[i] * (double)tables[0][number];
            if (model->has_queries)
                score += (double)key[i] * (double)tables[1][number];
        }
        weights[at] = exp(score / sqrt(size * kinds));
        sum += weights[at];
    }
    for (int i = 0; i < size; i++) {
        double answer = 0;
        for (int at = 0; at < length; at++)
            answer += weights[at] / sum * (double)from[(at * 3 + 2) * width + head * size + i];
        ret[i] = (float)answer;
    }
}

static void run(const struct model *model, const struct inf_packing *packing, bool first_only,
                const float *from, size_t members, float *ret)
{
    const struct inf_attention attention = {.heads = HEADS,
                                            .size = model->size,
                                            .distances = &model->distances,
                                            .vectors = &model->vectors};
    const struct inf_attention_kind *kind = &inf_attention_disentangled;
    size_t bytes = members * kind->room(model->size, packing->texts[packing->count - 1].length);
    void *room = aligned_alloc(64, bytes); /* no more, for a sanitizer to see */

    assert_non_null(room);
    assert_true(kind->can(model->size));
    memset(room, 0xff, bytes); /* not a number, each */
    inf_attention_by(kind, &attention, packing, first_only, from, room, members, ret);
    free(room);
}

static void check_tokens(const struct model *model, struct inf_packing *packing, bool first_only)
{
    size_t width = (size_t)(HEADS * model->size), count = 0;

    run(model, packing, first_only, qkv, 1, to);
    for (int i = 0; i < packing->count; i++) {
        struct inf_packed_text text = packing->texts[i];
        struct inf_packing alone = {&text, 1, text.length};
        const float *from = qkv + (size_t)text.start * 3 * width;
        size_t tokens = first_only ? 1 : (size_t)text.length;
        text.start = 0;
        run(model, &alone, first_only, from, 1, other);
        assert_memory_equal(to + count * width, other, tokens * width * sizeof *to);
        for (size_t token = 0; token < tokens; token++, count++)
            for (int head = 0; head < HEADS; head++)
                expect(model, from, text.length, (int)token, head,
                       exact + count * width + head * model->size);
    }
    for (size_t i = 0; i < count * width; i++)
        if (!(fabsf(to[i] - exact[i]) <= 3e-6F))
            fail_msg("[%zu]: %.9g instead of %.9g", i, (double)to[i], (double)exact[i]);
    run(model, packing, first_only, qkv, 3, other);
    assert_memory_equal(to, other, count * width * sizeof *to);
}

static void check(struct model *model, int span, int middle, float end)
{
    static struct inf_packed_text texts[] = {
        {0, 1, 0}, {1, 2, 1}, {2, 13, 3}, {3, 33, 16}, {4, 97, 49}};
    struct inf_packing packing = {texts, sizeof texts / sizeof texts[0], 146};
    size_t size = (size_t)model->size;
    const struct inf_distance_table sides[] = {{tables[0], 2 * (size_t)span * size, size},
                                               {tables[1], 2 * (size_t)span * size, size}};

    assert_int_equal(inf_disentangled_init(&model->distances, span, middle, end), 0);
    model->vectors = (struct inf_distance_vectors){0};
    if (model->has_keys)
        model->vectors.keys = inf_disentangled_lay(&sides[0], HEADS, span, model->size);
    if (model->has_queries)
        model->vectors.queries = inf_disentangled_lay(&sides[1], HEADS, span, model->size);
    check_tokens(model, &packing, false);
    check_tokens(model, &packing, true);
    free(model->vectors.keys);
    free(model->vectors.queries);
    inf_disentangled_fini(&model->distances);
}

static void test_attention(void **state)
{
    static const int sizes[] = {1, 16, 24, SIZE_MOST};

    (void)state;
    srand(3);
    fill(qkv, sizeof qkv / sizeof qkv[0], 2);
    fill(tables[0], sizeof tables / sizeof tables[0][0], 2);
    for (int kinds = 1; kinds < 4; kinds++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct model model = {
                .has_keys = (kinds & 1) != 0, .has_queries = (kinds & 2) != 0, .size = sizes[i]};
            check(&model, SPAN_MOST, 0, 0);
            check(&model, 16, 8, 2.7647455F);
            check(&model, 15, 7, 2.8982568F);
            check(&model, 1, 0, 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_of_distances),
        cmocka_unit_test(test_nonsense),
        cmocka_unit_test(test_attention),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
