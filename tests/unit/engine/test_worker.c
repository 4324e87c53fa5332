/* A worker process from the fork to its end: what it says, what holds it, what ends it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_engine_fixture.h"
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

static const struct inf_frame_spawn usual = {.memory_limit = MEMORY_LIMIT};

static void test_cage_holds(void **state)
{
    const uint32_t always = INF_SANDBOX_SECCOMP | INF_SANDBOX_RLIMITS;
    struct worker worker;

    (void)state;
    spawn_worker(&engine, &worker, FAKE_MODEL, usual);
    assert_int_equal(expect_loaded(&worker) & always, always);
    assert_int_equal(status_field(worker.pid, "Seccomp", 10), 2);
    assert_int_equal(status_field(worker.pid, "NoNewPrivs", 10), 1);
    assert_int_equal(status_field(worker.pid, "CapEff", 16), 0);
    assert_int_equal(status_field(worker.pid, "CapPrm", 16), 0);
    assert_int_equal(getpgid(worker.pid), worker.pid);
    assert_int_equal(getsid(worker.pid), worker.pid);
    assert_int_equal(end_worker(&worker), 0);
}

/* The standard streams, which lead nowhere, and the control channel: the definition is closed. */
static void test_keeps_nothing_open(void **state)
{
    char path[64];
    struct dirent *entry = NULL;
    struct worker worker;
    int count = 0;
    DIR *open_ones = NULL;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    snprintf(path, sizeof path, "/proc/%d/fd", (int)worker.pid);
    open_ones = opendir(path);
    if (geteuid() != 0) { /* closed to debuggers is closed to its own user as well */
        assert_null(open_ones);
        assert_int_equal(errno, EACCES);
        assert_int_equal(end_worker(&worker), 0);
        return;
    }
    assert_non_null(open_ones);
    while ((entry = readdir(open_ones)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(open_ones);
    assert_int_equal(count, 4);
    assert_int_equal(end_worker(&worker), 0);
}

static void expect_refused(const char *program, const char *model, const char *wanted)
{
    struct engine own;
    struct worker worker;
    char text[INF_FRAME_REASON + 1];

    start_engine(&own, program);
    spawn_worker(&own, &worker, model, (struct inf_frame_spawn){.memory_limit = INT64_C(4) << 30});
    expect_load_failed(&worker, text);
    assert_null(strchr(text, '\n'));
    assert_null(strchr(text, '/')); /* no path of ours or of a library's sources */
    if (wanted != NULL)
        assert_string_equal(text, wanted);
    assert_int_equal(WEXITSTATUS(end_worker(&worker)), EXIT_FAILURE);
    assert_int_equal(stop_engine(&own), 0);
}

static void test_models_that_do_not_load(void **state)
{
    (void)state;
    expect_refused(FAKE_ENGINE, "garbage", "not a model of the fake engine");
    expect_refused(FAKE_ENGINE, "", "not a model of the fake engine");
    expect_refused(FAKE_ENGINE, FAKE_MODEL "load_fail no such layer\n", "no such layer");
}

/* The same with the engine of this build, whichever it is. */
static void test_garbage_does_not_load(void **state)
{
    (void)state;
    expect_refused(BUILT_ENGINE, "garbage", NULL);
    expect_refused(BUILT_ENGINE, "", NULL);
    expect_refused(BUILT_ENGINE, "PK\003\004 and then nothing of a zip archive", NULL);
}

static void expect_death_by(const char *model, int32_t id, int signal_number)
{
    struct worker worker;
    int channel = -1, status = 0;

    load_worker(&engine, &worker, model);
    channel = allocate(&worker, 1, 0);
    send_ids(channel, 1, &id, 1);
    assert_true(is_closed(channel));
    assert_true(is_closed(worker.control));
    close(channel);
    status = end_worker(&worker);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), signal_number);
}

static void test_crash_is_reported(void **state)
{
    (void)state;
    expect_death_by(FAKE_MODEL "crash_on_id 666\n", 666, SIGSEGV);
}

