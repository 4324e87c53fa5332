/* Fingerprints: of other bytes, or in another order, they are others. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { LENGTH = 100 }; /* three whole blocks, and some */

static void test_every_bit_counts(void **state)
{
    unsigned char bytes[LENGTH] = {0};
    const uint64_t whole = inf_fingerprint(0, bytes, LENGTH);

    (void)state;
    for (size_t i = 0; i < LENGTH; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] = (unsigned char)(1 << bit);
            assert_int_not_equal(inf_fingerprint(0, bytes, LENGTH), whole);
            bytes[i] = 0;
        }
    assert_int_equal(inf_fingerprint(0, bytes, LENGTH), whole);
}

/* Zeros, too. */
static void test_lengths_differ(void **state)
{
    const unsigned char bytes[LENGTH] = {0};
    uint64_t seen[LENGTH];

    (void)state;
    for (size_t i = 0; i < LENGTH; i++) {
        seen[i] = inf_fingerprint(0, bytes, i);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(seen[i], seen[j]);
    }
}

static void test_what_was_before_counts(void **state)
{
    const char a[] = "one", b[] = "two";
    uint64_t ab = inf_fingerprint(inf_fingerprint(0, a, 3), b, 3);

    (void)state;
    assert_int_not_equal(ab, inf_fingerprint(inf_fingerprint(0, b, 3), a, 3));
    assert_int_not_equal(ab, inf_fingerprint(0, b, 3));
    assert_int_equal(ab, inf_fingerprint(inf_fingerprint(0, a, 3), b, 3));
}

/* Blocks that change places, and lanes that do. */
static void test_order_counts(void **state)
{
    unsigned char one[64] = {0}, other[64] = {0};

    (void)state;
    one[0] = other[32] = 7;
    assert_int_not_equal(inf_fingerprint(0, one, 64), inf_fingerprint(0, other, 64));
    other[32] = 0;
    other[8] = 7;
    assert_int_not_equal(inf_fingerprint(0, one, 64), inf_fingerprint(0, other, 64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_lengths_differ),
        cmocka_unit_test(test_what_was_before_counts),
        cmocka_unit_test(test_order_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
