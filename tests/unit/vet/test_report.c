/* A report: what counts as the verdict, what is believed of one from another process, how it
 * reads. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/vet.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

static void test_allowed_calls_leave_no_trace(void **state)
{
    struct inf_vet_report report = {0}, none = {0};

    (void)state;
    inf_vet_report_call(&report, "f", "aten::add", INF_VET_OWN);
    assert_memory_equal(&report, &none, sizeof report);
    assert_int_equal(inf_vet_report_check(&report), 0);
}

static void test_the_worst_is_the_verdict(void **state)
{
    struct inf_vet_report report = {0};

    (void)state;
    inf_vet_report_call(&report, "__torch__.M.forward", "my::own", INF_VET_OWN);
    assert_int_equal(report.verdict, INF_VET_UNKNOWN);
    assert_string_equal(report.reason, "operation [my::own] in function [__torch__.M.forward] is "
                                       "not one that is known to be harmless");
    inf_vet_report_call(&report, "__torch__.M.other", "aten::from_file", INF_VET_OWN);
    assert_int_equal(report.verdict, INF_VET_FORBIDDEN);
    assert_string_equal(report.reason,
                        "operation [aten::from_file] in function "
                        "[__torch__.M.other] reads or writes files, which no model may");
    inf_vet_report_call(&report, "g", "my::other", INF_VET_OWN);
    assert_int_equal(report.verdict, INF_VET_FORBIDDEN);
    assert_int_equal(report.finding_count, 3);
    assert_int_equal(report.findings_listed, 3);
    assert_int_equal(inf_vet_report_check(&report), 0);
}

static void test_where_it_writes_counts(void **state)
{
    struct inf_vet_report report = {0};

    (void)state;
    inf_vet_report_call(&report, "f", "aten::add", INF_VET_ATTRIBUTE);
    assert_int_equal(report.verdict, INF_VET_UNKNOWN);
    assert_string_equal(report.reason,
                        "operation [aten::add] in function [f] writes into an attribute of the "
                        "model, where other requests would see it");
    inf_vet_report_call(&report, "f", "aten::add", INF_VET_CONSTANT);
    assert_int_equal(report.verdict, INF_VET_FORBIDDEN);
    assert_string_equal(report.reason, "operation [aten::add] in function [f] writes into a "
                                       "constant, which no model may");
    assert_int_equal(report.finding_count, 2);
}

static void test_calls_are_counted_and_bounded(void **state)
{
    struct inf_vet_report report = {0};
    char name[32];

    (void)state;
    for (int i = 0; i < 3 * INF_VET_FINDINGS; i++) {
        snprintf(name, sizeof name, "my::own%d", i);
        inf_vet_report_call(&report, "f", name, INF_VET_OWN);
        inf_vet_report_call(&report, "g", "my::own0", INF_VET_OWN);
    }
    assert_int_equal(report.findings_listed, INF_VET_FINDINGS);
    assert_int_equal(report.finding_count, 3 * INF_VET_FINDINGS);
    assert_int_equal(report.findings[0].count, 3 * INF_VET_FINDINGS + 1);
    assert_string_equal(report.findings[0].function, "f");
    assert_int_equal(inf_vet_report_check(&report), 0);
}

static void test_names_are_cut_and_escaped(void **state)
{
    struct inf_vet_report report = {0};
    char name[2 * INF_VET_NAME];

    (void)state;
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    name[3] = '\n';
    name[4] = '\xc3';
    inf_vet_report_call(&report, name, name, INF_VET_OWN);
    assert_int_equal(strlen(report.findings[0].operation), INF_VET_NAME - 1);
    assert_memory_equal(report.findings[0].function, "aaa??a", 6);
    assert_int_equal(inf_vet_report_check(&report), 0);
}

static void test_refusing(void **state)
{
    struct inf_vet_report report = {0};

    (void)state;
    inf_vet_report_refuse(&report, "because\tof it");
    assert_int_equal(report.verdict, INF_VET_FORBIDDEN);
    assert_string_equal(report.reason, "because?of it");
    inf_vet_report_ended(&report, SIGSEGV);
    assert_string_equal(report.reason,
                        "the process that vetted it was ended by signal 11 (Segmentation fault)");
    inf_vet_report_ended(&report, 3 << 8);
    assert_string_equal(report.reason, "the process that vetted it ended with status 3");
}

/* Each is what a process that a model took over could send. */
static void test_a_forged_report(void **state)
{
    struct inf_vet_report good = {0}, bad;

    (void)state;
    inf_vet_report_call(&good, "f", "my::own", INF_VET_OWN);
    assert_int_equal(inf_vet_report_check(&good), 0);
#define FORGED(change)                                    \
    do {                                                  \
        bad = good;                                       \
        change;                                           \
        assert_int_equal(inf_vet_report_check(&bad), -1); \
    } while (0)
    FORGED(bad.verdict = INF_VET_FORBIDDEN + 1);
    FORGED(bad.verdict = INF_VET_ALLOWED);
    FORGED(bad.verdict = INF_VET_ALLOWED; bad.reason[0] = '\0');
    FORGED(bad.reason[0] = '\0');
    FORGED(bad.reason[1] = '\n');
    FORGED(memset(bad.reason, 'a', sizeof bad.reason));
    FORGED(bad.findings_listed = INF_VET_FINDINGS + 1; bad.finding_count = 1000);
    FORGED(bad.findings_listed = UINT32_MAX);
    FORGED(bad.finding_count = 0);
    FORGED(bad.findings[0].verdict = INF_VET_ALLOWED);
    FORGED(bad.findings[0].verdict = 7);
    FORGED(bad.findings[0].target = 7);
    FORGED(bad.findings[0].count = 0);
    FORGED(memset(bad.findings[0].operation, 'a', INF_VET_NAME));
    FORGED(bad.findings[0].function[0] = '\x80');
#undef FORGED
}

