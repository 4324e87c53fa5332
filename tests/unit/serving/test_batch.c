/* Which jobs go together: the nearest in length, as many as pay, fit and are one's share. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deployment.h"
#include "inferd/config.h"
#include "inferd/wall_clock.h"
#include <string.h>

enum { MOST = 64, ALLOCATIONS = 2 };

/* A deployment of which only what choosing reads is there. */
struct scene {
    struct inf_config *config;
    struct inf_manager manager;
    struct inf_worker worker;
    struct inf_deployment deployment;
    struct inf_allocation allocations[ALLOCATIONS];
    struct inf_ticket tickets[MOST];
    struct inf_job jobs[MOST];
    size_t count;
    struct inf_job *chosen[INF_FRAME_TOGETHER];
};

/* A forward takes 5 ms and 0.2 ms a token; one allocation is idle. */
static void start(struct scene *s)
{
    memset(s, 0, sizeof *s);
    s->config = inf_config_new();
    s->manager.config = s->config;
    s->deployment.manager = &s->manager;
    s->deployment.worker = &s->worker;
    s->deployment.allocations = &s->allocations[0];
    s->allocations[0].phase = INF_ALLOCATION_IDLE;
    s->allocations[0].next = &s->allocations[1];
    s->allocations[1].phase = INF_ALLOCATION_BUSY;
    s->deployment.batching.state = INF_BATCHING_ON;
    s->deployment.batching.most = INF_FRAME_TOGETHER;
    for (size_t tokens = 1; tokens <= 1024; tokens *= 2)
        inf_cost_add(&s->deployment.batching.cost, tokens, 5 + 0.2 * (double)tokens);
    inf_quarantine_init(&s->worker.quarantine, 1);
    inf_queue_init(&s->deployment.queue, MOST);
}

static void end(struct scene *s)
{
    while (inf_queue_pop(&s->deployment.queue) != NULL)
        continue;
    inf_queue_fini(&s->deployment.queue);
    inf_config_free(s->config);
}

static struct inf_job *push(struct scene *s, int cols)
{
    const struct inf_client client = {.id = 1, .kind = 1};
    struct inf_job *job = &s->jobs[s->count];
    struct inf_ticket *ticket = &s->tickets[s->count++];

    job->encoding = (struct inf_encoding){.tensors = 2, .rows = 1, .cols = cols};
    inf_queue_reserve(&s->deployment.queue, &client, ticket, 1);
    inf_queue_push(&s->deployment.queue, ticket, job);
    return job;
}

static void push_many(struct scene *s, int cols, size_t count)
{
    for (size_t i = 0; i < count; i++)
        push(s, cols);
}

static size_t choose(struct scene *s)
{
    return inf_batch_choose(&s->deployment, inf_queue_next(&s->deployment.queue), s->chosen);
}

static void set(struct scene *s, const char *assignment)
{
    struct inf_error err;

    assert_int_equal(inf_config_override(s->config, assignment, &err), 0);
}

static void the_head_is_first_and_the_nearest_follow(void **state)
{
    struct scene s;
    struct inf_job *head, *far, *same, *near;

    (void)state;
    start(&s);
    head = push(&s, 16);
    far = push(&s, 12);
    same = push(&s, 16);
    near = push(&s, 15);
    assert_int_equal(choose(&s), 4);
    assert_ptr_equal(s.chosen[0], head);
    assert_ptr_equal(s.chosen[1], same);
    assert_ptr_equal(s.chosen[2], near);
    assert_ptr_equal(s.chosen[3], far);
    assert_int_equal(s.deployment.queue.size, 4); /* chosen, not taken */
    end(&s);
}

static void what_does_not_pay_stays(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    push(&s, 200);
    push(&s, 8); /* padding it would cost more than computing it */
    push(&s, 8);
    assert_int_equal(choose(&s), 1);
    end(&s);
}

static void no_more_tokens_than_the_setting(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    push_many(&s, 10, 20);
    set(&s, "engine.batch_tokens=49");
    assert_int_equal(choose(&s), 4);
    set(&s, "engine.batch_tokens=0");
    assert_int_equal(choose(&s), 1);
    end(&s);
}

static void no_more_than_a_frame_may_have(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    push_many(&s, 3, MOST);
    assert_int_equal(choose(&s), INF_FRAME_TOGETHER);
    end(&s);
}

