/* worker_spawn.c - from a model to a process: its tokenizer, then the zygote is asked for one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker_spawn.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "vet_process.h"
#include "worker_users.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LACK_PAUSE_MS 1000
#define VOCABULARY_PAUSE_MS 200

static void on_load_timeout(uv_timer_t *timer)
{
    struct inf_worker *worker = timer->data;

    worker->proof.offered = false; /* it is not to blame: without one it takes longer */
    inf_worker_condemn(worker, "loading the model took longer than engine.load_timeout");
}

static int send_spawn(struct inf_worker *worker, int definition, int64_t size, int peer)
{
    struct inf_manager *manager = worker->manager;
    struct inf_frame_spawn request = {
        .model_size = size,
        .require_namespaces = inf_config_bool(manager->config, "engine.require_namespaces"),
        .require_landlock = inf_config_bool(manager->config, "engine.require_landlock"),
        .purpose = INF_PURPOSE_SERVE,
        .approved = inf_vetting_is_approved(manager, worker->model_id),
        .encoder = inf_worker_encoder_choice(manager->config),
        .disproven = worker->check.is_disproven};

    if (worker->check.is_disproven)
        request.encoder = INF_ENCODER_MODULE;
    inf_worker_memory_begin(worker, &request);
    inf_worker_cpu_begin(worker);
    inf_worker_proof_begin(worker, &request);
    return inf_zygote_spawn(manager->zygote, worker->number, &request, definition, peer) == 0
               ? inf_worker_proof_send(worker)
               : -1;
}

/* What a process is made of is lacking: memory, descriptors, or the definition cannot be read now.
 * A start is told so. But a deployment that served is to do so again however long that lasts. */
static void cannot_spawn(struct inf_worker *worker, const char *reason)
{
    if (!inf_worker_is_wanted_back(worker)) {
        inf_worker_fail(worker, reason);
        return;
    }
    worker->state = INF_WORKER_WAITING;
    if (!worker->lacking)
        inf_log(INF_LOG_WARN, "serving", "a worker process cannot be made; it is tried again",
                (const char *[]){"model_id", worker->model_id, "reason", reason, NULL});
    worker->lacking = true;
    inf_worker_try_again(worker, LACK_PAUSE_MS);
}

void inf_worker_spawn(struct inf_worker *worker)
{
    struct inf_manager *manager = worker->manager;
    struct inf_error err;
    int definition = -1, peer = -1, rc = -1;
    int64_t size = 0;

    worker->state = INF_WORKER_WAITING;
    if (!inf_zygote_need(manager->zygote))
        return; /* inf_worker_zygote_ready comes back here */
    if (inf_store_open_definition(manager->store, worker->model_id, &definition, &size, &err) !=
            0 ||
        inf_channel_open(manager->loop, &inf_worker_control, worker, &worker->control, &peer,
                         &err) != 0) {
        if (definition >= 0)
            close(definition);
        cannot_spawn(worker, err.reason);
        return;
    }
    worker->lacking = false;
    worker->number = ++manager->next_worker;
    worker->doom[0] = '\0';
    worker->loaded = worker->hung_up = worker->replaced = worker->is_quantizing = false;
    worker->signalled = 0;
    rc = send_spawn(worker, definition, size, peer);
    close(definition);
    close(peer);
    if (rc != 0) { /* the zygote has just died, which is about to be told */
        inf_channel_close(worker->control);
        worker->control = NULL;
        return;
    }
    worker->alive = true;
    worker->state = INF_WORKER_LOADING;
    uv_timer_start(&worker->timer, on_load_timeout,
                   (uint64_t)inf_config_ms(manager->config, "engine.load_timeout"), 0);
}

/* In a cluster: it is on its way from another node. */
static void await_vocabulary(struct inf_worker *worker)
{
    worker->state = INF_WORKER_WAITING;
    inf_worker_try_again(worker, VOCABULARY_PAUSE_MS);
}

static void on_runtime(void *arg, struct inf_runtime *runtime, const struct inf_error *err)
{
    struct inf_worker *worker = arg;

    worker->runtime = runtime;
    if (worker->state == INF_WORKER_ENDING)
        worker->alive = false; /* `alive` stood for this callback */
    else if (err != NULL && err->code == INF_ERR_UNAVAILABLE)
        await_vocabulary(worker);
    else if (err != NULL && (err->code == INF_ERR_MEMORY || err->code == INF_ERR_IO))
        cannot_spawn(worker, err->reason);
    else if (err != NULL)
        inf_worker_fail(worker, err->reason);
    else
        inf_worker_spawn(worker);
    inf_worker_end_if_possible(worker);
}

void inf_worker_prepare(struct inf_worker *worker)
{
    struct inf_manager *manager = worker->manager;

    worker->state = INF_WORKER_PREPARING;
    inf_runtime_load(manager->loop, manager->store, worker->model_id, on_runtime, worker);
}

static void on_pause_over(uv_timer_t *timer)
{
    struct inf_worker *worker = timer->data;

    if (worker->runtime == NULL)
        inf_worker_prepare(worker);
    else
        inf_worker_spawn(worker);
}

void inf_worker_try_again(struct inf_worker *worker, uint64_t ms)
{
    uv_timer_start(&worker->timer, on_pause_over, ms, 0);
}
