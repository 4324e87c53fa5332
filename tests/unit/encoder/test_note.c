/* Notes: what comes out is what went in; anything else is refused, and nothing outside of the file
 * and the note is read, whatever they say. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint.h"
#include "note.h"
#include "parcel_steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static float table[6] = {1, 2, 3, 4, 5, 6};
static float weight[4] = {7, 8, 9, 10}, bias[2] = {11, 12}, scale[2] = {13, 14}, shift[2] = {15};
static float tied_bias[3] = {16, 17, 18};

static const struct inf_step items[] = {
    {.kind = INF_STEP_LINEAR, .weight = table, .bias = tied_bias, .rows = 3, .cols = 2},
    {.kind = INF_STEP_EMBEDDING, .weight = table, .rows = 3, .cols = 2, .input = 0},
    {.kind = INF_STEP_NORM, .weight = scale, .bias = shift, .cols = 2, .epsilon = 1e-5F},
    {.kind = INF_STEP_LINEAR, .weight = weight, .bias = bias, .rows = 2, .cols = 2, .input = 7},
    {.kind = INF_STEP_LINEAR, .input = 8}, /* of weights that are not known */
    {.kind = INF_STEP_ACTIVATION, .activation = INF_ACTIVATION_GELU},
};

enum { STEPS = sizeof items / sizeof items[0], FILE_BYTES = 256, PARTS = 6 };

static const float *const floats[PARTS] = {table, tied_bias, scale, shift, weight, bias};
static const struct inf_packed_part parts[PARTS] = {{8, 24}, {40, 12},  {64, 8},
                                                    {80, 8}, {101, 16}, {128, 8}};
static char file_bytes[FILE_BYTES];
static const struct inf_packed_file file = {file_bytes, FILE_BYTES, parts, PARTS};
static struct inf_parcel parcel;
static struct inf_packed_note note;
static char reason[INF_PACKED_REASON];

static int set_up(void **state)
{
    (void)state;
    memset(file_bytes, 0x55, sizeof file_bytes);
    for (size_t i = 0; i < PARTS; i++)
        memcpy(file_bytes + parts[i].offset, floats[i], (size_t)parts[i].length);
    parcel.choice = (struct inf_packed_choice){.architecture = 1, .tokens = 1, .difference = 1e-6};
    memcpy(parcel.items, items, sizeof items);
    parcel.steps = (struct inf_steps){parcel.items, STEPS, 1};
    return inf_note_write(&parcel, &file, &note);
}

static int tear_down(void **state)
{
    (void)state;
    free(note.bytes);
    note.bytes = NULL;
    return 0;
}

/* In memory of just that size, so that a sanitizer sees whoever looks beyond. */
static struct inf_parcel *read_note(const void *bytes, size_t length, size_t file_length)
{
    char *copy = malloc(length + 1), *whole = malloc(file_length + 1);
    struct inf_packed_file cut = {whole, (int64_t)file_length, NULL, 0};
    struct inf_parcel *made = NULL;

    assert_true(copy != NULL && whole != NULL);
    memcpy(copy, bytes, length);
    memcpy(whole, file_bytes, file_length);
    made = inf_note_read(&cut, copy, length, reason);
    if (made != NULL)
        inf_parcel_drop_laid(made);
    free(copy);
    free(whole);
    return made;
}

static void test_comes_out_as_it_went_in(void **state)
{
    struct inf_parcel *made = inf_note_read(&file, note.bytes, note.length, reason);

    (void)state;
    assert_non_null(made);
    assert_memory_equal(&made->choice, &parcel.choice, sizeof parcel.choice);
    assert_int_equal(made->steps.count, STEPS);
    assert_int_equal(made->steps.head_size, 1);
    assert_memory_equal(made->steps.items[0].weight, table, sizeof table);
    assert_memory_equal(made->steps.items[0].bias, tied_bias, sizeof tied_bias);
    assert_ptr_equal(made->steps.items[1].weight, made->steps.items[0].weight);
    assert_memory_equal(made->steps.items[2].weight, scale, sizeof scale);
    assert_memory_equal(made->steps.items[2].bias, shift, sizeof shift);
    assert_memory_equal(made->steps.items[3].weight, weight, sizeof weight); /* not aligned there */
    assert_memory_equal(made->steps.items[3].bias, bias, sizeof bias);
    assert_null(made->steps.items[4].weight);
    inf_parcel_free(made);
}

