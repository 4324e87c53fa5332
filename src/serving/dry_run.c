/* A _start that is only thought: the same checks in the same order, the same plan, and where
 * nothing speaks against it and the model was never loaded, its worker for a moment. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "deployment.h"
#include "describe_memory.h"
#include "dry_run_report.h"
#include "file_wait.h"
#include "find_model.h"
#include "inferd/alloc.h"
#include <stdlib.h>

struct dry_run {
    struct inf_manager *manager;
    struct inf_deployment_params params; /* with copies of its strings */
    char *model_id;                      /* to be tried: what params.model_id means */
    uint64_t deadline_ms;                /* by the loop's clock */
    inf_dry_run_done done;
    void *arg;
};

static char *copy(const char *text)
{
    return text != NULL ? inf_strdup(text) : NULL;
}

static struct dry_run *dry_run_new(struct inf_manager *manager,
                                   const struct inf_deployment_params *params,
                                   inf_dry_run_done done, void *arg)
{
    struct dry_run *run = inf_alloc(1, sizeof *run);

    *run = (struct dry_run){.manager = manager, .params = *params, .done = done, .arg = arg};
    run->params.deployment_id = copy(params->deployment_id);
    run->params.model_id = copy(params->model_id);
    run->params.cache_size = copy(params->cache_size);
    return run;
}

static void dry_run_free(struct dry_run *run)
{
    free((char *)run->params.deployment_id);
    free((char *)run->params.model_id);
    free((char *)run->params.cache_size);
    free(run->model_id);
    free(run);
}

/* The checks of a _start. facts->newcomer is the caller's to drop. */
static void check(const struct dry_run *run, struct inf_dry_run_facts *facts)
{
    const struct inf_model *startable = NULL;
    struct inf_deployment *newcomer = NULL;
    struct inf_error ignored;

    *facts = (struct inf_dry_run_facts){.manager = run->manager, .params = &run->params};
    facts->model = inf_find_one_model(run->manager, run->params.model_id, &ignored);
    if (facts->model != NULL)
        newcomer = inf_command_newcomer(run->manager, &run->params, facts->model);
    facts->newcomer = newcomer;
    if (inf_command_check_start(run->manager, &run->params, &startable, &facts->refusal) == 0 &&
        inf_assign_check_start(run->manager, newcomer, &facts->refusal) == 0)
        facts->refusal.code = INF_ERR_NONE;
}

/* What the model itself does counts as the node's failure, as in a _start. */
static void report(struct dry_run *run, bool tried, enum inf_probe_outcome outcome,
                   const char *text)
{
    struct inf_dry_run_facts facts;
    struct inf_buf out;

    check(run, &facts);
    facts.tried = tried;
    facts.outcome = outcome;
    facts.text = text;
    if (facts.refusal.code == INF_ERR_NONE && tried && outcome == INF_PROBE_FAILED)
        inf_deployment_start_error(inf_store_node_id(run->manager->store), text, &facts.refusal);
    inf_buf_init(&out, INF_DRY_RUN_REPORT_MAX);
    inf_dry_run_write(&facts, &out);
    run->done(run->arg, NULL, &out);
    inf_buf_free(&out);
    if (facts.newcomer != NULL)
        inf_deployment_drop((struct inf_deployment *)facts.newcomer);
    dry_run_free(run);
}

static void stopped(struct dry_run *run)
{
    struct inf_error err;

    inf_error_set(&err, INF_ERR_UNAVAILABLE, "the server is stopping");
    run->done(run->arg, &err, NULL);
    dry_run_free(run);
}

static void on_probed(void *arg, enum inf_probe_outcome outcome, const char *text)
{
    if (outcome == INF_PROBE_STOPPED)
        stopped(arg);
    else
        report(arg, true, outcome, text);
}

static bool is_measured(const struct inf_manager *manager, const char *model_id)
{
    struct inf_measured measured = inf_describe_measured_of(manager, model_id);

    return inf_measured_known(&measured);
}

static void try_model(struct dry_run *run)
{
    uint64_t now_ms = uv_now(run->manager->loop);

    inf_probe_model(run->manager, run->model_id, run->params.threads_per_allocation,
                    run->deadline_ms > now_ms ? (int64_t)(run->deadline_ms - now_ms) : 0, on_probed,
                    run);
}

static void on_file(void *arg, const struct inf_error *err)
{
    struct dry_run *run = arg;

    if (run->manager->stopping)
        stopped(run);
    else if (err != NULL)
        report(run, true, INF_PROBE_NO_FILE, err->reason);
    else
        try_model(run);
}

void inf_manager_dry_run(struct inf_manager *manager, const struct inf_deployment_params *params,
                         int64_t timeout_ms, inf_dry_run_done done, void *arg)
{
    struct dry_run *run = dry_run_new(manager, params, done, arg);
    struct inf_dry_run_facts facts;
    bool to_be_tried = false;

    if (manager->stopping) {
        stopped(run);
        return;
    }
    check(run, &facts);
    to_be_tried =
        facts.refusal.code == INF_ERR_NONE && !is_measured(manager, facts.model->model_id);
    run->model_id = copy(to_be_tried ? facts.model->model_id : NULL);
    run->deadline_ms = uv_now(manager->loop) + (uint64_t)timeout_ms;
    if (facts.newcomer != NULL)
        inf_deployment_drop((struct inf_deployment *)facts.newcomer);
    if (to_be_tried)
        inf_file_await(manager, run->model_id, timeout_ms, on_file, run);
    else
        report(run, false, INF_PROBE_FINE, "");
}
