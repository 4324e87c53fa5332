/* A model's steps through a pipe: what comes out is what went in, and whatever else comes is
 * refused before memory is taken for it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parcel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY ((int64_t)1 << 20)

static float table[6] = {1, 2, 3, 4, 5, 6};
static float weight[4] = {7, 8, 9, 10}, bias[2] = {11, 12}, scale[2] = {13, 14}, shift[2] = {15};
static float tied_bias[3] = {16, 17, 18}, vectors[4] = {19, 20, 21, 22};

static const struct inf_step items[] = {
    {.kind = INF_STEP_EMBEDDING, .weight = table, .rows = 3, .cols = 2, .input = 0},
    {.kind = INF_STEP_NORM, .weight = scale, .bias = shift, .cols = 2, .epsilon = 1e-5F},
    {.kind = INF_STEP_LINEAR, .weight = weight, .bias = bias, .rows = 2, .cols = 2, .input = 7},
    {.kind = INF_STEP_LINEAR, .input = 8}, /* of weights that are not known */
    {.kind = INF_STEP_ACTIVATION, .activation = INF_ACTIVATION_GELU},
    {.kind = INF_STEP_LINEAR, .weight = table, .bias = tied_bias, .rows = 3, .cols = 2},
    {.kind = INF_STEP_BUCKETS, .rows = 4, .epsilon = 2.5F},
    {.kind = INF_STEP_DISTANCES, .weight = vectors, .rows = 4, .cols = 1, .input = 3},
    {.kind = INF_STEP_MADE_DISTANCES, .weight = vectors, .rows = 2, .cols = 2, .input = 2},
};

enum { STEPS = sizeof items / sizeof items[0], SENT_MOST = 4096 };

static const struct inf_steps steps = {items, STEPS, 1};
static const struct inf_packed_choice choice = {
    .architecture = 1, .head_layers = 2, .tokens = 3, .is_unit = 1, .difference = 1e-6};

/* What is written for these steps. */
static size_t written(char bytes[SENT_MOST])
{
    int ends[2];
    ssize_t length = 0;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(inf_parcel_write(ends[1], &steps, &choice), 0);
    close(ends[1]);
    length = read(ends[0], bytes, SENT_MOST);
    close(ends[0]);
    assert_in_range(length, 1, SENT_MOST - 1);
    return (size_t)length;
}

static struct inf_parcel *read_bytes(const char *bytes, size_t length, int64_t bytes_max,
                                     char reason[INF_PACKED_REASON])
{
    struct inf_parcel *parcel = NULL;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, length), length);
    close(ends[1]);
    parcel = inf_parcel_read(ends[0], bytes_max, reason);
    close(ends[0]);
    return parcel;
}

static void expect_floats(const float *got, const float *wanted, size_t count)
{
    assert_non_null(got);
    assert_memory_equal(got, wanted, count * sizeof *got);
}

static void test_comes_out_as_it_went_in(void **state)
{
    char bytes[SENT_MOST], reason[INF_PACKED_REASON] = "";
    struct inf_parcel *parcel = read_bytes(bytes, written(bytes), MANY, reason);

    (void)state;
    assert_string_equal(reason, "");
    assert_non_null(parcel);
    assert_memory_equal(&parcel->choice, &choice, sizeof choice);
    assert_int_equal(parcel->steps.count, STEPS);
    assert_int_equal(parcel->steps.head_size, 1);
    for (size_t i = 0; i < STEPS; i++) {
        assert_int_equal(parcel->steps.items[i].kind, items[i].kind);
        assert_int_equal(parcel->steps.items[i].rows, items[i].rows);
        assert_int_equal(parcel->steps.items[i].cols, items[i].cols);
        assert_int_equal(parcel->steps.items[i].input, items[i].input);
        assert_int_equal(parcel->steps.items[i].activation, items[i].activation);
    }
    expect_floats(parcel->steps.items[0].weight, table, 6);
    expect_floats(parcel->steps.items[1].weight, scale, 2);
    expect_floats(parcel->steps.items[1].bias, shift, 2);
    expect_floats(parcel->steps.items[2].weight, weight, 4);
    expect_floats(parcel->steps.items[2].bias, bias, 2);
    assert_null(parcel->steps.items[3].weight);
    assert_ptr_equal(parcel->steps.items[5].weight, parcel->steps.items[0].weight);
    expect_floats(parcel->steps.items[5].bias, tied_bias, 3);
    assert_true(parcel->steps.items[6].epsilon == items[6].epsilon);
    expect_floats(parcel->steps.items[7].weight, vectors, 4);
    assert_ptr_equal(parcel->steps.items[8].weight, parcel->steps.items[7].weight);
    inf_parcel_free(parcel);
}

