/* What forwards take by their size, and whether company pays. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cost.h"
#include <math.h>

/* A fixed cost and one a token: 5 ms and 0.2 ms. */
static struct inf_cost typical(void)
{
    struct inf_cost cost = {0};

    for (size_t tokens = 1; tokens <= 1024; tokens *= 2)
        inf_cost_add(&cost, tokens, 5 + 0.2 * (double)tokens);
    return cost;
}

static bool is_near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

static void nothing_is_known_at_first(void **state)
{
    struct inf_cost cost = {0};

    (void)state;
    assert_true(inf_cost_ms(&cost, 16) == 0);
    assert_false(inf_cost_pays(&cost, 16, 32, 16));
}

static void one_size_says_that_company_gains_nothing(void **state)
{
    struct inf_cost cost = {0};

    (void)state;
    inf_cost_add(&cost, 16, 8);
    assert_true(is_near(inf_cost_ms(&cost, 16), 8));
    assert_true(is_near(inf_cost_ms(&cost, 32), 16));
    assert_true(is_near(inf_cost_ms(&cost, 3), 8)); /* what is fixed may be all of it */
    assert_false(inf_cost_pays(&cost, 16, 32, 16));
}

static void sizes_between_are_between(void **state)
{
    struct inf_cost cost = typical();
    double each = inf_cost_ms(&cost, 24) / 24;

    (void)state;
    assert_true(each < inf_cost_ms(&cost, 16) / 16 && each > inf_cost_ms(&cost, 32) / 32);
    assert_true(is_near(inf_cost_ms(&cost, 16), 5 + 0.2 * 16));
    assert_true(is_near(inf_cost_ms(&cost, 2048), 2 * (5 + 0.2 * 1024))); /* beyond what was seen */
}

/* A size that is no power of two is taken for what it is. */
static void sizes_are_those_that_were_seen(void **state)
{
    struct inf_cost cost = {0};

    (void)state;
    inf_cost_add(&cost, 22, 50);
    assert_true(is_near(inf_cost_ms(&cost, 22), 50));
    assert_true(is_near(inf_cost_ms(&cost, 3), 50));
    assert_true(is_near(inf_cost_ms(&cost, 44), 100));
    inf_cost_add(&cost, 90, 90);
    assert_true(is_near(inf_cost_ms(&cost, 22), 50));
    assert_true(is_near(inf_cost_ms(&cost, 90), 90));
}

static void short_texts_go_together(void **state)
{
    struct inf_cost cost = typical();

    (void)state;
    assert_true(inf_cost_pays(&cost, 16, 32, 16));
    assert_true(inf_cost_pays(&cost, 240, 256, 16));
    assert_true(inf_cost_pays(&cost, 80, 100, 16));
}

static void padding_is_paid_for(void **state)
{
    struct inf_cost cost = typical();

    (void)state;
    assert_false(inf_cost_pays(&cost, 256, 512, 16));         /* the long one first */
    assert_false(inf_cost_pays(&cost, 8 * 16, 9 * 256, 256)); /* the short ones first */
}

static void follows_what_is_seen(void **state)
{
    struct inf_cost cost = typical();

    (void)state;
    for (int i = 0; i < 200; i++)
        inf_cost_add(&cost, 32, 1000);
    assert_true(inf_cost_ms(&cost, 32) > 900);
    assert_false(inf_cost_pays(&cost, 16, 32, 16));
}

static void one_pause_says_little(void **state)
{
    struct inf_cost cost = typical();

    (void)state;
    inf_cost_add(&cost, 32, 60000);
    assert_true(inf_cost_ms(&cost, 32) < 1.2 * (5 + 0.2 * 32));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_at_first),
        cmocka_unit_test(one_size_says_that_company_gains_nothing),
        cmocka_unit_test(sizes_between_are_between),
        cmocka_unit_test(sizes_are_those_that_were_seen),
        cmocka_unit_test(short_texts_go_together),
        cmocka_unit_test(padding_is_paid_for),
        cmocka_unit_test(follows_what_is_seen),
        cmocka_unit_test(one_pause_says_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
