/* The hash tells pieces, lengths and seeds apart. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hash.h"
#include <string.h>

static void depends_on_every_byte_and_the_length(void **state)
{
    char text[40] = {0};
    uint64_t plain = inf_hash(1, text, sizeof text);

    (void)state;
    assert_true(inf_hash(1, text, sizeof text) == plain);
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = 1;
        assert_true(inf_hash(1, text, sizeof text) != plain);
        text[i] = 0;
        assert_true(inf_hash(1, text, i) != plain);
    }
}

static void depends_on_the_seed(void **state)
{
    (void)state;
    assert_true(inf_hash(1, "text", 4) != inf_hash(2, "text", 4));
    assert_true(inf_hash_seed() != inf_hash_seed());
}

static void spreads_over_the_low_bits(void **state)
{
    int chains[64] = {0};

    (void)state;
    for (uint32_t i = 0; i < 6400; i++)
        chains[inf_hash(7, &i, sizeof i) & 63]++;
    for (size_t i = 0; i < 64; i++)
        assert_in_range(chains[i], 50, 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(depends_on_every_byte_and_the_length),
                                       cmocka_unit_test(depends_on_the_seed),
                                       cmocka_unit_test(spreads_over_the_low_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