static void test_drops_what_was_packed(void **state)
{
    char bytes[SENT_MOST], reason[INF_PACKED_REASON];
    struct inf_parcel *parcel = read_bytes(bytes, written(bytes), MANY, reason);

    (void)state;
    assert_non_null(parcel);
    inf_parcel_drop_laid(parcel);
    assert_null(parcel->owned[2 * 2]);
    assert_null(parcel->owned[2 * 5 + 1]);
    assert_null(parcel->owned[2 * 7]);
    expect_floats(parcel->steps.items[0].weight, table, 6); /* the last layer has it, too */
    expect_floats(parcel->steps.items[1].bias, shift, 2);
    inf_parcel_free(parcel);
}

/* Cut anywhere, and one byte changed anywhere: refused, or something sound. */
static void test_damage(void **state)
{
    char bytes[SENT_MOST], reason[INF_PACKED_REASON];
    size_t length = written(bytes);

    (void)state;
    for (size_t cut = 0; cut < length; cut++)
        assert_null(read_bytes(bytes, cut, MANY, reason));
    assert_string_equal(reason, "its weights ended early");
    for (size_t i = 0; i < length; i++) {
        char kept = bytes[i];
        bytes[i] = (char)(kept ^ 0x81);
        inf_parcel_free(read_bytes(bytes, length, MANY, reason));
        bytes[i] = kept;
    }
}

static void test_more_than_the_definition(void **state)
{
    char bytes[SENT_MOST], reason[INF_PACKED_REASON];
    size_t length = written(bytes);
    int64_t floats = 6 + 2 + 2 + 4 + 2 + 3 + 4;

    (void)state;
    assert_null(read_bytes(bytes, length, floats * 4 - 1, reason));
    assert_string_equal(reason, "its weights are larger than its definition");
    inf_parcel_free(read_bytes(bytes, length, floats * 4, reason));
}

static void test_too_many_steps_are_not_sent(void **state)
{
    const struct inf_steps many = {items, INF_PARCEL_STEPS + 1, 1};

    (void)state;
    assert_int_equal(inf_parcel_write(-1, &many, &choice), -1);
}

/* Whoever reads has them; the two together do not hold them twice. */
static void test_what_was_written_is_given_back(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), floats = 4 * page / sizeof(float);
    float *large = aligned_alloc(page, floats * sizeof *large);
    const struct inf_step step = {
        .kind = INF_STEP_EMBEDDING, .weight = large, .rows = (int)floats, .cols = 1};
    const struct inf_steps one = {&step, 1, 1};
    char reason[INF_PACKED_REASON] = "";
    struct inf_parcel *parcel = NULL;
    int ends[2];

    (void)state;
    assert_non_null(large);
    for (size_t i = 0; i < floats; i++)
        large[i] = (float)(i + 1);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(inf_parcel_write(ends[1], &one, &choice), 0);
    close(ends[1]);
    parcel = inf_parcel_read(ends[0], MANY, reason);
    close(ends[0]);
    assert_non_null(parcel);
    for (size_t i = 0; i < floats; i++) {
        assert_true(parcel->steps.items[0].weight[i] == (float)(i + 1));
        assert_true(large[i] == 0);
    }
    inf_parcel_free(parcel);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_out_as_it_went_in),
        cmocka_unit_test(test_drops_what_was_packed),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_more_than_the_definition),
        cmocka_unit_test(test_too_many_steps_are_not_sent),
        cmocka_unit_test(test_what_was_written_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
