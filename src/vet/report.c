/* report.c - what was found, in words.
 *
 * A report is made in the caged process and read by the daemon, so whatever it holds when it
 * arrives is a stranger's: it is checked as a whole before any of it is shown. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/vet.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static const char *const class_names[] = {"allowed", "unknown", "forbidden"};
static const char *const verdict_names[] = {"accepted", "needs_approval", "refused"};
static const char *const target_names[] = {"own", "attribute", "constant"};

const char *inf_vet_verdict_name(uint32_t verdict)
{
    return verdict <= INF_VET_FORBIDDEN ? verdict_names[verdict] : "refused";
}

/* ---- making ---- */

/* As much of text as fits, with '?' for what is not printable. */
static void copy_name(char *ret, size_t size, const char *text)
{
    size_t i = 0;

    for (; i + 1 < size && text[i] != '\0'; i++)
        ret[i] = text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?';
    memset(ret + i, 0, size - i);
}

static uint32_t classify(const char *operation, enum inf_vet_target target)
{
    uint32_t verdict = inf_vet_operation(operation);

    if (target == INF_VET_CONSTANT)
        return INF_VET_FORBIDDEN;
    if (target == INF_VET_ATTRIBUTE && verdict == INF_VET_ALLOWED)
        return INF_VET_UNKNOWN;
    return verdict;
}

static void add(char *text, size_t size, const char *more)
{
    size_t used = strlen(text);

    snprintf(text + used, size - used, "%s", more);
}

static void give_reason(struct inf_vet_report *report, const struct inf_vet_finding *finding)
{
    const char *because = inf_vet_forbidden_because(finding->operation);

    snprintf(report->reason, sizeof report->reason, "operation [%s] in function [%s] ",
             finding->operation, finding->function);
    if (because != NULL)
        add(report->reason, sizeof report->reason, because);
    else if (finding->target == INF_VET_CONSTANT)
        add(report->reason, sizeof report->reason, "writes into a constant");
    else if (finding->target == INF_VET_ATTRIBUTE)
        add(report->reason, sizeof report->reason,
            "writes into an attribute of the model, where other requests would see it");
    else
        add(report->reason, sizeof report->reason, "is not one that is known to be harmless");
    if (finding->verdict == INF_VET_FORBIDDEN)
        add(report->reason, sizeof report->reason, ", which no model may");
}

static struct inf_vet_finding *find(struct inf_vet_report *report,
                                    const struct inf_vet_finding *like)
{
    for (uint32_t i = 0; i < report->findings_listed; i++) {
        struct inf_vet_finding *finding = &report->findings[i];

        if (finding->target == like->target && strcmp(finding->operation, like->operation) == 0)
            return finding;
    }
    return NULL;
}

void inf_vet_report_call(struct inf_vet_report *report, const char *function, const char *operation,
                         enum inf_vet_target target)
{
    struct inf_vet_finding finding = {
        .verdict = classify(operation, target), .target = target, .count = 1};
    struct inf_vet_finding *known = NULL;

    if (finding.verdict == INF_VET_ALLOWED)
        return;
    copy_name(finding.operation, sizeof finding.operation, operation);
    copy_name(finding.function, sizeof finding.function, function);
    known = find(report, &finding);
    if (known != NULL) {
        known->count++;
        return;
    }
    report->finding_count++;
    if (report->findings_listed < INF_VET_FINDINGS)
        report->findings[report->findings_listed++] = finding;
    if (finding.verdict > report->verdict) {
        report->verdict = finding.verdict;
        give_reason(report, &finding);
    }
}

void inf_vet_report_refuse(struct inf_vet_report *report, const char *reason)
{
    report->verdict = INF_VET_FORBIDDEN;
    copy_name(report->reason, sizeof report->reason, reason);
}

