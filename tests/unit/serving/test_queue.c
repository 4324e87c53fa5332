/* The bounded queue: admission is all or nothing, order is first in first out, retries go first. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job.h"
#include "queue.h"

static void admits_all_or_nothing(void **state)
{
    struct inf_queue queue;

    (void)state;
    inf_queue_init(&queue, 3);
    assert_true(inf_queue_reserve(&queue, 2));
    assert_false(inf_queue_reserve(&queue, 2));
    assert_int_equal(queue.reserved, 2);
    assert_true(inf_queue_reserve(&queue, 1));
    assert_false(inf_queue_reserve(&queue, 1));
    inf_queue_release(&queue, 3);
    assert_true(inf_queue_reserve(&queue, 3));
    assert_false(inf_queue_reserve(&queue, SIZE_MAX));
}

static void is_first_in_first_out(void **state)
{
    struct inf_queue queue;
    struct inf_job jobs[3] = {{.id = 1}, {.id = 2}, {.id = 3}};

    (void)state;
    inf_queue_init(&queue, 3);
    assert_null(inf_queue_pop(&queue));
    assert_true(inf_queue_reserve(&queue, 3));
    for (int i = 0; i < 3; i++)
        inf_queue_push(&queue, &jobs[i]);
    assert_int_equal(queue.reserved, 0);
    assert_int_equal(queue.size, 3);
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(inf_queue_pop(&queue), &jobs[i]);
    assert_null(queue.head);
    assert_null(queue.tail);
}

static void a_retry_goes_first_and_is_never_refused(void **state)
{
    struct inf_queue queue;
    struct inf_job waiting = {.id = 1}, retried = {.id = 2};

    (void)state;
    inf_queue_init(&queue, 1);
    assert_true(inf_queue_reserve(&queue, 1));
    inf_queue_push(&queue, &waiting);
    inf_queue_push_front(&queue, &retried);
    assert_int_equal(queue.size, 2);
    assert_false(inf_queue_reserve(&queue, 1));
    assert_ptr_equal(inf_queue_pop(&queue), &retried);
    assert_ptr_equal(inf_queue_pop(&queue), &waiting);
}

static void lets_a_job_leave_from_anywhere(void **state)
{
    for (int leaver = 0; leaver < 3; leaver++) {
        struct inf_queue queue;
        struct inf_job jobs[3] = {{.id = 1}, {.id = 2}, {.id = 3}};

        inf_queue_init(&queue, 3);
        assert_true(inf_queue_reserve(&queue, 3));
        for (int i = 0; i < 3; i++)
            inf_queue_push(&queue, &jobs[i]);
        inf_queue_remove(&queue, &jobs[leaver]);
        for (int i = 0; i < 3; i++)
            if (i != leaver)
                assert_ptr_equal(inf_queue_pop(&queue), &jobs[i]);
        assert_int_equal(queue.size, 0);
        assert_null(queue.tail);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(admits_all_or_nothing),
        cmocka_unit_test(is_first_in_first_out),
        cmocka_unit_test(a_retry_goes_first_and_is_never_refused),
        cmocka_unit_test(lets_a_job_leave_from_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
