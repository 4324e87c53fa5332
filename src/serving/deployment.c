/* A deployment's life: recorded -> starting -> started -> (worker or place lost -> started again)*
 * -> stopping -> gone.
 *
 * What a user asked for is in the store and is only changed by _start, _update and _stop (or by a
 * start that fails, or the scaler); what is assigned comes from the plan, and what is true at the
 * moment is computed from the allocations. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "deployment.h"
#include "adaptive.h"
#include "assign.h"
#include "cluster_view.h"
#include "discard.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/store_shared.h"
#include "inferd/units.h"
#include "inferd/wall_clock.h"
#include "memory.h"
#include "record.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a stop lets running forwards end before it stops waiting for them. */
#define STOP_PATIENCE_MS 10000

static void set_sizes(struct inf_deployment *deployment, const struct inf_model *model,
                      const char *cache_size)
{
    struct inf_memory_metadata metadata = inf_memory_metadata(model->config);
    struct inf_error err;
    char text[INF_UNITS_TEXT];

    deployment->model_bytes = model->total_length;
    deployment->per_deployment_bytes = metadata.per_deployment_bytes;
    deployment->per_allocation_bytes = metadata.per_allocation_bytes;
    if (cache_size == NULL) {
        snprintf(text, sizeof text, "%lldb", (long long)model->total_length);
        cache_size = text;
    }
    deployment->cache_size = inf_strdup(cache_size);
    if (inf_bytes_parse(cache_size, "cache_size", &deployment->cache_bytes, &err) != 0)
        deployment->cache_bytes = 0;
}

struct inf_deployment *inf_deployment_new(struct inf_manager *manager,
                                          const struct inf_deployment_params *params,
                                          const struct inf_model *model)
{
    struct inf_deployment *deployment = inf_alloc(1, sizeof *deployment);

    deployment->manager = manager;
    deployment->id = inf_strdup(params->deployment_id);
    deployment->model_id = inf_strdup(params->model_id);
    deployment->precision = params->precision;
    deployment->weights = inf_precision_weights(params->model_id, &params->precision);
    deployment->number_of_allocations = params->number_of_allocations;
    deployment->threads_per_allocation = params->threads_per_allocation;
    deployment->low_priority = params->low_priority;
    deployment->adaptive = params->adaptive;
    set_sizes(deployment, model, params->cache_size);
    deployment->cache = inf_cache_new(deployment->cache_bytes);
    inf_queue_init(&deployment->queue, (size_t)params->queue_capacity);
    deployment->start_time_ms = inf_wall_ms();
    inf_counters_init(&deployment->counters, deployment->start_time_ms);
    uv_timer_init(manager->loop, &deployment->timer);
    deployment->timer.data = deployment;
    inf_manager_hold(manager);
    return deployment;
}

void inf_deployment_begin(struct inf_deployment *deployment)
{
    deployment->begun = true;
    inf_cluster_ask_of(deployment);
    inf_adaptive_begin(deployment);
}

/* ---- the assignment ---- */

static bool has_work(const struct inf_deployment *deployment)
{
    return deployment->infers != NULL || inf_allocations_busy(deployment) ||
           deployment->decoding > 0;
}

/* With nothing assigned, what was admitted is still answered; then the worker is of no more use. */
static void leave_worker(struct inf_deployment *deployment)
{
    if (deployment->worker == NULL || deployment->assigned > 0 || has_work(deployment))
        return;
    inf_allocations_close(deployment, NULL);
    inf_worker_release(deployment->worker);
    deployment->worker = NULL;
}

static void adjust(struct inf_deployment *deployment)
{
    struct inf_error err;

    if (deployment->assigned == 0) {
        /* Nobody is left who could answer. What is held for a deployment without a worker is not
         * lost: whoever holds it asks for an allocation. */
        if (deployment->worker != NULL && deployment->allocations == NULL) {
            inf_deployment_no_place_error(deployment->id, &err);
            inf_infer_fail_all(deployment, &err, false);
        }
        leave_worker(deployment);
        return;
    }
    if (deployment->worker == NULL)
        deployment->worker =
            inf_worker_acquire(deployment->manager, deployment->model_id, &deployment->precision);
    if (deployment->worker->state == INF_WORKER_READY)
        inf_deployment_worker_ready(deployment);
}

static void lose_place(struct inf_deployment *deployment)
{
    if (deployment->serving)
        inf_log(
            INF_LOG_WARN, "serving", "deployment has lost its place",
            (const char *[]){"deployment_id", deployment->id, "reason", deployment->reason, NULL});
    deployment->state = INF_DEPLOYMENT_STARTING;
    deployment->serving = false;
}