/* In the cage, too; the test is no part of the worker. */
static void test_signal_from_outside_is_told(void **state)
{
    struct inf_frame_signalled signalled = {0};
    struct received received = {0};
    struct worker worker;
    int status = 0;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    assert_int_equal(kill(worker.pid, SIGSEGV), 0);
    expect(worker.control, &received, INF_FRAME_SIGNALLED, 0);
    memcpy(&signalled, received.payload, sizeof signalled);
    assert_int_equal(signalled.number, SIGSEGV);
    free_received(&received);
    status = end_worker(&worker);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void test_forbidden_call_is_death(void **state)
{
    (void)state;
    expect_death_by(FAKE_MODEL "kill_on_id 670\n", 670, SIGSYS);
}

/* The id makes the model fail with this text, and the next inference is answered. */
static void expect_failure_and_life(const char *model, int32_t id, const char *wanted)
{
    char text[INF_FRAME_REASON + 1];
    const int32_t good = 1;
    struct received received = {0};
    struct worker worker;
    int channel = -1;

    load_worker(&engine, &worker, model);
    channel = allocate(&worker, 1, 0);
    send_ids(channel, 1, &id, 1);
    expect_error(channel, 1, text);
    assert_string_equal(text, wanted);
    send_ids(channel, 2, &good, 1);
    expect_result(channel, &received, 2);
    free_received(&received);
    close(channel);
    assert_int_equal(end_worker(&worker), 0);
}

static void test_file_is_refused(void **state)
{
    (void)state;
    expect_failure_and_life(FAKE_MODEL "open_on_id 669\n", 669, "Permission denied");
}

static void test_memory_ends(void **state)
{
    (void)state;
    expect_failure_and_life(FAKE_MODEL "alloc_on_id 668\n", 668, "out of memory");
}

/* Also tells that everything sent to the zygote before has been done. */
static struct inf_frame_measured measure(const struct worker *worker)
{
    const struct inf_frame_measure asked = {.occasion = 7, .allocations = 9};
    struct received received = {0};
    struct inf_frame_measured measured;

    assert_int_equal(send_with(worker->engine->channel, INF_FRAME_MEASURE, worker->number, &asked,
                               sizeof asked, NULL, 0),
                     0);
    expect(worker->engine->channel, &received, INF_FRAME_MEASURED, worker->number);
    memcpy(&measured, received.payload, sizeof measured);
    free_received(&received);
    assert_memory_equal(&measured.asked, &asked, sizeof asked);
    return measured;
}

/* ThreadSanitizer keeps several bytes of its own for each byte of the process. */
#ifdef __SANITIZE_THREAD__
#define OWN_FACTOR 10
#else
#define OWN_FACTOR 1
#endif

static void test_measures_what_is_its_own(void **state)
{
    const int64_t mb = 1 << 20;
    struct inf_frame_measured measured;
    struct worker worker;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL "load_mb 64\n");
    measured = measure(&worker);
    assert_in_range(measured.own_bytes, 64 * mb, OWN_FACTOR * 128 * mb);
    assert_in_range(measured.own_peak_bytes, measured.own_bytes, OWN_FACTOR * 160 * mb);
    assert_true(measured.resident_bytes >= measured.own_bytes);
    assert_true(measured.cpu_ns > 0);
    assert_int_equal(end_worker(&worker), 0);
}

#ifndef INFERD_SANITIZED
static int64_t data_limit(const struct worker *worker)
{
    struct rlimit limit;

    assert_int_equal(prlimit(worker->pid, RLIMIT_DATA, NULL, &limit), 0);
    return (int64_t)limit.rlim_cur;
}

static void expect_limit(const struct worker *worker, int64_t asked)
{
    /* What the zygote has comes on top, and that is little. */
    assert_in_range(data_limit(worker), asked, asked + (INT64_C(1) << 30));
}

static void test_memory_limit_is_the_asked_one(void **state)
{
    const struct inf_frame_limit more = {.memory_limit = 4 * MEMORY_LIMIT}, none = {0};
    struct worker worker;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    expect_limit(&worker, MEMORY_LIMIT);
    send_with(engine.channel, INF_FRAME_LIMIT, worker.number, &more, sizeof more, NULL, 0);
    measure(&worker);
    expect_limit(&worker, 4 * MEMORY_LIMIT);
    send_with(engine.channel, INF_FRAME_LIMIT, worker.number, &none, sizeof none, NULL, 0);
    measure(&worker);
    assert_true(data_limit(&worker) == (int64_t)RLIM_INFINITY ||
                data_limit(&worker) > 4 * MEMORY_LIMIT);
    assert_int_equal(end_worker(&worker), 0);
}
#endif

