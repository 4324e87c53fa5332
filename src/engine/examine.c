/* examine.c - the order: first our own readers, then the engine's, and nothing of the model runs.
 *
 * A worker that is to serve vets again what was vetted when it was uploaded. It costs a few
 * milliseconds, and then nothing depends on who wrote to the store meanwhile, on records of
 * verdicts, or on which version of the rules they were made by. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "examine.h"
#include "clock.h"
#include "inferd/frame.h"

#include <stdio.h>
#include <string.h>

#define OPERATIONS_MAX 4096 /* distinct ones that are counted */

/* Names are the engine's, one copy of each; each is looked up once. */
struct look {
    struct inf_vet_report *report;
    const char *operations[OPERATIONS_MAX];
    enum inf_vet_class verdicts[OPERATIONS_MAX];
};

/* The time since *from, which becomes now. */
static uint64_t lap_ns(uint64_t *from)
{
    uint64_t now = (uint64_t)inf_clock_ns(CLOCK_MONOTONIC), lap = now - *from;

    *from = now;
    return lap;
}

static enum inf_vet_class look_up(struct look *look, const char *operation)
{
    struct inf_vet_report *report = look->report;
    enum inf_vet_class verdict = INF_VET_ALLOWED;

    for (uint32_t i = 0; i < report->operations; i++)
        if (look->operations[i] == operation)
            return look->verdicts[i];
    verdict = inf_vet_operation(operation);
    if (report->operations < OPERATIONS_MAX) {
        look->verdicts[report->operations] = verdict;
        look->operations[report->operations++] = operation;
    }
    return verdict;
}

static void on_call(void *arg, const struct inf_engine_call *call)
{
    struct look *look = arg;

    if (look_up(look, call->operation) != INF_VET_ALLOWED || call->target != INF_VET_OWN)
        inf_vet_report_call(look->report, call->function, call->operation, call->target);
}

static void keep_facts(struct inf_vet_report *report, const struct inf_vet_facts *facts)
{
    report->format_version = facts->format_version;
    report->records = facts->records;
    report->tensors = facts->tensors;
    report->code_bytes = facts->code_bytes;
    report->tensor_bytes = facts->tensor_bytes;
}

/* A file that is bad is refused; that there is no memory or no reading says nothing about it. */
static int archive(int fd, int64_t size_bytes, struct inf_vet_report *report,
                   struct inf_vet_facts *facts, char *reason, size_t reason_size)
{
    struct inf_error err;
    uint64_t from = (uint64_t)inf_clock_ns(CLOCK_MONOTONIC);

    if (inf_vet_archive(fd, size_bytes, inf_engine_version(), facts, &err) == 0) {
        keep_facts(report, facts);
    } else if (err.code == INF_ERR_BAD_REQUEST) {
        inf_vet_report_refuse(report, err.reason);
    } else {
        snprintf(reason, reason_size, "%s", err.reason);
        return -1;
    }
    report->archive_ns = lap_ns(&from);
    return 0;
}

static int inspect(struct inf_engine_model *model, struct inf_vet_report *report, char *reason,
                   size_t reason_size)
{
    static struct look look; /* too large for a stack; of one process, which vets once */
    uint64_t from = (uint64_t)inf_clock_ns(CLOCK_MONOTONIC);
    int rc = 0;

    look.report = report;
    rc = inf_engine_inspect(model, on_call, &look, &report->functions, reason, reason_size);
    report->inspect_ns = lap_ns(&from);
    return rc;
}

static void refuse(struct inf_vet_report *report, const char *complaint)
{
    char reason[INF_VET_REASON];

    snprintf(reason, sizeof reason, "%.*s cannot read it: %.*s", 32, inf_engine_version(),
             INF_VET_REASON - 64, complaint);
    inf_vet_report_refuse(report, reason);
}

int inf_examine(int fd, int64_t size_bytes, struct inf_vet_report *ret, char *reason,
                size_t reason_size)
{
    struct inf_vet_facts facts = {0};
    struct inf_engine_source source = {.fd = fd, .size_bytes = size_bytes};
    struct inf_engine_model *model = NULL;
    uint64_t from = 0;

    memset(ret, 0, sizeof *ret); /* its padding goes to another process, too */
    if (archive(fd, size_bytes, ret, &facts, reason, reason_size) != 0)
        return -1;
    if (ret->verdict != INF_VET_ALLOWED)
        return 0;
    source.left_out = facts.spans;
    source.left_out_count = facts.span_count;
    from = (uint64_t)inf_clock_ns(CLOCK_MONOTONIC);
    if (inf_engine_load(&source, &model, reason, reason_size) != 0)
        refuse(ret, reason);
    ret->load_ns = lap_ns(&from);
    if (model != NULL && inspect(model, ret, reason, reason_size) != 0)
        refuse(ret, reason);
    inf_engine_model_free(model);
    inf_vet_facts_free(&facts);
    return 0;
}

int inf_examine_and_load(int fd, int64_t size_bytes, bool approved, struct inf_engine_model **ret,
                         char *reason, size_t reason_size)
{
    const struct inf_engine_source source = {.fd = fd, .size_bytes = size_bytes};
    struct inf_vet_facts facts = {0};
    struct inf_vet_report report = {0};

    if (archive(fd, size_bytes, &report, &facts, reason, reason_size) != 0)
        return -1;
    inf_vet_facts_free(&facts);
    if (report.verdict == INF_VET_ALLOWED &&
        (inf_engine_load(&source, ret, reason, reason_size) != 0 ||
         inspect(*ret, &report, reason, reason_size) != 0))
        return -1;
    if (report.verdict == INF_VET_ALLOWED || (report.verdict == INF_VET_UNKNOWN && approved))
        return 0;
    snprintf(reason, reason_size, INF_EXAMINE_REFUSED "%s", report.reason);
    return -1;
}
