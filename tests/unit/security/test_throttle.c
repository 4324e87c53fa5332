/* How often a client may guess. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "throttle.h"

static struct inf_throttle throttle;
static int wait_s;

static struct inf_client client(uint64_t id)
{
    return (struct inf_client){.id = id, .kind = 4};
}

static bool take(uint64_t id, uint64_t now_ms)
{
    struct inf_client one = client(id);

    return inf_throttle_take(&throttle, &one, now_ms, &wait_s);
}

static int set_up(void **state)
{
    (void)state;
    throttle = (struct inf_throttle){.burst = 3};
    return 0;
}

static void a_purse_of_tries(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(take(1, 1000));
    assert_false(take(1, 1000));
    assert_int_equal(wait_s, 21);
    assert_false(take(1, 20000));
    assert_true(take(1, 21001));
    assert_false(take(1, 21002));
}

static void full_again_after_a_minute_and_no_fuller(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(take(1, 1));
    for (int i = 0; i < 3; i++)
        assert_true(take(1, 10000000));
    assert_false(take(1, 10000000));
}

static void others_are_not_affected(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        (void)take(1, 1000);
    assert_true(take(2, 1000));
}

static void given_back(void **state)
{
    struct inf_client one = client(1), stranger = client(7);

    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_true(take(1, 1000));
        inf_throttle_give_back(&throttle, &one);
    }
    inf_throttle_give_back(&throttle, &one);
    inf_throttle_give_back(&throttle, &stranger);
    for (int i = 0; i < 3; i++)
        assert_true(take(1, 1000));
    assert_false(take(1, 1000));
}

static void no_limit(void **state)
{
    (void)state;
    throttle.burst = 0;
    for (int i = 0; i < 1000; i++)
        assert_true(take(1, 1000));
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        (void)take(1, 1000);
    for (uint64_t id = 2; id < 2 + INF_THROTTLE_SLOTS - 1; id++)
        assert_true(take(id, 1001 + id));
    assert_false(take(1, 1000)); /* still there */
    assert_true(take(100000, 2000));
    assert_true(take(1, 1000)); /* forgotten: a new purse */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_purse_of_tries, set_up),
        cmocka_unit_test_setup(full_again_after_a_minute_and_no_fuller, set_up),
        cmocka_unit_test_setup(others_are_not_affected, set_up),
        cmocka_unit_test_setup(given_back, set_up),
        cmocka_unit_test_setup(no_limit, set_up),
        cmocka_unit_test_setup(the_oldest_makes_room, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