/* One that is gone may still be asked about, because its end and the question cross. */
static void test_frames_for_the_dead(void **state)
{
    const struct inf_frame_measure asked = {0};
    const struct inf_frame_limit limit = {.memory_limit = MEMORY_LIMIT};
    struct worker worker, other;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    load_worker(&engine, &other, FAKE_MODEL);
    assert_int_equal(end_worker(&worker), 0);
    send_with(engine.channel, INF_FRAME_MEASURE, worker.number, &asked, sizeof asked, NULL, 0);
    send_with(engine.channel, INF_FRAME_LIMIT, worker.number, &limit, sizeof limit, NULL, 0);
    measure(&other);
    assert_int_equal(end_worker(&other), 0);
}

static void test_control_nonsense_ends_the_worker(void **state)
{
    struct inf_frame_allocate wanted = {1, 0};
    struct worker worker;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    /* An allocation without its channel. */
    assert_int_equal(
        send_with(worker.control, INF_FRAME_ALLOCATE, 0, &wanted, sizeof wanted, NULL, 0), 0);
    assert_true(is_closed(worker.control));
    assert_int_equal(end_worker(&worker), 0);
}

/* The daemon drains before it ends its workers, so a SIGTERM to the whole group must not. */
static void test_polite_signals_do_not_end_it(void **state)
{
    const int32_t good = 1;
    struct received received = {0};
    struct worker worker;
    int channel = -1;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    assert_int_equal(kill(worker.pid, SIGTERM), 0);
    assert_int_equal(kill(worker.pid, SIGINT), 0);
    channel = allocate(&worker, 1, 0);
    send_ids(channel, 1, &good, 1);
    expect_result(channel, &received, 1);
    free_received(&received);
    close(channel);
    assert_int_equal(end_worker(&worker), 0);
}

/* Loading, idle and computing for ever: the zygote's violent end is theirs. */
static void test_dies_with_the_zygote(void **state)
{
    const int32_t hang = 667;
    struct worker workers[3];
    struct engine own;
    int channel = -1;

    (void)state;
    start_engine(&own, FAKE_ENGINE);
    spawn_worker(&own, &workers[0], FAKE_MODEL "load_sleep_ms 600000\n", usual);
    load_worker(&own, &workers[1], FAKE_MODEL);
    load_worker(&own, &workers[2], FAKE_MODEL "hang_on_id 667\n");
    channel = allocate(&workers[2], 1, 0);
    send_ids(channel, 1, &hang, 1);
    assert_int_equal(kill(own.pid, SIGKILL), 0);
    assert_int_equal(WTERMSIG(stop_engine(&own)), SIGKILL);
    for (int i = 0; i < 3; i++) {
        assert_true(comes_true(is_dead, &workers[i].pid));
        close(workers[i].control);
    }
    close(channel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cage_holds),
        cmocka_unit_test(test_keeps_nothing_open),
        cmocka_unit_test(test_models_that_do_not_load),
        cmocka_unit_test(test_garbage_does_not_load),
        cmocka_unit_test(test_crash_is_reported),
        cmocka_unit_test(test_signal_from_outside_is_told),
        cmocka_unit_test(test_forbidden_call_is_death),
        cmocka_unit_test(test_file_is_refused),
        cmocka_unit_test(test_memory_ends),
        cmocka_unit_test(test_measures_what_is_its_own),
        cmocka_unit_test(test_frames_for_the_dead),
#ifndef INFERD_SANITIZED
        cmocka_unit_test(test_memory_limit_is_the_asked_one),
#endif
        cmocka_unit_test(test_control_nonsense_ends_the_worker),
        cmocka_unit_test(test_polite_signals_do_not_end_it),
        cmocka_unit_test(test_dies_with_the_zygote),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