static void test_a_report_that_arrives(void **state)
{
    struct inf_vet_report sent = {.format_version = 3}, taken;

    (void)state;
    inf_vet_report_take(&taken, &sent);
    assert_memory_equal(&taken, &sent, sizeof sent);
    sent.verdict = 7;
    inf_vet_report_take(&taken, &sent);
    assert_int_equal(taken.verdict, INF_VET_FORBIDDEN);
    assert_int_equal(taken.format_version, 0);
    assert_string_equal(taken.reason,
                        "the process that vetted it gave a report that makes no sense");
}

static void test_as_json(void **state)
{
    struct inf_vet_report report = {.format_version = 3,
                                    .records = 10,
                                    .tensors = 4,
                                    .functions = 2,
                                    .operations = 9,
                                    .code_bytes = 100,
                                    .tensor_bytes = 2000,
                                    .archive_ns = 1234567,
                                    .inspect_ns = 999};
    struct inf_buf text;
    struct inf_jsonw w;

    (void)state;
    inf_vet_report_call(&report, "f", "my::own", INF_VET_ATTRIBUTE);
    inf_buf_init(&text, 4096);
    inf_jsonw_init(&w, &text);
    inf_jsonw_begin_object(&w);
    inf_vet_report_write(&report, &w);
    inf_jsonw_end_object(&w);
    inf_buf_append(&text, "", 1);
    assert_string_equal(
        text.data,
        "{\"verdict\":\"needs_approval\",\"reason\":\"operation [my::own] in function [f] writes "
        "into an attribute of the model, where other requests would see it\",\"format_version\":3,"
        "\"records\":10,\"tensors\":4,\"tensor_bytes\":2000,\"code_bytes\":100,\"functions\":2,"
        "\"operations\":9,\"finding_count\":1,\"findings\":[{\"operation\":\"my::own\","
        "\"function\":\"f\",\"class\":\"unknown\",\"writes_into\":\"attribute\",\"count\":1}],"
        "\"took_ms\":{\"archive\":1.234,\"load\":0.0,\"inspect\":0.0}}");
    inf_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allowed_calls_leave_no_trace),
        cmocka_unit_test(test_the_worst_is_the_verdict),
        cmocka_unit_test(test_where_it_writes_counts),
        cmocka_unit_test(test_calls_are_counted_and_bounded),
        cmocka_unit_test(test_names_are_cut_and_escaped),
        cmocka_unit_test(test_refusing),
        cmocka_unit_test(test_a_forged_report),
        cmocka_unit_test(test_a_report_that_arrives),
        cmocka_unit_test(test_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
