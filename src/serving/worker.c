/* The life of a worker process, driven by the zygote's events. The end of a process is believed
 * only when the zygote reports it (with the exit status); a closed channel merely asks for it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"
#include "deployment.h"
#include "hash.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/units.h"
#include "vet_process.h"
#include "worker_spawn.h"
#include "worker_users.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void inf_worker_fail(struct inf_worker *worker, const char *reason)
{
    size_t left = inf_worker_users_begin(worker);
    struct inf_deployment *deployment = NULL;

    worker->state = INF_WORKER_FAILED;
    snprintf(worker->reason, sizeof worker->reason, "%s", reason);
    inf_log(INF_LOG_ERROR, "serving", "the model cannot be served",
            (const char *[]){"model_id", worker->model_id, "reason", worker->reason, NULL});
    while ((deployment = inf_worker_next_user(worker, &left)) != NULL)
        inf_deployment_failed(deployment, worker->reason);
    if (worker->probe != NULL)
        inf_probe_fail(worker->probe, INF_PROBE_FAILED, worker->reason);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct inf_worker *worker = handle->data;
    struct inf_manager *manager = worker->manager;
    struct inf_worker **link = &manager->workers;

    while (*link != worker)
        link = &(*link)->next;
    *link = worker->next;
    inf_runtime_unref(worker->runtime);
    inf_worker_proof_fini(&worker->proof);
    free(worker->model_id);
    free(worker->weights);
    free(worker);
    inf_manager_let_go(manager);
}

/* Frees an ENDING worker once nothing can call back into it. */
void inf_worker_end_if_possible(struct inf_worker *worker)
{
    if (worker->state != INF_WORKER_ENDING || worker->alive ||
        uv_is_closing((uv_handle_t *)&worker->timer))
        return;
    inf_channel_close(worker->control);
    worker->control = NULL;
    uv_close((uv_handle_t *)&worker->timer, on_timer_closed);
}

/* The model is loaded and was measured. */
static void ready(struct inf_worker *worker)
{
    size_t left = inf_worker_users_begin(worker);
    struct inf_deployment *deployment = NULL;

    worker->state = INF_WORKER_READY;
    uv_timer_stop(&worker->timer);
    inf_log(INF_LOG_INFO, "serving", "model loaded",
            (const char *[]){"model_id", worker->model_id, "namespaces",
                             worker->sandbox & INF_SANDBOX_NAMESPACES ? "yes" : "no", "empty_root",
                             worker->sandbox & INF_SANDBOX_EMPTY_ROOT ? "yes" : "no", "landlock",
                             worker->sandbox & INF_SANDBOX_LANDLOCK ? "yes" : "no", "cgroup",
                             worker->sandbox & INF_SANDBOX_CGROUP ? "yes" : "no", NULL});
    while ((deployment = inf_worker_next_user(worker, &left)) != NULL)
        inf_deployment_worker_ready(deployment);
    if (worker->probe != NULL)
        inf_probe_ready(worker->probe);
}

/* libtorch says that there was no memory; the user wants to know how much there was. */
void inf_worker_load_failed(struct inf_worker *worker, const char *text)
{
    char reason[INF_REASON_MAX], limit[INF_UNITS_TEXT];

    snprintf(reason, sizeof reason, "%s", text);
    if (strstr(text, "memory") != NULL && strstr(text, INF_EXAMINE_REFUSED) == NULL)
        snprintf(reason, sizeof reason, "%s (the process may take [%s], see engine.memory_limit)",
                 text, inf_bytes_print(worker->memory.limit, limit));
    uv_timer_stop(&worker->timer);
    inf_worker_kill(worker); /* it ends by itself, or says only that it does */
    inf_worker_fail(worker, reason);
}

/* Who asks for fewer bits anew is not to get a process that goes on without (worker_control.c). */
static bool is_as_wanted(const struct inf_worker *worker)
{
    return worker->state != INF_WORKER_READY || worker->encoder.precision == worker->precision.type;
}

struct inf_worker *inf_worker_acquire(struct inf_manager *manager, const char *model_id,
                                      const struct inf_precision *precision)
{
    struct inf_worker *worker = NULL;
    char *weights = inf_precision_weights(model_id, precision);

    for (worker = manager->workers; worker != NULL; worker = worker->next)
        if (worker->state != INF_WORKER_ENDING && worker->state != INF_WORKER_FAILED &&
            strcmp(worker->weights, weights) == 0 && is_as_wanted(worker)) {
            worker->users++;
            free(weights);
            return worker;
        }
    worker = inf_alloc(1, sizeof *worker);
    worker->model_id = inf_strdup(model_id);
    worker->precision = *precision;
    worker->weights = weights;
    worker->manager = manager;
    worker->users = 1;
    worker->memory.measured = INF_MEASURED_NONE;
    inf_quarantine_init(&worker->quarantine, inf_hash_seed());
    worker->next = manager->workers;
    manager->workers = worker;
    uv_timer_init(manager->loop, &worker->timer);
    worker->timer.data = worker;
    inf_manager_hold(manager);
    inf_worker_prepare(worker);
    return worker;
}

