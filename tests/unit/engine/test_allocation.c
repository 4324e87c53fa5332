/* Allocation threads of a real worker process, spoken to through their channels. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_engine_fixture.h"
#include <dirent.h>

static void test_values(void **state)
{
    const int32_t ids[] = {5, 11, 300};
    struct received received = {0};
    struct inf_frame_result result;
    struct worker worker;
    int channel = -1;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL "dim 4\n");
    channel = allocate(&worker, 1, 0);
    send_ids(channel, 77, ids, 3);
    result = expect_result(channel, &received, 77);
    assert_int_equal(result.dtype, 1);
    assert_int_equal(result.rank, 2);
    assert_int_equal(result.shape[0], 1);
    assert_int_equal(result.shape[1], 4);
    for (unsigned i = 0; i < 4; i++) {
        float value = 0;
        memcpy(&value, (char *)received.payload + sizeof result + i * sizeof value, sizeof value);
        assert_true(value == fake_value(5 + 2 * 11 + 3 * 300, i));
    }
    free_received(&received);
    close(channel);
    assert_int_equal(end_worker(&worker), 0);
}

/* Two rows of two tensors; the second tensor is the mask. */
static void test_rows_and_tensors(void **state)
{
    const int32_t data[] = {7, 9, /* */ 4, 8, /* masks */ 1, 1, /* */ 1, 0};
    struct received received = {0};
    struct inf_frame_result result;
    struct worker worker;
    double values[2];
    int channel = -1;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL "dtype float64\n");
    channel = allocate(&worker, 1, 0);
    send_infer(channel, 1, data, 2, 2, 2);
    result = expect_result(channel, &received, 1);
    assert_int_equal(result.dtype, 2);
    assert_int_equal(result.shape[0], 2);
    assert_int_equal(result.shape[1], 1);
    memcpy(values, (char *)received.payload + sizeof result, sizeof values);
    assert_true(values[0] == (7 + 2 * 9) / 1009.0);
    assert_true(values[1] == 4 / 1009.0);
    free_received(&received);
    close(channel);
    assert_int_equal(end_worker(&worker), 0);
}

static void test_error_is_an_answer(void **state)
{
    const int32_t bad = 665, good = 1;
    char text[INF_FRAME_REASON + 1];
    struct received received = {0};
    struct worker worker;
    int channel = -1;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL "throw_on_id 665\n");
    channel = allocate(&worker, 1, 0);
    send_ids(channel, 1, &bad, 1);
    expect_error(channel, 1, text);
    assert_string_equal(text, "the model was told to fail on this id");
    send_ids(channel, 2, &good, 1);
    expect_result(channel, &received, 2);
    free_received(&received);
    close(channel);
    assert_int_equal(end_worker(&worker), 0);
}

/* One allocation hangs for good, and the other answers: they cannot be one thread. */
static void test_allocations_are_parallel(void **state)
{
    const int32_t hang = 667, good = 1;
    struct received received = {0};
    struct worker worker;
    int stuck = -1, free_one = -1;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL "hang_on_id 667\n");
    stuck = allocate(&worker, 1, 0);
    free_one = allocate(&worker, 1, 0);
    send_ids(stuck, 1, &hang, 1);
    for (uint64_t job = 1; job <= 20; job++) {
        send_ids(free_one, job, &good, 1);
        expect_result(free_one, &received, job);
    }
    free_received(&received);
    close(stuck);
    close(free_one);
    assert_int_equal(end_worker(&worker), 0); /* the control channel is not stuck either */
}

static bool has_one_thread(void *pid)
{
    return status_field(*(pid_t *)pid, "Threads", 10) == 1;
}

static void test_end_of_file_ends_the_thread(void **state)
{
    const int32_t good = 1;
    struct received received = {0};
    struct worker worker;
    int channels[3];

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    for (int i = 0; i < 3; i++) {
        channels[i] = allocate(&worker, 1, 0);
        send_ids(channels[i], 1, &good, 1);
        expect_result(channels[i], &received, 1);
    }
    assert_true(status_field(worker.pid, "Threads", 10) >= 4);
    for (int i = 0; i < 3; i++)
        close(channels[i]);
#ifndef INFERD_SANITIZED /* whose runtime has a thread of its own */
    assert_true(comes_true(has_one_thread, &worker.pid));
#else
    (void)has_one_thread;
#endif
    free_received(&received);
    assert_int_equal(end_worker(&worker), 0);
}