void inf_vet_report_ended(struct inf_vet_report *report, int status)
{
    char reason[INF_VET_REASON];

    if (WIFSIGNALED(status))
        snprintf(reason, sizeof reason, "the process that vetted it was ended by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(reason, sizeof reason, "the process that vetted it ended with status %d",
                 WEXITSTATUS(status));
    inf_vet_report_refuse(report, reason);
}

/* ---- checking ---- */

static bool is_text(const char *text, size_t size)
{
    size_t length = strnlen(text, size);

    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] >= 0x7f)
            return false;
    return length < size;
}

static bool is_finding(const struct inf_vet_finding *finding)
{
    return (finding->verdict == INF_VET_UNKNOWN || finding->verdict == INF_VET_FORBIDDEN) &&
           finding->target <= INF_VET_CONSTANT && finding->count > 0 &&
           is_text(finding->operation, sizeof finding->operation) &&
           is_text(finding->function, sizeof finding->function);
}

int inf_vet_report_check(const struct inf_vet_report *report)
{
    if (report->verdict > INF_VET_FORBIDDEN || report->findings_listed > INF_VET_FINDINGS ||
        report->findings_listed > report->finding_count ||
        !is_text(report->reason, sizeof report->reason) ||
        (report->verdict == INF_VET_ALLOWED) != (report->reason[0] == '\0') ||
        (report->verdict == INF_VET_ALLOWED && report->finding_count > 0))
        return -1;
    for (uint32_t i = 0; i < report->findings_listed; i++)
        if (!is_finding(&report->findings[i]))
            return -1;
    return 0;
}

void inf_vet_report_take(struct inf_vet_report *ret, const void *payload)
{
    memcpy(ret, payload, sizeof *ret);
    if (inf_vet_report_check(ret) == 0)
        return;
    memset(ret, 0, sizeof *ret);
    inf_vet_report_refuse(ret, "the process that vetted it gave a report that makes no sense");
}

/* ---- showing ---- */

static void write_finding(const struct inf_vet_finding *finding, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "operation", finding->operation);
    inf_jsonw_kv_string(w, "function", finding->function);
    inf_jsonw_kv_string(w, "class", class_names[finding->verdict]);
    if (finding->target != INF_VET_OWN)
        inf_jsonw_kv_string(w, "writes_into", target_names[finding->target]);
    inf_jsonw_kv_int(w, "count", (int64_t)finding->count);
    inf_jsonw_end_object(w);
}

static double milliseconds(uint64_t ns)
{
    return (double)(ns / 1000) / 1000.0;
}

void inf_vet_report_write(const struct inf_vet_report *report, struct inf_jsonw *w)
{
    inf_jsonw_kv_string(w, "verdict", inf_vet_verdict_name(report->verdict));
    if (report->reason[0] != '\0')
        inf_jsonw_kv_string(w, "reason", report->reason);
    inf_jsonw_kv_int(w, "format_version", report->format_version);
    inf_jsonw_kv_int(w, "records", report->records);
    inf_jsonw_kv_int(w, "tensors", report->tensors);
    inf_jsonw_kv_int(w, "tensor_bytes", (int64_t)report->tensor_bytes);
    inf_jsonw_kv_int(w, "code_bytes", (int64_t)report->code_bytes);
    inf_jsonw_kv_int(w, "functions", report->functions);
    inf_jsonw_kv_int(w, "operations", report->operations);
    inf_jsonw_kv_int(w, "finding_count", report->finding_count);
    inf_jsonw_key(w, "findings");
    inf_jsonw_begin_array(w);
    for (uint32_t i = 0; i < report->findings_listed; i++)
        write_finding(&report->findings[i], w);
    inf_jsonw_end_array(w);
    inf_jsonw_key(w, "took_ms");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_double(w, "archive", milliseconds(report->archive_ns));
    inf_jsonw_kv_double(w, "load", milliseconds(report->load_ns));
    inf_jsonw_kv_double(w, "inspect", milliseconds(report->inspect_ns));
    inf_jsonw_end_object(w);
}
