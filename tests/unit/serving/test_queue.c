/* The bounded queue: admission is all or nothing, a client's order is first in first out, clients
 * take turns, who has most gives way, retries go first. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue_fixture.h"

static size_t ahead(const struct queue_fixture *f, uint64_t of, size_t n)
{
    struct inf_client who = queue_fixture_client(of);

    return inf_queue_ahead(&f->queue, &who, n);
}

static void expect_order(struct queue_fixture *f, size_t count, struct inf_job *const jobs[])
{
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(inf_queue_next(&f->queue), jobs[i]);
        assert_ptr_equal(inf_queue_pop(&f->queue), jobs[i]);
    }
    assert_null(inf_queue_next(&f->queue));
    assert_null(inf_queue_pop(&f->queue));
}

/* ---- admission ---- */

static void admits_all_or_nothing(void **state)
{
    struct queue_fixture f;
    struct inf_ticket *first = NULL, *second = NULL;

    (void)state;
    queue_fixture_start(&f, 3);
    assert_true(queue_fixture_has_room(&f, 3));
    assert_false(queue_fixture_has_room(&f, 4));
    assert_false(queue_fixture_has_room(&f, SIZE_MAX));
    first = queue_fixture_reserve(&f, 1, 2);
    f.count++;
    assert_false(queue_fixture_has_room(&f, 2));
    assert_false(queue_fixture_has_room(&f, SIZE_MAX));
    assert_int_equal(f.queue.reserved, 2);
    second = queue_fixture_reserve(&f, 1, 1);
    assert_false(queue_fixture_has_room(&f, 1));
    assert_true(queue_fixture_has_room(&f, 0));
    inf_queue_release(&f.queue, second, 1);
    inf_queue_release(&f.queue, first, 1);
    assert_true(queue_fixture_has_room(&f, 2));
    inf_queue_release(&f.queue, first, 1);
    queue_fixture_end(&f);
}

static void a_retry_goes_first_and_is_never_refused(void **state)
{
    struct queue_fixture f;
    struct inf_job *lost = NULL, *waiting = NULL;

    (void)state;
    queue_fixture_start(&f, 1);
    lost = queue_fixture_push(&f, 1);
    assert_ptr_equal(inf_queue_pop(&f.queue), lost);
    waiting = queue_fixture_push(&f, 2);
    inf_queue_return(&f.queue, lost);
    assert_int_equal(f.queue.size, 2);
    assert_false(queue_fixture_has_room(&f, 1));
    expect_order(&f, 2, (struct inf_job *[]){lost, waiting});
    queue_fixture_end(&f);
}

/* Whoever is none waits until no suspect is left, and would do so for ever in front of one. */
static void suspects_go_before_what_was_not_begun(void **state)
{
    struct queue_fixture f;
    struct inf_job *jobs[3];

    (void)state;
    queue_fixture_start(&f, 3);
    for (int i = 0; i < 3; i++)
        jobs[i] = queue_fixture_push(&f, 1);
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(inf_queue_pop(&f.queue), jobs[i]);
    jobs[1]->deaths = jobs[2]->deaths = 1;
    for (int i = 0; i < 3; i++)
        inf_queue_return(&f.queue, jobs[i]);
    expect_order(&f, 3, (struct inf_job *[]){jobs[1], jobs[2], jobs[0]});
    queue_fixture_end(&f);
}

static void a_retry_may_leave(void **state)
{
    struct queue_fixture f;
    struct inf_job *lost = NULL, *waiting = NULL;

    (void)state;
    queue_fixture_start(&f, 2);
    lost = queue_fixture_push(&f, 1);
    inf_queue_pop(&f.queue);
    waiting = queue_fixture_push(&f, 1);
    inf_queue_return(&f.queue, lost);
    inf_queue_remove(&f.queue, lost);
    expect_order(&f, 1, &waiting);
    queue_fixture_end(&f);
}

