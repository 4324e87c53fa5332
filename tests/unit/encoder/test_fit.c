/* A fit comes out as it went in; damaged, cut off, or made for something else it does not. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fingerprint.h"
#include "fit.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINEARS = 8, SIZES = 100 };

static uint8_t sizes[SIZES];
static struct inf_fit fit;
static struct inf_packed_fit kept;

static int set_up(void **state)
{
    (void)state;
    fit = (struct inf_fit){.aim = {.samples = 12345,
                                   .min_cosine = 0.99,
                                   .type = INF_LINEAR_INT8,
                                   .linears = LINEARS,
                                   .size_count = SIZES},
                           .report = {LINEARS, LINEARS - 1, 0.999, 0.998, 2.5, 0, 0},
                           .sizes = sizes};
    for (int i = 0; i < SIZES; i++)
        sizes[i] = (uint8_t)(3 * i);
    for (int i = 1; i < LINEARS; i++)
        fit.narrow[i] = 1;
    return inf_fit_write(&fit, &kept);
}

static int tear_down(void **state)
{
    (void)state;
    free(kept.bytes);
    return 0;
}

static int read_fit(const void *bytes, size_t length)
{
    struct inf_fit found;

    return inf_fit_read(bytes, length, &fit.aim, &found);
}

static void as_it_went_in(void **state)
{
    struct inf_fit found;

    (void)state;
    assert_int_equal(inf_fit_read(kept.bytes, kept.length, &fit.aim, &found), 0);
    assert_memory_equal(found.sizes, sizes, SIZES);
    assert_memory_equal(found.narrow, fit.narrow, sizeof fit.narrow);
    assert_memory_equal(&found.report, &fit.report, sizeof fit.report);
}

static void cut_off_or_damaged(void **state)
{
    (void)state;
    for (size_t length = 0; length < kept.length; length++)
        assert_int_equal(read_fit(kept.bytes, length), -1);
    for (size_t i = 0; i < kept.length; i++) {
        kept.bytes[i] ^= 0x41;
        assert_int_equal(read_fit(kept.bytes, kept.length), -1);
        kept.bytes[i] ^= 0x41;
    }
}

/* As by somebody who knows how: sound, or refused, and never beyond its ends. */
static void damaged_and_sealed(void **state)
{
    size_t sealed = kept.length - sizeof(uint64_t);
    struct inf_fit found;

    (void)state;
    for (size_t i = 0; i < sealed; i++)
        for (int bit = 0; bit < 8; bit++) {
            uint64_t seal = 0;
            kept.bytes[i] ^= (char)(1 << bit);
            seal = inf_fingerprint(0, kept.bytes, sealed);
            memcpy(kept.bytes + sealed, &seal, sizeof seal);
            if (inf_fit_read(kept.bytes, kept.length, &fit.aim, &found) == 0)
                for (int j = 0; j < LINEARS; j++)
                    assert_true(found.narrow[j] == fit.narrow[j]);
            kept.bytes[i] ^= (char)(1 << bit);
        }
}

static void made_for_something_else(void **state)
{
    const struct inf_fit_aim aim = fit.aim;

    (void)state;
    fit.aim.samples++;
    assert_int_equal(read_fit(kept.bytes, kept.length), -1);
    fit.aim = aim;
    fit.aim.min_cosine = -1;
    assert_int_equal(read_fit(kept.bytes, kept.length), -1);
    fit.aim = aim;
    fit.aim.type = INF_LINEAR_BF16;
    assert_int_equal(read_fit(kept.bytes, kept.length), -1);
    fit.aim = aim;
    fit.aim.linears++;
    assert_int_equal(read_fit(kept.bytes, kept.length), -1);
    fit.aim = aim;
    fit.aim.size_count--;
    assert_int_equal(read_fit(kept.bytes, kept.length), -1);
    fit.aim = aim;
    assert_int_equal(read_fit(kept.bytes, kept.length), 0);
}

static void too_long(void **state)
{
    struct inf_packed_fit none = {0};

    (void)state;
    fit.aim.size_count = INF_PACKED_FIT;
    assert_int_equal(inf_fit_write(&fit, &none), -1);
    assert_null(none.bytes);
}

static void sizes_as_codes(void **state)
{
    (void)state;
    assert_int_equal(inf_fit_code(0), 0);
    assert_int_equal(inf_fit_code(NAN), 0);
    assert_int_equal(inf_fit_code(INFINITY), 255);
    assert_int_equal(inf_fit_code(1e-30F), 1);
    assert_true(inf_fit_size(0) == 0);
    assert_true(inf_fit_size(inf_fit_code(1)) == 1);
    for (float size = 1e-3F; size < 1e4F; size *= 1.01F)
        assert_true(fabsf(inf_fit_size(inf_fit_code(size)) / size - 1) < 0.045F);
    for (int code = 0; code < 256; code++)
        assert_int_equal(inf_fit_code(inf_fit_size((uint8_t)code)), code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_it_went_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cut_off_or_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_and_sealed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(made_for_something_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_long, set_up, tear_down),
        cmocka_unit_test(sizes_as_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