/* The nice values of the process's threads: how many have this one. */
static int threads_with_nice(pid_t pid, long nice)
{
    char path[300], line[512];
    struct dirent *entry = NULL;
    int count = 0;
    DIR *tasks = NULL;

    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    tasks = opendir(path);
    assert_non_null(tasks);
    while ((entry = readdir(tasks)) != NULL) {
        FILE *file = NULL;
        const char *field = NULL;
        snprintf(path, sizeof path, "/proc/%d/task/%.16s/stat", (int)pid, entry->d_name);
        file = entry->d_name[0] == '.' ? NULL : fopen(path, "re");
        if (file == NULL)
            continue;
        assert_non_null(fgets(line, sizeof line, file));
        fclose(file);
        field = strrchr(line, ')'); /* of field 2; the nice value is 19 */
        for (int i = 2; i < 19 && field != NULL; i++)
            field = strchr(field + 1, ' ');
        assert_non_null(field);
        count += strtol(field, NULL, 10) == nice;
    }
    closedir(tasks);
    return count;
}

static void test_nice_is_the_threads_own(void **state)
{
    const int32_t good = 1;
    struct received received = {0};
    struct worker worker;
    int low = -1, normal = -1;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    low = allocate(&worker, 1, 15);
    normal = allocate(&worker, 1, 0);
    send_ids(low, 1, &good, 1);
    expect_result(low, &received, 1);
    send_ids(normal, 1, &good, 1);
    expect_result(normal, &received, 1);
    assert_int_equal(threads_with_nice(worker.pid, 15), 1);
    assert_true(threads_with_nice(worker.pid, 0) >= 2);
    free_received(&received);
    close(low);
    close(normal);
    assert_int_equal(end_worker(&worker), 0);
}

/* What cannot be served closes that one channel; the worker and the others go on. */
static void test_refusals_close_the_channel(void **state)
{
    const struct inf_frame_allocate ill[] = {{0, 0}, {100000, 0}, {1, -1}, {1, 20}};
    const int32_t good = 1;
    struct received received = {0};
    struct worker worker;
    int channel = -1;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    for (size_t i = 0; i < sizeof ill / sizeof ill[0]; i++) {
        channel = allocate(&worker, ill[i].threads, ill[i].nice);
        assert_true(is_closed(channel));
        close(channel);
    }
    channel = allocate(&worker, 1, 0);
    send_ids(channel, 1, &good, 1);
    expect_result(channel, &received, 1);
    send_with(channel, INF_FRAME_KILL, 1, NULL, 0, NULL, 0);
    assert_true(is_closed(channel));
    close(channel);
    free_received(&received);
    assert_int_equal(end_worker(&worker), 0);
}

static void test_ill_inference_closes_the_channel(void **state)
{
    const struct inf_frame_infer lying = {.tensors = 1u << 31, .rows = 1u << 31, .cols = 1};
    struct worker worker;
    int channel = -1;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    channel = allocate(&worker, 1, 0);
    assert_int_equal(send_with(channel, INF_FRAME_INFER, 1, &lying, sizeof lying, NULL, 0), 0);
    assert_true(is_closed(channel));
    close(channel);
    assert_int_equal(end_worker(&worker), 0);
}

/* ---- several at once ---- */

static void send_of(int channel, uint64_t job, const int32_t *ids, uint32_t cols, uint32_t more)
{
    struct inf_frame_infer infer = {.tensors = 2, .rows = 1, .cols = cols, .more = more};
    struct inf_frame_header header = {
        .type = INF_FRAME_INFER, .length = (uint32_t)(sizeof infer + 8 * cols), .id = job};

    assert_true(inf_frame_send(channel, &header, &infer, sizeof infer, ids, 8 * cols, NULL, 0) > 0);
}

static struct inf_frame_result answers_with(int channel, uint64_t job, float value)
{
    struct received received = {0};
    struct inf_frame_result result = expect_result(channel, &received, job);
    float seen = 0;

    memcpy(&seen, (char *)received.payload + sizeof result, sizeof seen);
    assert_true(seen == value);
    free_received(&received);
    return result;
}

/* Ids and their mask. */
static const int32_t three[] = {5, 11, 300, /* */ 1, 1, 1}, one[] = {4, /* */ 1};
static const int32_t bad[] = {665, /* */ 1};

/* A model's worker with one allocation, whose channel comes back. */
static int serve(struct worker *worker, const char *model)
{
    load_worker(&engine, worker, model);
    return allocate(worker, 1, 0);
}

static void end(struct worker *worker, int channel)
{
    close(channel);
    assert_int_equal(end_worker(worker), 0);
}