static void counts_what_is_ahead(void **state)
{
    struct queue_fixture f;

    (void)state;
    queue_fixture_start(&f, 20);
    assert_int_equal(ahead(&f, 1, 5), 0);
    for (int i = 0; i < 10; i++)
        queue_fixture_push(&f, 1);
    assert_int_equal(ahead(&f, 1, 1), 10); /* all its own */
    assert_int_equal(ahead(&f, 2, 1), 1);  /* one turn of the other */
    assert_int_equal(ahead(&f, 2, 4), 4);
    assert_int_equal(ahead(&f, 2, 10), 10);
    assert_int_equal(ahead(&f, 2, SIZE_MAX), 10); /* no more than there is */
    queue_fixture_push(&f, 2);
    assert_int_equal(ahead(&f, 2, 1), 3); /* its own, and two turns of the other */
    assert_int_equal(ahead(&f, 1, 1), 11);
    assert_int_equal(ahead(&f, 3, 2), 4);
    while (inf_queue_pop(&f.queue) != NULL)
        ;
    queue_fixture_end(&f);
}

/* ---- turns ---- */

static void one_client_is_first_in_first_out(void **state)
{
    struct queue_fixture f;
    struct inf_job *jobs[3];

    (void)state;
    queue_fixture_start(&f, 3);
    assert_null(inf_queue_pop(&f.queue));
    for (int i = 0; i < 3; i++)
        jobs[i] = queue_fixture_push(&f, 1);
    assert_int_equal(f.queue.size, 3);
    expect_order(&f, 3, jobs);
    queue_fixture_end(&f);
}

static void clients_take_turns(void **state)
{
    struct queue_fixture f;
    struct inf_job *a[3], *b[2], *c = NULL;

    (void)state;
    queue_fixture_start(&f, 10);
    for (int i = 0; i < 3; i++)
        a[i] = queue_fixture_push(&f, 1);
    for (int i = 0; i < 2; i++)
        b[i] = queue_fixture_push(&f, 2);
    c = queue_fixture_push(&f, 3);
    expect_order(&f, 6, (struct inf_job *[]){a[0], b[0], c, a[1], b[1], a[2]});
    queue_fixture_end(&f);
}

/* It waits for no turn of the one with the backlog. */
static void who_comes_now_takes_part_in_the_round(void **state)
{
    struct queue_fixture f;
    struct inf_job *heavy[3], *light = NULL;

    (void)state;
    queue_fixture_start(&f, 10);
    for (int i = 0; i < 3; i++)
        heavy[i] = queue_fixture_push(&f, 1);
    assert_ptr_equal(inf_queue_pop(&f.queue), heavy[0]);
    light = queue_fixture_push(&f, 2);
    expect_order(&f, 3, (struct inf_job *[]){light, heavy[1], heavy[2]});
    queue_fixture_end(&f);
}

/* Coming back at once does not make it new. */
static void one_turn_a_round(void **state)
{
    struct queue_fixture f;
    struct inf_job *heavy[3], *light[2];

    (void)state;
    queue_fixture_start(&f, 10);
    for (int i = 0; i < 3; i++)
        heavy[i] = queue_fixture_push(&f, 1);
    assert_ptr_equal(inf_queue_pop(&f.queue), heavy[0]);
    light[0] = queue_fixture_push(&f, 2);
    assert_ptr_equal(inf_queue_pop(&f.queue), light[0]);
    light[1] = queue_fixture_push(&f, 2);
    expect_order(&f, 3, (struct inf_job *[]){heavy[1], light[1], heavy[2]});
    queue_fixture_end(&f);
}

static void lets_a_job_leave_from_anywhere(void **state)
{
    (void)state;
    for (int leaver = 0; leaver < 3; leaver++) {
        struct queue_fixture f;
        struct inf_job *jobs[3];

        queue_fixture_start(&f, 3);
        for (int i = 0; i < 3; i++)
            jobs[i] = queue_fixture_push(&f, 1);
        inf_queue_remove(&f.queue, jobs[leaver]);
        for (int i = 0; i < 3; i++)
            if (i != leaver)
                assert_ptr_equal(inf_queue_pop(&f.queue), jobs[i]);
        queue_fixture_end(&f);
    }
}

