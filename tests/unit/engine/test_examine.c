/* Vetting in the caged process: a verdict for every definition, whatever it does to the process. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_engine_fixture.h"
#include <signal.h>

static struct inf_frame_spawn vetting(void)
{
    struct inf_frame_spawn wanted = {.model_size = 1 << 20};

    inf_frame_ask_to_vet(&wanted, 1000);
    return wanted;
}

static struct inf_vet_report vet(const char *text)
{
    struct worker worker;
    struct received vetted = {0};
    struct inf_vet_report report;

    spawn_worker(&engine, &worker, text, vetting());
    expect(worker.control, &vetted, INF_FRAME_VETTED, 0);
    memcpy(&report, vetted.payload, sizeof report);
    free_received(&vetted);
    assert_int_equal(inf_vet_report_check(&report), 0);
    assert_int_equal(end_worker(&worker), 0);
    return report;
}

static void test_accepted(void **state)
{
    struct inf_vet_report report = vet(FAKE_MODEL "operation aten::add\n");

    (void)state;
    assert_int_equal(report.verdict, INF_VET_ALLOWED);
    assert_int_equal(report.format_version, 3);
    assert_int_equal(report.records, 5);
    assert_int_equal(report.tensors, 0);
    assert_int_equal(report.functions, 1);
    assert_int_equal(report.operations, 1);
}

static void test_unknown_and_forbidden(void **state)
{
    struct inf_vet_report report = vet(FAKE_MODEL "operation my::own\noperation my::own\n");

    (void)state;
    assert_int_equal(report.verdict, INF_VET_UNKNOWN);
    assert_string_equal(report.reason, "operation [my::own] in function [__torch__.Fake.forward] "
                                       "is not one that is known to be harmless");
    report = vet(FAKE_MODEL "operation aten::from_file\n");
    assert_int_equal(report.verdict, INF_VET_FORBIDDEN);
}

static void test_what_the_engine_cannot_read(void **state)
{
    struct inf_vet_report report = vet(FAKE_MODEL "dim many\n");

    (void)state;
    assert_int_equal(report.verdict, INF_VET_FORBIDDEN);
    assert_string_equal(report.reason, "fake cannot read it: the fake engine does not know [dim]");
}

/* What loading does is not done. */
static void test_nothing_is_loaded(void **state)
{
    struct inf_vet_report report =
        vet(FAKE_MODEL "load_mb 100000\nload_sleep_ms 600000\nload_fail because\n");

    (void)state;
    assert_int_equal(report.verdict, INF_VET_ALLOWED);
}

static void expect_end(const char *text, int signal_number)
{
    struct worker worker;

    spawn_worker(&engine, &worker, text, vetting());
    assert_int_equal(WTERMSIG(expect_exited(&worker)), signal_number);
    assert_true(is_closed(worker.control));
    close(worker.control);
}

static void test_the_process_is_brought_down(void **state)
{
    (void)state;
    expect_end(FAKE_MODEL "inspect_crash 1\n", SIGSEGV);
    expect_end(FAKE_MODEL "inspect_spin 1\n", SIGXCPU);
}

static void test_a_worker_vets_what_it_loads(void **state)
{
    static const struct {
        const char *text, *reason;
        uint32_t approved;
    } cases[] = {
        {FAKE_MODEL "operation my::own\n",
         "the definition was refused: operation [my::own] in function [__torch__.Fake.forward] is "
         "not one that is known to be harmless",
         0},
        {FAKE_MODEL "operation aten::from_file\n",
         "the definition was refused: operation [aten::from_file] in function "
         "[__torch__.Fake.forward] reads or writes files, which no model may",
         1},
    };
    struct worker worker;
    char reason[INF_FRAME_REASON + 1];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        spawn_worker(
            &engine, &worker, cases[i].text,
            (struct inf_frame_spawn){.memory_limit = MEMORY_LIMIT, .approved = cases[i].approved});
        expect_load_failed(&worker, reason);
        assert_string_equal(reason, cases[i].reason);
        end_worker(&worker);
    }
    spawn_worker(&engine, &worker, cases[0].text,
                 (struct inf_frame_spawn){.memory_limit = MEMORY_LIMIT, .approved = 1});
    expect_loaded(&worker);
    assert_int_equal(end_worker(&worker), 0);
}

/* Bytes that are no archive never reach an engine. */
static void test_no_archive(void **state)
{
    int fds[2] = {model_descriptor("not a model", 11), -1};
    struct inf_frame_spawn wanted = vetting();
    struct received received = {0};
    struct inf_vet_report report;
    int control = make_channel(&fds[1]);

    (void)state;
    wanted.model_size = 11;
    send_with(engine.channel, INF_FRAME_SPAWN, 5000, &wanted, sizeof wanted, fds, 2);
    close(fds[0]);
    close(fds[1]);
    expect(control, &received, INF_FRAME_VETTED, 0);
    memcpy(&report, received.payload, sizeof report);
    assert_int_equal(report.verdict, INF_VET_FORBIDDEN);
    assert_int_equal(report.load_ns, 0);
    close(control);
    expect(engine.channel, &received, INF_FRAME_SPAWNED, 5000);
    expect(engine.channel, &received, INF_FRAME_EXITED, 5000);
    free_received(&received);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_unknown_and_forbidden),
        cmocka_unit_test(test_what_the_engine_cannot_read),
        cmocka_unit_test(test_nothing_is_loaded),
        cmocka_unit_test(test_the_process_is_brought_down),
        cmocka_unit_test(test_a_worker_vets_what_it_loads),
        cmocka_unit_test(test_no_archive),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