void inf_deployment_assign(struct inf_deployment *deployment, int allocations,
                           const char *explanation)
{
    if (deployment->state == INF_DEPLOYMENT_STOPPING || deployment->state == INF_DEPLOYMENT_FAILED)
        return;
    deployment->assigned = allocations;
    if (allocations > deployment->max_assigned)
        deployment->max_assigned = allocations;
    snprintf(deployment->reason, sizeof deployment->reason, "%s", explanation);
    if (!deployment->begun)
        return;
    if (deployment->number_of_allocations == 0)
        deployment->state = INF_DEPLOYMENT_STARTED;
    else if (allocations == 0 && inf_routing_targets(&deployment->routing) == 0)
        lose_place(deployment);
    else if (inf_deployment_answering(deployment) == 0)
        deployment->state = INF_DEPLOYMENT_STARTING;
    adjust(deployment);
    inf_deployment_answers(deployment);
    inf_waiters_settle(deployment);
    inf_dispatch(deployment);
}

void inf_deployment_answers(struct inf_deployment *deployment)
{
    if (deployment->state != INF_DEPLOYMENT_STARTING || !deployment->begun ||
        inf_deployment_answering(deployment) == 0)
        return;
    deployment->state = INF_DEPLOYMENT_STARTED;
    deployment->serving = true;
    inf_log(
        INF_LOG_INFO, "serving", "deployment started",
        (const char *[]){"deployment_id", deployment->id, "model_id", deployment->model_id, NULL});
}

void inf_deployment_look_around(struct inf_deployment *deployment)
{
    if (deployment->state == INF_DEPLOYMENT_STARTED && deployment->number_of_allocations > 0 &&
        inf_deployment_answering(deployment) == 0)
        deployment->state = INF_DEPLOYMENT_STARTING;
    inf_deployment_answers(deployment);
    inf_waiters_settle(deployment);
}

/* ---- states ---- */

int inf_deployment_answering(const struct inf_deployment *deployment)
{
    return (deployment->assigned > 0 ? deployment->current : 0) +
           inf_routing_current(&deployment->routing, NULL);
}

enum inf_deployment_state inf_deployment_state(const struct inf_deployment *deployment)
{
    bool elsewhere = inf_routing_current(&deployment->routing, NULL) > 0;

    return deployment->state == INF_DEPLOYMENT_FAILED && elsewhere ? INF_DEPLOYMENT_STARTED
                                                                   : deployment->state;
}

enum inf_allocation_state inf_deployment_allocation_state(const struct inf_deployment *deployment)
{
    int current = inf_deployment_answering(deployment);

    if (current >= deployment->number_of_allocations)
        return INF_ALLOCATION_FULLY;
    return current > 0 ? INF_ALLOCATION_STARTED : INF_ALLOCATION_STARTING;
}

const char *inf_deployment_state_name(enum inf_deployment_state state)
{
    static const char *const names[] = {"starting", "started", "stopping", "failed"};

    return names[state];
}

const char *inf_deployment_routing_state(const struct inf_deployment *deployment)
{
    /* With one node the route's state is the assignment's. */
    if (deployment->state == INF_DEPLOYMENT_STARTED && deployment->current == 0 &&
        deployment->assigned > 0)
        return inf_deployment_state_name(INF_DEPLOYMENT_STARTING);
    return inf_deployment_state_name(deployment->state);
}

void inf_deployment_worker_ready(struct inf_deployment *deployment)
{
    struct inf_error err;
    bool lacked = deployment->lacking;

    if (deployment->deleting || deployment->state == INF_DEPLOYMENT_FAILED)
        return;
    deployment->lacking = inf_allocations_adjust(deployment, &err) != 0;
    if (!deployment->lacking)
        return;
    /* Out of descriptors, say: the allocations that there are go on. */
    if (!lacked)
        inf_log(INF_LOG_ERROR, "serving", "an allocation cannot be made",
                (const char *[]){"deployment_id", deployment->id, "reason", err.reason, NULL});
    if (deployment->allocations == NULL && !deployment->serving)
        inf_deployment_failed(deployment, err.reason);
}

void inf_deployment_try_again(struct inf_deployment *deployment)
{
    if (deployment->lacking && deployment->worker != NULL &&
        deployment->worker->state == INF_WORKER_READY)
        inf_deployment_worker_ready(deployment);
}

void inf_deployment_worker_lost(struct inf_deployment *deployment, const struct inf_death *death)
{
    if (deployment->state == INF_DEPLOYMENT_STARTED && deployment->number_of_allocations > 0 &&
        inf_routing_current(&deployment->routing, NULL) == 0)
        deployment->state = INF_DEPLOYMENT_STARTING;
    inf_allocations_close(deployment, death);
    inf_cluster_changed(deployment->manager);
    if (deployment->assigned == 0 && !deployment->deleting)
        adjust(deployment);
    inf_deployment_progress(deployment);
}

