/* How long the queue takes, as measured. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drain.h"

static void nothing_is_known_at_first(void **state)
{
    struct inf_drain drain = {0};

    (void)state;
    assert_true(inf_drain_ms(&drain, 1000, 1) == 0);
    inf_drain_add(&drain, 20);
    assert_true(inf_drain_ms(&drain, 1000, 0) == 0);
}

static void documents_share_the_allocations(void **state)
{
    struct inf_drain drain = {0};

    (void)state;
    inf_drain_add(&drain, 20);
    assert_true(inf_drain_ms(&drain, 100, 1) == 2000);
    assert_true(inf_drain_ms(&drain, 100, 4) == 500);
    assert_true(inf_drain_ms(&drain, 0, 4) == 0);
}

static void follows_the_traffic(void **state)
{
    struct inf_drain drain = {0};

    (void)state;
    for (int i = 0; i < 10; i++)
        inf_drain_add(&drain, 10);
    for (int i = 0; i < 200; i++)
        inf_drain_add(&drain, 100);
    assert_true(inf_drain_ms(&drain, 1, 1) > 90);
    for (int i = 0; i < 200; i++)
        inf_drain_add(&drain, 10);
    assert_true(inf_drain_ms(&drain, 1, 1) < 11);
}

static void one_hiccup_says_little(void **state)
{
    struct inf_drain drain = {0};

    (void)state;
    for (int i = 0; i < 100; i++)
        inf_drain_add(&drain, 10);
    inf_drain_add(&drain, 60000);
    assert_true(inf_drain_ms(&drain, 1, 1) < 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_at_first),
        cmocka_unit_test(documents_share_the_allocations),
        cmocka_unit_test(follows_the_traffic),
        cmocka_unit_test(one_hiccup_says_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