static void a_client_may_leave_before_its_turn(void **state)
{
    struct queue_fixture f;
    struct inf_job *a = NULL, *b = NULL, *c = NULL;

    (void)state;
    queue_fixture_start(&f, 3);
    a = queue_fixture_push(&f, 1);
    b = queue_fixture_push(&f, 2);
    c = queue_fixture_push(&f, 3);
    inf_queue_remove(&f.queue, b);
    assert_int_equal(f.queue.lanes.count, 2);
    expect_order(&f, 2, (struct inf_job *[]){a, c});
    queue_fixture_end(&f);
}

/* Clients that come once are not remembered beyond the bound. */
static void lanes_are_bounded(void **state)
{
    struct queue_fixture f;

    (void)state;
    queue_fixture_start(&f, 4);
    queue_fixture_push(&f, 1);
    queue_fixture_push(&f, 1);
    inf_queue_pop(&f.queue);
    for (uint64_t of = 2; of < 40; of++) {
        queue_fixture_push(&f, of);
        assert_true(f.queue.lanes.count <= 8);
        inf_queue_pop(&f.queue);
    }
    while (inf_queue_pop(&f.queue) != NULL)
        ;
    queue_fixture_end(&f);
}

/* ---- giving way ---- */

static void one_client_may_have_everything(void **state)
{
    struct queue_fixture f;

    (void)state;
    queue_fixture_start(&f, 4);
    for (int i = 0; i < 4; i++)
        queue_fixture_push(&f, 1);
    assert_false(queue_fixture_has_room(&f, 1));
    assert_null(queue_fixture_victim(&f, 1, 1));
    while (inf_queue_pop(&f.queue) != NULL)
        ;
    queue_fixture_end(&f);
}

static void the_newest_of_who_has_most_gives_way(void **state)
{
    struct queue_fixture f;
    struct inf_job *jobs[8];

    (void)state;
    queue_fixture_start(&f, 8);
    for (int i = 0; i < 8; i++)
        jobs[i] = queue_fixture_push(&f, i < 6 ? 1 : 2);
    assert_ptr_equal(queue_fixture_victim(&f, 3, 1), jobs[5]->ticket);
    assert_ptr_equal(queue_fixture_victim(&f, 2, 1), jobs[5]->ticket);
    assert_null(queue_fixture_victim(&f, 1, 1)); /* it has more than its share */
    assert_null(queue_fixture_victim(&f, 2, 3)); /* it would have */
    inf_queue_remove(&f.queue, jobs[5]);
    assert_true(queue_fixture_has_room(&f, 1));
    assert_ptr_equal(queue_fixture_victim(&f, 3, 1), jobs[4]->ticket);
    while (inf_queue_pop(&f.queue) != NULL)
        ;
    queue_fixture_end(&f);
}

static void what_a_worker_has_begun_does_not_give_way(void **state)
{
    struct queue_fixture f;
    struct inf_ticket *ticket = NULL;

    (void)state;
    queue_fixture_start(&f, 4);
    ticket = queue_fixture_reserve(&f, 1, 4);
    for (int i = 0; i < 4; i++)
        queue_fixture_push_for(&f, ticket);
    assert_ptr_equal(queue_fixture_victim(&f, 2, 1), ticket);
    inf_queue_pop(&f.queue);
    assert_int_equal(ticket->waiting, 3);
    queue_fixture_push(&f, 3);
    assert_null(queue_fixture_victim(&f, 2, 1));
    while (inf_queue_pop(&f.queue) != NULL)
        ;
    queue_fixture_end(&f);
}

static void with_more_clients_than_places_each_may_have_one(void **state)
{
    struct queue_fixture f;

    (void)state;
    queue_fixture_start(&f, 3);
    for (uint64_t of = 1; of <= 3; of++)
        queue_fixture_push(&f, of);
    assert_null(queue_fixture_victim(&f, 4, 1));
    inf_queue_pop(&f.queue);
    assert_ptr_equal(queue_fixture_push(&f, 3), &f.jobs[3]);
    assert_ptr_equal(queue_fixture_victim(&f, 4, 1), f.jobs[3].ticket);
    while (inf_queue_pop(&f.queue) != NULL)
        ;
    queue_fixture_end(&f);
}

