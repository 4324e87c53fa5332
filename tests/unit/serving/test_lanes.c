/* Clients found again, and the one with most. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lanes.h"

enum { MANY = 1000 };

static struct inf_client client(uint64_t id)
{
    return (struct inf_client){.id = id, .kind = 1};
}

static struct inf_lane *get(struct inf_lanes *lanes, uint64_t id)
{
    struct inf_client who = client(id);

    return inf_lanes_get(lanes, &who);
}

static const struct inf_lane *find(const struct inf_lanes *lanes, uint64_t id)
{
    struct inf_client who = client(id);

    return inf_lanes_find(lanes, &who);
}

static void every_client_has_one_lane(void **state)
{
    struct inf_lanes lanes;

    (void)state;
    inf_lanes_init(&lanes);
    assert_null(find(&lanes, 1));
    assert_null(inf_lanes_fullest(&lanes));
    for (uint64_t id = 0; id < MANY; id++)
        assert_ptr_equal(get(&lanes, id), get(&lanes, id));
    assert_int_equal(lanes.count, MANY);
    for (uint64_t id = 0; id < MANY; id++)
        assert_ptr_equal(find(&lanes, id), get(&lanes, id));
    for (uint64_t id = 0; id < MANY; id += 2)
        inf_lanes_remove(&lanes, get(&lanes, id));
    for (uint64_t id = 0; id < MANY; id++)
        assert_int_equal(find(&lanes, id) != NULL, id % 2);
    inf_lanes_fini(&lanes);
}

static void kinds_of_clients_do_not_mix(void **state)
{
    struct inf_lanes lanes;
    struct inf_client address = {7, 1}, other = {7, 2};

    (void)state;
    inf_lanes_init(&lanes);
    assert_ptr_not_equal(inf_lanes_get(&lanes, &address), inf_lanes_get(&lanes, &other));
    inf_lanes_fini(&lanes);
}

static void counts_clients_of_which_something_waits(void **state)
{
    struct inf_lanes lanes;

    (void)state;
    inf_lanes_init(&lanes);
    inf_lanes_add(&lanes, get(&lanes, 1), 2);
    inf_lanes_add(&lanes, get(&lanes, 1), 1);
    get(&lanes, 2);
    assert_int_equal(lanes.clients, 1);
    inf_lanes_subtract(&lanes, get(&lanes, 1), 2);
    assert_int_equal(lanes.clients, 1);
    inf_lanes_subtract(&lanes, get(&lanes, 1), 0);
    inf_lanes_subtract(&lanes, get(&lanes, 1), 1);
    inf_lanes_subtract(&lanes, get(&lanes, 1), 0);
    assert_int_equal(lanes.clients, 0);
    inf_lanes_fini(&lanes);
}

/* Against a look at all of them, after each of many changes. */
static void knows_the_fullest(void **state)
{
    struct inf_lanes lanes;
    uint64_t random = 42;

    (void)state;
    inf_lanes_init(&lanes);
    for (int step = 0; step < 20000; step++) {
        struct inf_lane *lane = NULL;
        size_t most = 0;

        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        lane = get(&lanes, (random >> 33) % 37);
        if ((random >> 60) % 2 == 0)
            inf_lanes_add(&lanes, lane, 1 + (random >> 40) % 9);
        else
            inf_lanes_subtract(&lanes, lane, lane->waiting - lane->waiting / 3);
        if (lane->waiting == 0)
            inf_lanes_remove(&lanes, lane);
        for (size_t i = 0; i < lanes.count; i++) {
            assert_int_equal(lanes.heap[i]->place, i);
            most = lanes.heap[i]->waiting > most ? lanes.heap[i]->waiting : most;
        }
        lane = inf_lanes_fullest(&lanes);
        assert_int_equal(lane != NULL ? lane->waiting : 0, most);
    }
    inf_lanes_fini(&lanes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_client_has_one_lane),
        cmocka_unit_test(kinds_of_clients_do_not_mix),
        cmocka_unit_test(counts_clients_of_which_something_waits),
        cmocka_unit_test(knows_the_fullest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