static void test_together(void **state)
{
    struct worker worker;
    int channel = -1;

    (void)state;
    channel = serve(&worker, FAKE_MODEL "sleep_ms 1\n");
    send_of(channel, 1, one, 1, 2);
    send_of(channel, 2, three, 3, 1);
    send_of(channel, 3, one, 1, 0);
    assert_int_equal(answers_with(channel, 1, fake_value(4, 0)).together, 3);
    assert_int_equal(answers_with(channel, 2, fake_value(5 + 22 + 900, 0)).together, 3);
    assert_int_equal(answers_with(channel, 3, fake_value(4, 0)).together, 3);
    send_of(channel, 4, three, 3, 0);
    assert_int_equal(answers_with(channel, 4, fake_value(5 + 22 + 900, 0)).together, 1);
    end(&worker, channel);
}

/* Three rows of one column, so many at once: what they were told, and how many were one forward. */
static uint32_t send_rows(int channel, uint32_t at_once, float told[3])
{
    static const int32_t rows[] = {4, 5, 6, /* */ 1, 1, 1};
    struct inf_frame_infer infer = {.tensors = 2, .rows = 3, .cols = 1, .at_once = at_once};
    struct inf_frame_header header = {
        .type = INF_FRAME_INFER, .length = sizeof infer + sizeof rows, .id = 1};
    struct received received = {0};
    struct inf_frame_result result;

    assert_true(inf_frame_send(channel, &header, &infer, sizeof infer, rows, sizeof rows, NULL, 0) >
                0);
    result = expect_result(channel, &received, 1);
    assert_int_equal(result.shape[0], 3);
    for (size_t i = 0; i < 3; i++)
        memcpy(&told[i], (char *)received.payload + sizeof result + i * (size_t)result.shape[1] * 4,
               sizeof told[i]);
    free_received(&received);
    return result.together;
}

/* By a model that tells each row of a forward what it tells the first. */
static void test_rows_at_once(void **state)
{
    struct worker worker;
    float told[3];
    int channel = -1;

    (void)state;
    channel = serve(&worker, FAKE_MODEL "mixes 1\n");
    assert_int_equal(send_rows(channel, 1, told), 1);
    assert_true(told[0] == fake_value(4, 0) && told[1] == fake_value(5, 0) &&
                told[2] == fake_value(6, 0));
    assert_int_equal(send_rows(channel, 2, told), 2);
    assert_true(told[0] == fake_value(4, 0) && told[1] == told[0] && told[2] == fake_value(6, 0));
    assert_int_equal(send_rows(channel, 3, told), 3);
    assert_true(told[1] == told[0] && told[2] == told[0]);
    end(&worker, channel);
}

/* It gives one row, whatever it is asked; so it is asked for one. */
static void test_rows_that_are_too_many(void **state)
{
    struct worker worker;
    float told[3];
    int channel = -1;

    (void)state;
    channel = serve(&worker, FAKE_MODEL "one_row 1\n");
    assert_int_equal(send_rows(channel, 3, told), 1);
    assert_true(told[1] == fake_value(5, 0) && told[2] == fake_value(6, 0));
    end(&worker, channel);
}

/* One fails, and the other does not. */
static void test_a_bad_neighbour(void **state)
{
    char text[INF_FRAME_REASON + 1];
    struct worker worker;
    int channel = -1;

    (void)state;
    channel = serve(&worker, FAKE_MODEL "throw_on_id 665\n");
    send_of(channel, 1, one, 1, 1);
    send_of(channel, 2, bad, 1, 0);
    assert_int_equal(answers_with(channel, 1, fake_value(4, 0)).together, 1);
    expect_error(channel, 2, text);
    assert_string_equal(text, "the model was told to fail on this id");
    end(&worker, channel);
}

static void test_what_does_not_belong_together(void **state)
{
    struct worker worker;
    int channel = -1;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    channel = allocate(&worker, 1, 0);
    send_of(channel, 1, one, 1, 1);
    send_infer(channel, 2, three, 1, 1, 3); /* one tensor, where the first has two */
    assert_true(is_closed(channel));
    close(channel);
    channel = allocate(&worker, 1, 0);
    send_of(channel, 1, one, 1, 2);
    send_of(channel, 2, one, 1, 2); /* it is one fewer that follow */
    assert_true(is_closed(channel));
    close(channel);
    assert_int_equal(end_worker(&worker), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_rows_and_tensors),
        cmocka_unit_test(test_error_is_an_answer),
        cmocka_unit_test(test_allocations_are_parallel),
        cmocka_unit_test(test_end_of_file_ends_the_thread),
        cmocka_unit_test(test_nice_is_the_threads_own),
        cmocka_unit_test(test_refusals_close_the_channel),
        cmocka_unit_test(test_ill_inference_closes_the_channel),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_rows_at_once),
        cmocka_unit_test(test_rows_that_are_too_many),
        cmocka_unit_test(test_a_bad_neighbour),
        cmocka_unit_test(test_what_does_not_belong_together),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