void inf_worker_release(struct inf_worker *worker)
{
    if (--worker->users > 0)
        return;
    uv_timer_stop(&worker->timer);
    inf_worker_check_end(worker);
    if (worker->state == INF_WORKER_PREPARING)
        worker->alive = true; /* the runtime's callback is still to come */
    else if (worker->alive)
        inf_zygote_kill(worker->manager->zygote, worker->number);
    worker->state = INF_WORKER_ENDING;
    inf_worker_end_if_possible(worker);
}

int inf_worker_allocate(struct inf_worker *worker, int threads, bool low_priority, int peer_fd)
{
    struct inf_frame_allocate request = {.threads = (uint32_t)threads,
                                         .nice = low_priority ? 15 : 0};

    if (worker->control == NULL)
        return -1;
    inf_worker_memory_adjust(worker);
    return inf_channel_send(worker->control, INF_FRAME_ALLOCATE, 0, &request, sizeof request, NULL,
                            0, &peer_fd, 1);
}

void inf_worker_kill(struct inf_worker *worker)
{
    if (worker->alive && worker->number != 0)
        inf_zygote_kill(worker->manager->zygote, worker->number);
}

void inf_worker_replace(struct inf_worker *worker)
{
    worker->replaced = worker->alive;
    inf_worker_kill(worker);
}

void inf_worker_channel_closed(struct inf_worker *worker, const char *why)
{
    if (why != NULL) {
        inf_worker_condemn(worker, why);
        return;
    }
    worker->hung_up = true; /* most likely because it is dead, which is about to be told */
    inf_worker_kill(worker);
}

void inf_worker_condemn(struct inf_worker *worker, const char *reason)
{
    if (worker->doom[0] != '\0')
        return;
    snprintf(worker->doom, sizeof worker->doom, "%s", reason);
    inf_log(INF_LOG_ERROR, "serving", "the worker process is ended",
            (const char *[]){"model_id", worker->model_id, "reason", worker->doom, NULL});
    inf_worker_kill(worker);
}

void inf_worker_succeeded(struct inf_worker *worker)
{
    inf_restarts_answered(&worker->restarts);
}

void inf_worker_warmed(struct inf_worker *worker)
{
    inf_worker_memory_ask(worker, INF_MEMORY_WARMED);
}

bool inf_worker_is_measured(const struct inf_worker *worker)
{
    return inf_measured_known(&worker->memory.measured);
}

/* ---- ends of processes ---- */

/* A new process, or the end. */
static void crashed(struct inf_worker *worker, const char *how)
{
    const struct inf_config *config = worker->manager->config;
    const struct inf_restart_limits limits = {
        .in_a_row = (int)inf_config_int(config, "engine.max_restarts"),
        .within = (int)inf_config_int(config, "engine.max_crashes"),
        .window_ms = inf_config_ms(config, "engine.crash_window")};
    char reason[INF_REASON_MAX];

    inf_log(INF_LOG_WARN, "serving", "worker process died",
            (const char *[]){"model_id", worker->model_id, "how", how, NULL});
    inf_restarts_died(&worker->restarts, uv_now(worker->manager->loop));
    if (inf_restarts_over(&worker->restarts, &limits, how, reason))
        inf_worker_fail(worker, reason);
    else
        inf_worker_try_again(worker, inf_restarts_pause_ms(&worker->restarts));
}

/* A new process, at once where the last one could not use a kept proof; or the end. */
static void go_on(struct inf_worker *worker, const char *how)
{
    if (inf_worker_proof_lost(worker, how))
        inf_worker_try_again(worker, 0);
    else
        crashed(worker, how);
}

/* The process is gone, by this death, or because it was replaced (NULL). Jobs inside go back to
 * their queues; then a new one is made, or not. */