/* Documents whose tokens are not ready count as those in the queue do. */
static void a_reservation_may_give_way(void **state)
{
    struct queue_fixture f;
    struct inf_ticket *big = NULL;

    (void)state;
    queue_fixture_start(&f, 4);
    big = queue_fixture_reserve(&f, 1, 4);
    f.count++;
    assert_ptr_equal(queue_fixture_victim(&f, 2, 1), big);
    inf_queue_release(&f.queue, big, 4);
    assert_null(queue_fixture_victim(&f, 2, 1));
    queue_fixture_end(&f);
}

/* ---- company for the one whose turn it is ---- */

static void peeks_at_all_clients_alike(void **state)
{
    struct queue_fixture f;
    struct inf_job *a[3], *b[3], *seen[4];

    (void)state;
    queue_fixture_start(&f, 10);
    assert_int_equal(inf_queue_peek(&f.queue, 4, seen), 0);
    for (int i = 0; i < 3; i++) {
        a[i] = queue_fixture_push(&f, 1);
        b[i] = queue_fixture_push(&f, 2);
    }
    assert_int_equal(inf_queue_peek(&f.queue, 4, seen), 4);
    assert_ptr_equal(seen[0], a[0]);
    assert_ptr_equal(seen[3], b[0]);
    assert_int_equal(f.queue.size, 6);
    expect_order(&f, 6, (struct inf_job *[]){a[0], b[0], a[1], b[1], a[2], b[2]});
    queue_fixture_end(&f);
}

static void what_is_taken_was_a_turn(void **state)
{
    struct queue_fixture f;
    struct inf_job *a[2], *b[2];

    (void)state;
    queue_fixture_start(&f, 10);
    for (int i = 0; i < 2; i++) {
        a[i] = queue_fixture_push(&f, 1);
        b[i] = queue_fixture_push(&f, 2);
    }
    inf_queue_take(&f.queue, b[1]); /* goes with something of another client */
    assert_int_equal(f.queue.size, 3);
    assert_ptr_equal(queue_fixture_victim(&f, 1, 1), NULL);
    expect_order(&f, 3, (struct inf_job *[]){a[0], b[0], a[1]});
    queue_fixture_end(&f);
}

static void what_came_back_is_not_company(void **state)
{
    struct queue_fixture f;
    struct inf_job *job = NULL, *seen[4];

    (void)state;
    queue_fixture_start(&f, 10);
    job = queue_fixture_push(&f, 1);
    assert_ptr_equal(inf_queue_pop(&f.queue), job);
    inf_queue_return(&f.queue, job);
    assert_int_equal(inf_queue_peek(&f.queue, 4, seen), 0);
    assert_ptr_equal(inf_queue_pop(&f.queue), job);
    queue_fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(admits_all_or_nothing),
        cmocka_unit_test(a_retry_goes_first_and_is_never_refused),
        cmocka_unit_test(suspects_go_before_what_was_not_begun),
        cmocka_unit_test(a_retry_may_leave),
        cmocka_unit_test(counts_what_is_ahead),
        cmocka_unit_test(one_client_is_first_in_first_out),
        cmocka_unit_test(clients_take_turns),
        cmocka_unit_test(who_comes_now_takes_part_in_the_round),
        cmocka_unit_test(one_turn_a_round),
        cmocka_unit_test(lets_a_job_leave_from_anywhere),
        cmocka_unit_test(a_client_may_leave_before_its_turn),
        cmocka_unit_test(lanes_are_bounded),
        cmocka_unit_test(one_client_may_have_everything),
        cmocka_unit_test(the_newest_of_who_has_most_gives_way),
        cmocka_unit_test(what_a_worker_has_begun_does_not_give_way),
        cmocka_unit_test(with_more_clients_than_places_each_may_have_one),
        cmocka_unit_test(a_reservation_may_give_way),
        cmocka_unit_test(peeks_at_all_clients_alike),
        cmocka_unit_test(what_is_taken_was_a_turn),
        cmocka_unit_test(what_came_back_is_not_company),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