/* A table that is a layer, too, and norms outlive the file. */
static void test_what_stays_is_its_own(void **state)
{
    struct inf_parcel *made = read_note(note.bytes, note.length, FILE_BYTES);

    (void)state;
    assert_non_null(made);
    assert_memory_equal(made->steps.items[1].weight, table, sizeof table);
    assert_memory_equal(made->steps.items[2].bias, shift, sizeof shift);
    assert_null(made->steps.items[3].weight);
    inf_parcel_free(made);
}

static void test_cut_anywhere(void **state)
{
    (void)state;
    for (size_t length = 0; length < note.length; length++)
        assert_null(read_note(note.bytes, length, FILE_BYTES));
    assert_null(read_note("", 0, FILE_BYTES));
}

static void test_every_byte_changed(void **state)
{
    (void)state;
    for (size_t i = 0; i < note.length; i++) {
        note.bytes[i] ^= 0x41;
        assert_null(read_note(note.bytes, note.length, FILE_BYTES));
        note.bytes[i] ^= 0x41;
    }
}

/* Sealed anew, as by somebody who knows how: sound, or refused, and never beyond its ends. */
static void test_every_byte_changed_and_sealed(void **state)
{
    size_t sealed = note.length - sizeof(uint64_t);
    static const unsigned char changes[] = {0x01, 0x41, 0x80, 0xff};

    (void)state;
    for (size_t i = 0; i < sealed; i++)
        for (size_t j = 0; j < sizeof changes; j++) {
            char before = note.bytes[i];
            uint64_t seal = 0;

            note.bytes[i] = (char)(before ^ changes[j]);
            seal = inf_fingerprint(0, note.bytes, sealed);
            memcpy(note.bytes + sealed, &seal, sizeof seal);
            inf_parcel_free(read_note(note.bytes, note.length, FILE_BYTES));
            note.bytes[i] = before;
        }
}

static void test_the_file_is_another(void **state)
{
    (void)state;
    for (size_t i = 0; i < PARTS; i++) {
        file_bytes[parts[i].offset] ^= 1;
        assert_null(read_note(note.bytes, note.length, FILE_BYTES));
        assert_string_equal(reason, "the weights in the file are not those that were proven");
        file_bytes[parts[i].offset] ^= 1;
    }
    for (size_t length = 0; length < 136; length++) {
        assert_null(read_note(note.bytes, note.length, length));
        assert_string_equal(reason, "a weight would stand outside of the file");
    }
    inf_parcel_free(read_note(note.bytes, note.length, 136));
}

static void test_a_weight_that_stands_nowhere(void **state)
{
    const struct inf_packed_file fewer = {file_bytes, FILE_BYTES, parts, PARTS - 1};
    struct inf_packed_note none = {0};

    (void)state;
    assert_int_equal(inf_note_write(&parcel, &fewer, &none), -1);
    assert_null(none.bytes);
    file_bytes[parts[0].offset] ^= 1;
    assert_int_equal(inf_note_write(&parcel, &file, &none), -1);
}

/* The longest there can be is not longer than users make room for. */
static void test_length_is_bounded(void **state)
{
    static struct inf_parcel many;
    struct inf_packed_note longest = {0};

    (void)state;
    for (size_t i = 0; i < INF_PARCEL_STEPS; i++)
        many.items[i] = items[5];
    many.steps = (struct inf_steps){many.items, INF_PARCEL_STEPS, 0};
    assert_int_equal(inf_note_write(&many, &file, &longest), 0);
    assert_in_range(longest.length, 1, INF_PACKED_NOTE);
    free(longest.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_comes_out_as_it_went_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_stays_is_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_byte_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_byte_changed_and_sealed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_file_is_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_weight_that_stands_nowhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_length_is_bounded, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
