/* The zygote: it forks workers, kills its own and no others, tells of every end and leaves nothing
 * behind. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_engine_fixture.h"
#include <signal.h>

static void ask_to_kill(uint64_t number)
{
    assert_int_equal(send_with(engine.channel, INF_FRAME_KILL, number, NULL, 0, NULL, 0), 0);
}

static void test_says_its_version(void **state)
{
    struct engine built;

    (void)state;
    assert_string_equal(engine.version, "fake");
    start_engine(&built, BUILT_ENGINE);
    assert_int_equal(strncmp(built.version, INFERD_ENGINE_NAME, strlen(INFERD_ENGINE_NAME)), 0);
    assert_int_equal(stop_engine(&built), 0);
}

static void test_kill(void **state)
{
    struct worker killed, spared;

    (void)state;
    load_worker(&engine, &killed, FAKE_MODEL);
    load_worker(&engine, &spared, FAKE_MODEL);
    ask_to_kill(killed.number);
    assert_int_equal(WTERMSIG(expect_exited(&killed)), SIGKILL);
    assert_true(is_closed(killed.control));
    close(killed.control);
    assert_int_equal(end_worker(&spared), 0);
}

static uint32_t end_was_ordered(const struct worker *worker)
{
    struct received exited = {0};
    struct inf_frame_exited answer;

    expect(engine.channel, &exited, INF_FRAME_EXITED, worker->number);
    memcpy(&answer, exited.payload, sizeof answer);
    free_received(&exited);
    close(worker->control);
    return answer.ordered;
}

/* The daemon tells by it whether the kernel ended a worker, or its own order did. */
static void test_tells_what_was_ordered(void **state)
{
    struct worker worker;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    ask_to_kill(worker.number);
    assert_int_equal(end_was_ordered(&worker), 1);
    load_worker(&engine, &worker, FAKE_MODEL);
    assert_int_equal(kill(worker.pid, SIGKILL), 0);
    assert_int_equal(end_was_ordered(&worker), 0);
}

/* An order for one that is dead and not yet reaped comes too late to be the reason. */
static void test_late_order_is_no_reason(void **state)
{
    struct worker worker;

    (void)state;
    load_worker(&engine, &worker, FAKE_MODEL);
    assert_int_equal(kill(engine.pid, SIGSTOP), 0);
    assert_int_equal(kill(worker.pid, SIGKILL), 0);
    assert_true(comes_true(is_dead, &worker.pid));
    ask_to_kill(worker.number);
    assert_int_equal(kill(engine.pid, SIGCONT), 0);
    assert_int_equal(end_was_ordered(&worker), 0);
}

/* Also while it loads, when nobody reads its channels. */
static void test_kill_while_loading(void **state)
{
    struct worker worker;

    (void)state;
    spawn_worker(&engine, &worker, FAKE_MODEL "load_sleep_ms 600000\n",
                 (struct inf_frame_spawn){.memory_limit = MEMORY_LIMIT});
    ask_to_kill(worker.number);
    assert_int_equal(WTERMSIG(expect_exited(&worker)), SIGKILL);
    close(worker.control);
}

/* A number never given, and one whose worker has ended: nothing happens, and the zygote goes on. */
static void test_kill_of_nobody(void **state)
{
    struct worker ended, living;

    (void)state;
    load_worker(&engine, &ended, FAKE_MODEL);
    assert_int_equal(end_worker(&ended), 0);
    load_worker(&engine, &living, FAKE_MODEL);
    ask_to_kill(ended.number);
    ask_to_kill(UINT64_MAX);
    ask_to_kill(0);
    assert_int_equal(end_worker(&living), 0);
}

static void expect_not_spawned(uint64_t number, const int *fds, int count, int error)
{
    struct inf_frame_spawn wanted = {0};
    struct inf_frame_spawned spawned;
    struct received received = {0};

    assert_int_equal(
        send_with(engine.channel, INF_FRAME_SPAWN, number, &wanted, sizeof wanted, fds, count), 0);
    expect(engine.channel, &received, INF_FRAME_SPAWNED, number);
    memcpy(&spawned, received.payload, sizeof spawned);
    assert_int_equal(spawned.pid, -1);
    assert_int_equal(spawned.errno_value, error);
    free_received(&received);
}

static void test_spawn_that_cannot_be(void **state)
{
    struct worker worker;
    int fds[2] = {STDIN_FILENO, STDIN_FILENO};

    (void)state;
    expect_not_spawned(1000, NULL, 0, EINVAL);
    expect_not_spawned(1000, fds, 1, EINVAL);
    load_worker(&engine, &worker, FAKE_MODEL);
    expect_not_spawned(worker.number, fds, 2, EINVAL);
    assert_int_equal(end_worker(&worker), 0);
}

static bool has_no_child(void *path)
{
    char line[256] = "";
    FILE *file = fopen(path, "re");

    assert_non_null(file);
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    fclose(file);
    return line[0] == '\0';
}