static size_t rows_of(struct scene *s, int rows, int cols)
{
    struct inf_job *job = push(s, cols);

    job->encoding.rows = rows;
    return inf_batch_rows(&s->deployment, job);
}

static void rows_of_one_go_together(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    assert_int_equal(rows_of(&s, 1, 10), 1);
    assert_int_equal(rows_of(&s, 7, 10), 7);
    assert_int_equal(rows_of(&s, 100, 10), 25); /* of 256 tokens */
    assert_int_equal(rows_of(&s, 100, 4), INF_FRAME_TOGETHER);
    assert_int_equal(rows_of(&s, 100, 200), 1);
    s.deployment.batching.most = 0; /* nothing was seen yet */
    assert_int_equal(rows_of(&s, 100, 4), 2 * INF_BATCHING_FIRST);
    s.deployment.batching.state = INF_BATCHING_OFF;
    assert_int_equal(rows_of(&s, 7, 10), 1);
    end(&s);
}

static void a_suspect_goes_row_by_row(void **state)
{
    struct scene s;
    struct inf_job *job = NULL;

    (void)state;
    start(&s);
    job = push(&s, 10);
    job->encoding.rows = 7;
    job->deaths = 1;
    assert_int_equal(inf_batch_rows(&s.deployment, job), 1);
    end(&s);
}

/* 10 texts of 10 tokens take some 25 ms, 11 take 27. */
static void no_longer_than_a_part_of_the_time_out(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    push_many(&s, 10, 20);
    set(&s, "engine.forward_timeout=104ms");
    assert_int_equal(choose(&s), 10);
    end(&s);
}

static void batches_grow(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    push_many(&s, 3, MOST);
    s.deployment.batching.most = 0;
    assert_int_equal(choose(&s), 8);
    s.deployment.batching.most = 8;
    assert_int_equal(choose(&s), 16);
    end(&s);
}

static void other_idle_allocations_have_their_share(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    push_many(&s, 10, 7);
    s.allocations[1].phase = INF_ALLOCATION_IDLE;
    assert_int_equal(choose(&s), 4);
    end(&s);
}

static void suspects_and_documents_of_several_rows_go_alone(void **state)
{
    struct scene s;
    struct inf_job *job;

    (void)state;
    start(&s);
    job = push(&s, 10);
    push(&s, 10)->deaths = 1;
    push(&s, 10)->encoding.rows = 2;
    assert_int_equal(choose(&s), 1);
    push(&s, 10);
    assert_int_equal(choose(&s), 2);
    job->deaths = 1;
    assert_int_equal(choose(&s), 1);
    job->deaths = 0;
    job->encoding.rows = 3;
    assert_int_equal(choose(&s), 1);
    end(&s);
}

static void an_input_that_is_known_goes_alone(void **state)
{
    const struct inf_death death = {.how = "it died", .explained = true};
    int32_t ids[2][20] = {{7}, {8}};
    struct scene s;
    struct inf_job *bad;

    (void)state;
    start(&s);
    push(&s, 10)->encoding.data = ids[0];
    bad = push(&s, 10);
    bad->encoding.data = ids[1];
    assert_int_equal(choose(&s), 2);
    inf_quarantine_died(&s.worker.quarantine, &bad->encoding, &death, inf_wall_ms());
    assert_int_equal(choose(&s), 1);
    end(&s);
}

static void only_where_the_trial_said_so(void **state)
{
    struct scene s;

    (void)state;
    start(&s);
    push_many(&s, 10, 4);
    s.deployment.batching.state = INF_BATCHING_OFF;
    assert_int_equal(choose(&s), 1);
    s.deployment.batching.state = INF_BATCHING_TRYING;
    assert_int_equal(choose(&s), 1);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_is_first_and_the_nearest_follow),
        cmocka_unit_test(what_does_not_pay_stays),
        cmocka_unit_test(no_more_tokens_than_the_setting),
        cmocka_unit_test(no_more_than_a_frame_may_have),
        cmocka_unit_test(rows_of_one_go_together),
        cmocka_unit_test(a_suspect_goes_row_by_row),
        cmocka_unit_test(no_longer_than_a_part_of_the_time_out),
        cmocka_unit_test(batches_grow),
        cmocka_unit_test(other_idle_allocations_have_their_share),
        cmocka_unit_test(suspects_and_documents_of_several_rows_go_alone),
        cmocka_unit_test(an_input_that_is_known_goes_alone),
        cmocka_unit_test(only_where_the_trial_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