void inf_deployment_begin_anew(struct inf_deployment *deployment)
{
    inf_discard_cache(deployment->manager, deployment->cache);
    deployment->cache = inf_cache_new(deployment->cache_bytes);
    deployment->batching = (struct inf_batching){0};
}

static void fail_requests(struct inf_deployment *deployment)
{
    struct inf_error err;

    inf_error_set(&err, INF_ERR_UNAVAILABLE, "Error in inference process: [%s]",
                  deployment->reason);
    inf_infer_fail_all(deployment, &err, false);
}

void inf_deployment_start_error(const char *node_id, const char *reason, struct inf_error *err)
{
    inf_error_set(
        err, INF_ERR_INTERNAL,
        "Could not start trained model deployment, the following nodes failed with errors "
        "[{%s=%s}]",
        node_id, reason);
}

void inf_deployment_failed(struct inf_deployment *deployment, const char *reason)
{
    bool is_asked_too_much = deployment->worker != NULL && deployment->worker->refuses_precision;
    struct inf_error err;

    if (deployment->state == INF_DEPLOYMENT_FAILED || deployment->deleting)
        return;
    snprintf(deployment->reason, sizeof deployment->reason, "%s", reason);
    inf_log(INF_LOG_ERROR, "serving", "deployment failed",
            (const char *[]){"deployment_id", deployment->id, "reason", reason, NULL});
    inf_allocations_close(deployment, NULL);
    if (deployment->state == INF_DEPLOYMENT_STOPPING) {
        fail_requests(deployment);
        inf_deployment_progress(deployment);
        return;
    }
    deployment->state = INF_DEPLOYMENT_FAILED;
    deployment->assigned = 0;
    fail_requests(deployment);
    leave_worker(deployment);
    inf_assign_soon(deployment->manager);
    inf_cluster_changed(deployment->manager);
    inf_deployment_start_error(inf_store_node_id(deployment->manager->store), deployment->reason,
                               &err);
    if (is_asked_too_much)
        err.code = INF_ERR_ILLEGAL_ARGUMENT;
    if (!inf_waiters_for(deployment, INF_WAIT_START)) {
        inf_waiters_end(deployment, &err, NULL);
        return; /* stays visible as failed, until a _stop */
    }
    deployment->start_error = inf_alloc(1, sizeof err);
    *deployment->start_error = err;
    inf_deployment_stop(deployment, false);
}

void inf_deployment_failed_on(struct inf_deployment *deployment, const char *node_id,
                              const char *reason)
{
    if (deployment->start_error != NULL || deployment->state == INF_DEPLOYMENT_STOPPING)
        return;
    snprintf(deployment->reason, sizeof deployment->reason, "%s", reason);
    deployment->start_error = inf_alloc(1, sizeof *deployment->start_error);
    inf_deployment_start_error(node_id, reason, deployment->start_error);
    inf_deployment_stop(deployment, false);
}

/* ---- the end ---- */

static void on_timer_closed(uv_handle_t *handle)
{
    struct inf_deployment *deployment = handle->data;
    struct inf_manager *manager = deployment->manager;

    inf_discard_cache(manager, deployment->cache);
    inf_queue_fini(&deployment->queue);
    inf_routing_free(&deployment->routing);
    free(deployment->start_error);
    free(deployment->cache_size);
    free(deployment->model_id);
    free(deployment->weights);
    free(deployment->id);
    free(deployment);
    inf_manager_let_go(manager);
}

void inf_deployment_drop(struct inf_deployment *deployment)
{
    deployment->gone = true;
    inf_deployment_progress(deployment);
}

static void gone(struct inf_deployment *deployment)
{
    struct inf_error removed;

    inf_error_set(
        &removed, INF_ERR_BAD_REQUEST,
        "Error waiting for the model deployment to start. The trained model assignment was "
        "removed while waiting");
    inf_manager_forget_deployment(deployment->manager, deployment->id);
    inf_assign_soon(deployment->manager);
    inf_cluster_changed(deployment->manager);
    /* Another node may have started one of the same id while this one was still in its place. */
    if (inf_store_is_shared(deployment->manager->store) && !deployment->manager->stopping)
        inf_manager_adopt(deployment->manager);
    if (deployment->begun)
        inf_adaptive_end(deployment);
    inf_waiters_end(deployment,
                    deployment->start_error != NULL ? deployment->start_error : &removed, NULL);
    if (deployment->worker != NULL)
        inf_worker_release(deployment->worker);
    deployment->worker = NULL;
    deployment->gone = true;
    inf_deployment_progress(deployment);
}