static void lost(struct inf_worker *worker, struct inf_death *death, bool its_own_fault)
{
    size_t left = inf_worker_users_begin(worker);
    struct inf_deployment *deployment = NULL;
    char reason[INF_REASON_MAX];

    worker->alive = false;
    worker->pid = 0;
    inf_worker_memory_end(worker);
    uv_timer_stop(&worker->timer);
    inf_channel_close(worker->control);
    worker->control = NULL;
    if (worker->state == INF_WORKER_ENDING || worker->state == INF_WORKER_FAILED) {
        inf_worker_end_if_possible(worker);
        return;
    }
    worker->state = INF_WORKER_WAITING;
    if (death != NULL)
        death->alone = its_own_fault && worker->running == 1;
    while ((deployment = inf_worker_next_user(worker, &left)) != NULL)
        inf_deployment_worker_lost(deployment, death);
    snprintf(reason, sizeof reason, "inference process crashed due to reason [%s]",
             death != NULL ? death->how : "it was replaced");
    if (worker->probe != NULL)
        inf_probe_fail(worker->probe, INF_PROBE_FAILED, reason);
    worker->running = 0;
    worker->exclusive = false;
    /* With the zygote gone, or without users any more, nothing is to be begun here. */
    if (its_own_fault && worker->state == INF_WORKER_WAITING)
        go_on(worker, death->how);
}

/* What it answered is forgotten, since that is why it was replaced. */
static void replaced(struct inf_worker *worker)
{
    size_t left = inf_worker_users_begin(worker);
    struct inf_deployment *deployment = NULL;

    lost(worker, NULL, false);
    while ((deployment = inf_worker_next_user(worker, &left)) != NULL)
        inf_deployment_begin_anew(deployment);
    if (worker->state == INF_WORKER_WAITING)
        inf_worker_try_again(worker, 0);
}

struct inf_worker *inf_worker_find(const struct inf_manager *manager, uint64_t number)
{
    struct inf_worker *worker = manager->workers;

    while (worker != NULL && worker->number != number)
        worker = worker->next;
    return worker;
}

void inf_worker_spawned(struct inf_manager *manager, uint64_t number,
                        const struct inf_frame_spawned *spawned)
{
    struct inf_worker *worker = inf_worker_find(manager, number);
    struct inf_death death = {0};

    if (worker == NULL)
        return;
    worker->pid = spawned->pid;
    if (spawned->pid > 0)
        return;
    snprintf(death.how, sizeof death.how, "no process could be made: %s",
             strerror(spawned->errno_value));
    lost(worker, &death, true);
}

void inf_worker_exited(struct inf_manager *manager, uint64_t number,
                       const struct inf_frame_exited *exited)
{
    struct inf_worker *worker = inf_worker_find(manager, number);
    struct inf_death_signs signs = {.exited = *exited};
    struct inf_death death;

    if (worker == NULL || !worker->alive)
        return;
    if (worker->replaced) {
        replaced(worker);
        return;
    }
    inf_channel_drain(worker->control); /* what it said last may still lie there */
    signs.doom = worker->doom;
    signs.hung_up = worker->hung_up;
    signs.signalled = worker->signalled;
    inf_death_read(&signs, &death);
    lost(worker, &death, true);
}

void inf_worker_measured(struct inf_manager *manager, uint64_t number,
                         const struct inf_frame_measured *measured)
{
    struct inf_worker *worker = inf_worker_find(manager, number);

    if (worker == NULL || !worker->alive)
        return;
    inf_worker_memory_seen(worker, measured);
    if (measured->asked.occasion == INF_MEMORY_WATCH)
        inf_worker_cpu_seen(worker, measured);
    if (measured->asked.occasion == INF_MEMORY_LOADED && worker->state == INF_WORKER_LOADING)
        ready(worker);
    else if (worker->probe != NULL)
        inf_probe_measured(worker->probe, measured);
}

void inf_worker_zygote_ready(struct inf_manager *manager)
{
    for (struct inf_worker *worker = manager->workers; worker != NULL; worker = worker->next)
        if (worker->state == INF_WORKER_WAITING && !uv_is_active((uv_handle_t *)&worker->timer))
            inf_worker_spawn(worker);
}

void inf_worker_zygote_died(struct inf_manager *manager)
{
    struct inf_worker *next = NULL;
    struct inf_death death = {.how = "the engine process died"};

    for (struct inf_worker *worker = manager->workers; worker != NULL; worker = next) {
        next = worker->next; /* freeing happens in a close callback, so `next` stays valid */
        if (worker->alive && worker->number != 0)
            lost(worker, &death, false);
    }
}

void inf_worker_teardown(struct inf_manager *manager)
{
    for (struct inf_worker *worker = manager->workers; worker != NULL; worker = worker->next) {
        if (worker->state != INF_WORKER_PREPARING && worker->number != 0)
            worker->alive = false;
        if (worker->probe != NULL)
            inf_probe_fail(worker->probe, INF_PROBE_STOPPED, "");
        worker->users = 1;
        inf_worker_release(worker);
    }
}