/* Many ends at once, when signals merge: each is told, and no zombie stays. */
static void test_every_end_is_told(void **state)
{
    enum { COUNT = 16 };
    struct worker workers[COUNT];
    struct received received = {0};
    uint64_t told = 0;
    char path[64];

    (void)state;
    for (int i = 0; i < COUNT; i++)
        load_worker(&engine, &workers[i], FAKE_MODEL);
    for (int i = 0; i < COUNT; i++)
        close(workers[i].control);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(inf_frame_receive(engine.channel, &received.header, &received.payload,
                                           &received.capacity, NULL, 0),
                         1);
        assert_int_equal(received.header.type, INF_FRAME_EXITED);
        told |= UINT64_C(1) << (received.header.id - workers[0].number);
    }
    assert_true(told == (UINT64_C(1) << COUNT) - 1);
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)engine.pid, (int)engine.pid);
    assert_true(comes_true(has_no_child, path));
    free_received(&received);
}

/* There is a bound, and the ended make room again. */
static void test_number_of_workers_is_bounded(void **state)
{
    static struct worker workers[300];
    const struct inf_frame_spawn wanted = {.memory_limit = MEMORY_LIMIT};
    struct engine own;
    size_t count = 0;

    (void)state;
    start_engine(&own, FAKE_ENGINE);
    do
        spawn_worker(&own, &workers[count], FAKE_MODEL, wanted);
    while (workers[count].pid > 0 && ++count < sizeof workers / sizeof workers[0]);
    assert_int_equal(count, 256);
    assert_int_equal(workers[count].error, EAGAIN);
    close(workers[count].control);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(end_worker(&workers[i]), 0);
    for (size_t i = 0; i < 2; i++)
        load_worker(&own, &workers[i], FAKE_MODEL);
    for (size_t i = 0; i < count; i++) /* not before: an end is told among the answers */
        close(workers[i].control);
    stop_engine(&own);
}

/* Closing the channel is the order to end; the workers end too, whatever they are at. */
static void test_channel_end_ends_everything(void **state)
{
    struct worker idle, loading;
    struct engine own;

    (void)state;
    start_engine(&own, FAKE_ENGINE);
    load_worker(&own, &idle, FAKE_MODEL);
    spawn_worker(&own, &loading, FAKE_MODEL "load_sleep_ms 600000\n",
                 (struct inf_frame_spawn){.memory_limit = MEMORY_LIMIT});
    assert_int_equal(stop_engine(&own), 0);
    assert_true(is_dead(&idle.pid)); /* at once: it waited for them */
    assert_true(is_dead(&loading.pid));
    close(idle.control);
    close(loading.control);
}

static void test_frame_of_another_direction_ends_it(void **state)
{
    struct inf_frame_exited exited = {0};
    struct engine own;

    (void)state;
    start_engine(&own, FAKE_ENGINE);
    assert_int_equal(send_with(own.channel, INF_FRAME_EXITED, 1, &exited, sizeof exited, NULL, 0),
                     0);
    assert_true(is_closed(own.channel));
    assert_int_equal(stop_engine(&own), 0);
}

static void test_polite_signals_do_not_end_it(void **state)
{
    struct worker worker;

    (void)state;
    assert_int_equal(kill(engine.pid, SIGTERM), 0);
    assert_int_equal(kill(engine.pid, SIGINT), 0);
    assert_int_equal(kill(engine.pid, SIGHUP), 0);
    load_worker(&engine, &worker, FAKE_MODEL);
    assert_int_equal(end_worker(&worker), 0);
}

static int exit_of(const char *argument)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execl(FAKE_ENGINE, FAKE_ENGINE, argument, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

static void test_command_line(void **state)
{
    (void)state;
    assert_int_equal(exit_of("--version"), 0);
    assert_int_equal(exit_of(NULL), 2);
    assert_int_equal(exit_of("--channel="), 2);
    assert_int_equal(exit_of("--channel=1"), 2);
    assert_int_equal(exit_of("--channel=999"), 2);
    assert_int_equal(exit_of("--channel=99999999999999999999"), 2);
    assert_int_equal(exit_of("--help"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_its_version),
        cmocka_unit_test(test_kill),
        cmocka_unit_test(test_tells_what_was_ordered),
        cmocka_unit_test(test_late_order_is_no_reason),
        cmocka_unit_test(test_kill_while_loading),
        cmocka_unit_test(test_kill_of_nobody),
        cmocka_unit_test(test_spawn_that_cannot_be),
        cmocka_unit_test(test_every_end_is_told),
        cmocka_unit_test(test_number_of_workers_is_bounded),
        cmocka_unit_test(test_channel_end_ends_everything),
        cmocka_unit_test(test_frame_of_another_direction_ends_it),
        cmocka_unit_test(test_polite_signals_do_not_end_it),
        cmocka_unit_test(test_command_line),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