/* The record would start the deployment again at the next boot, so it may not vanish here either.
 */
static void keep_after_failed_delete(struct inf_deployment *deployment, const struct inf_error *err)
{
    struct inf_error stop_err;

    inf_error_set(
        &stop_err, INF_ERR_INTERNAL,
        "failed to delete model assignment after nodes unallocated the deployment. Attempt "
        "to stop again");
    inf_error_cause(&stop_err, err->code, "%s", err->reason);
    inf_log(INF_LOG_ERROR, "serving", "the record of a stopped deployment was not removed",
            (const char *[]){"deployment_id", deployment->id, "reason", err->reason, NULL});
    deployment->deleting = false;
    deployment->state = INF_DEPLOYMENT_FAILED;
    snprintf(deployment->reason, sizeof deployment->reason, "%s", stop_err.reason);
    inf_waiters_end(deployment, &stop_err, &stop_err);
}

static void on_record_deleted(void *arg, const struct inf_error *err)
{
    struct inf_deployment *deployment = arg;
    struct inf_manager *manager = deployment->manager;

    if (err != NULL && !manager->torn_down) {
        keep_after_failed_delete(deployment, err);
    } else {
        inf_log(INF_LOG_INFO, "serving", "deployment stopped",
                (const char *[]){"deployment_id", deployment->id, NULL});
        gone(deployment);
    }
    inf_manager_let_go(manager);
}

void inf_deployment_no_place_error(const char *id, struct inf_error *err)
{
    inf_error_set(err, INF_ERR_CONFLICT,
                  "Trained model deployment [%s] is not allocated to any nodes", id);
}

void inf_deployment_cancel_error(struct inf_error *err)
{
    inf_error_set(err, INF_ERR_UNAVAILABLE,
                  "Error in inference process: [inference canceled as process is stopping]");
}

static void delete_record(struct inf_deployment *deployment)
{
    struct inf_error err;

    deployment->deleting = true;
    uv_timer_stop(&deployment->timer);
    inf_deployment_cancel_error(&err);
    inf_infer_fail_all(deployment, &err, false);
    inf_allocations_close(deployment, NULL);
    inf_manager_hold(deployment->manager);
    if (deployment->recordless) {
        on_record_deleted(deployment, NULL);
        return;
    }
    inf_store_delete_deployment(deployment->manager->store, deployment->id, on_record_deleted,
                                deployment);
}

void inf_deployment_progress(struct inf_deployment *deployment)
{
    if (deployment->gone && deployment->decoding == 0 &&
        !uv_is_closing((uv_handle_t *)&deployment->timer))
        uv_close((uv_handle_t *)&deployment->timer, on_timer_closed);
    if (deployment->gone || deployment->deleting)
        return;
    if (deployment->state != INF_DEPLOYMENT_STOPPING)
        leave_worker(deployment);
    else if (!has_work(deployment))
        delete_record(deployment);
}

static void on_patience_over(uv_timer_t *timer)
{
    delete_record(timer->data);
}

void inf_deployment_stop(struct inf_deployment *deployment, bool finish_pending_work)
{
    struct inf_error err;

    if (deployment->state != INF_DEPLOYMENT_STOPPING) {
        if (deployment->start_error == NULL)
            snprintf(deployment->reason, sizeof deployment->reason, "client API call");
        uv_timer_start(&deployment->timer, on_patience_over, STOP_PATIENCE_MS, 0);
    }
    /* Without a process that could do it, pending work would be waited for in vain. */
    if (deployment->state == INF_DEPLOYMENT_FAILED || deployment->worker == NULL)
        finish_pending_work = false;
    deployment->state = INF_DEPLOYMENT_STOPPING;
    deployment->finish_pending_work = finish_pending_work;
    if (finish_pending_work) {
        uv_timer_stop(&deployment->timer); /* each request has its own deadline */
    } else {
        inf_error_set(&err, INF_ERR_QUEUE_FULL, "inference process worker service has shutdown");
        inf_infer_fail_all(deployment, &err, true);
    }
    inf_deployment_progress(deployment);
}

void inf_deployment_teardown(struct inf_deployment *deployment)
{
    struct inf_error err;

    inf_error_set(&err, INF_ERR_UNAVAILABLE, "the server is stopping");
    inf_infer_fail_all(deployment, &err, false);
    inf_allocations_close(deployment, NULL);
    inf_waiters_end(deployment, &err, &err);
    /* Else the store's last callback ends it. */
    if (!deployment->deleting && deployment->recording == 0)
        gone(deployment);
}
