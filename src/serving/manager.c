/* The manager: begins and ends with the daemon, owns the tables, passes the zygote's events on.
 * What a command does to a deployment is in the command_*.c files. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "manager.h"
#include "adaptive.h"
#include "assign.h"
#include "checker.h"
#include "cluster_view.h"
#include "file_wait.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "record.h"
#include "vet_process.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WATCH_MS 250
#define STOP_WATCH_MS 10

static struct inf_deployment *deployment_at(const struct inf_manager *manager, size_t i)
{
    return inf_strmap_at(manager->deployments, i, NULL);
}

/* ---- the zygote's events ---- */

static void on_ready(void *arg)
{
    inf_worker_zygote_ready(arg);
    inf_vet_process_zygote_ready(arg);
}

static void on_spawned(void *arg, uint64_t worker, const struct inf_frame_spawned *spawned)
{
    inf_worker_spawned(arg, worker, spawned);
    inf_vet_process_spawned(arg, worker, spawned);
    inf_checker_spawned(arg, worker, spawned);
}

static void on_exited(void *arg, uint64_t worker, const struct inf_frame_exited *exited)
{
    inf_worker_exited(arg, worker, exited);
    inf_vet_process_exited(arg, worker, exited->status);
    inf_checker_exited(arg, worker, exited);
}

static void on_died(void *arg)
{
    inf_worker_zygote_died(arg);
    inf_vet_process_zygote_died(arg);
    inf_checker_zygote_died(arg);
}

static void on_measured(void *arg, uint64_t worker, const struct inf_frame_measured *measured)
{
    inf_worker_measured(arg, worker, measured);
}

static const struct inf_zygote_events zygote_events = {on_ready, on_spawned, on_exited, on_died,
                                                       on_measured};

/* ---- the node ---- */

static void describe_node(struct inf_manager *manager)
{
    const char *name = inf_config_string(manager->config, "node.name");

    manager->processors = (int)inf_config_int(manager->config, "node.processors");
    if (manager->processors == 0)
        manager->processors = inf_node_processors();
    manager->memory_total = inf_node_memory();
    if (name[0] != '\0')
        snprintf(manager->node_name, sizeof manager->node_name, "%s", name);
    else if (gethostname(manager->node_name, sizeof manager->node_name - 1) != 0)
        snprintf(manager->node_name, sizeof manager->node_name, "localhost");
    inf_node_random_id(manager->ephemeral_id);
}

void inf_manager_node(const struct inf_manager *manager, struct inf_node_info *ret)
{
    *ret = (struct inf_node_info){.processors = manager->processors,
                                  .node_id = inf_store_node_id(manager->store),
                                  .node_name = manager->node_name,
                                  .ephemeral_id = manager->ephemeral_id,
                                  .publish_address = manager->publish_address,
                                  .engine_version = inf_manager_engine_version(manager),
                                  .memory_total_bytes = manager->memory_total,
                                  .memory_ml_bytes = inf_assign_memory_limit(manager),
                                  .memory_inference_bytes = manager->memory_used};

    if (manager->memory_used > 0)
        ret->memory_overhead_bytes = INF_ASSIGN_OVERHEAD;
}

/* ---- begin ---- */

static void on_watch(uv_timer_t *timer)
{
    struct inf_manager *manager = timer->data;
    uint64_t now = uv_hrtime();
    uint64_t limit = (uint64_t)inf_config_ms(manager->config, "engine.forward_timeout") * 1000000;

    for (size_t i = inf_strmap_size(manager->deployments); i > 0; i--) {
        inf_allocations_watch(deployment_at(manager, i - 1), now, limit);
        inf_deployment_try_again(deployment_at(manager, i - 1));
    }
    inf_worker_memory_watch(manager);
    inf_adaptive_look(manager, now);
}

static void begin_timer(struct inf_manager *manager, uv_timer_t *timer)
{
    uv_timer_init(manager->loop, timer);
    timer->data = manager;
    inf_manager_hold(manager);
}

int inf_manager_start(const struct inf_manager_options *options, struct inf_manager **ret,
                      struct inf_error *err)
{
    struct inf_manager *manager = NULL;

    if (access(options->engine_path, X_OK) != 0)
        return inf_error_set(err, INF_ERR_IO,
                             "the engine program [%s] of setting [engine.path]: %s",
                             options->engine_path, strerror(errno));
    manager = inf_alloc(1, sizeof *manager);
    manager->loop = options->loop;
    manager->store = options->store;
    manager->config = options->config;
    manager->publish_address = options->publish_address;
    manager->deployments = inf_strmap_new();
    describe_node(manager);
    begin_timer(manager, &manager->planner);
    begin_timer(manager, &manager->watchdog);
    uv_timer_start(&manager->watchdog, on_watch, WATCH_MS, WATCH_MS);
    manager->zygote = inf_zygote_new(manager->loop, options->engine_path, &zygote_events, manager);
    inf_record_restore_all(manager);
    if (inf_strmap_size(manager->deployments) > 0)
        inf_manager_need_engine(manager);
    *ret = manager;
    return 0;
}

void inf_manager_need_engine(struct inf_manager *manager)
{
    inf_zygote_need(manager->zygote);
}

const char *inf_manager_engine_version(const struct inf_manager *manager)
{
    return inf_zygote_version(manager->zygote);
}

/* ---- end ---- */

void inf_manager_hold(struct inf_manager *manager)
{
    manager->pending++;
}

void inf_manager_let_go(struct inf_manager *manager)
{
    if (--manager->pending == 0 && manager->torn_down)
        manager->stopped(manager->stopped_arg);
}

void inf_manager_free(struct inf_manager *manager)
{
    if (manager == NULL)
        return;
    inf_strmap_free(manager->deployments);
    inf_cluster_forget_nodes(manager);
    free(manager);
}

static void on_timer_closed(uv_handle_t *handle)
{
    inf_manager_let_go(handle->data);
}

static void on_zygote_stopped(void *arg)
{
    struct inf_manager *manager = arg;

    manager->torn_down = true;
    inf_checker_zygote_died(manager);
    for (size_t i = inf_strmap_size(manager->deployments); i > 0; i--)
        inf_deployment_teardown(deployment_at(manager, i - 1));
    inf_worker_teardown(manager);
    inf_vet_process_teardown(manager);
    uv_close((uv_handle_t *)&manager->planner, on_timer_closed);
    uv_close((uv_handle_t *)&manager->watchdog, on_timer_closed);
}

static bool has_work(const struct inf_manager *manager)
{
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++)
        if (deployment_at(manager, i)->infers != NULL)
            return true;
    return false;
}

static void on_stop_watch(uv_timer_t *timer)
{
    struct inf_manager *manager = timer->data;
    struct inf_error err;

    if (has_work(manager) && uv_hrtime() < manager->deadline_ns)
        return;
    uv_timer_stop(timer);
    inf_error_set(&err, INF_ERR_UNAVAILABLE, "the server is stopping");
    for (size_t i = inf_strmap_size(manager->deployments); i > 0; i--)
        inf_infer_fail_all(deployment_at(manager, i - 1), &err, false);
    inf_zygote_stop(manager->zygote, on_zygote_stopped, manager);
}

void inf_manager_stop(struct inf_manager *manager, int64_t deadline_ms, void (*stopped)(void *arg),
                      void *arg)
{
    manager->stopping = true;
    manager->stopped = stopped;
    manager->stopped_arg = arg;
    manager->deadline_ns = uv_hrtime() + (uint64_t)deadline_ms * 1000000;
    inf_file_waits_look(manager);
    uv_timer_start(&manager->watchdog, on_stop_watch, 0, STOP_WATCH_MS);
}

/* ---- tables ---- */

size_t inf_manager_deployment_count(const struct inf_manager *manager)
{
    return inf_strmap_size(manager->deployments);
}

const struct inf_deployment *inf_manager_deployment_at(const struct inf_manager *manager, size_t i)
{
    return deployment_at(manager, i);
}

const struct inf_deployment *inf_manager_deployment(const struct inf_manager *manager,
                                                    const char *deployment_id)
{
    return inf_strmap_get(manager->deployments, deployment_id);
}

void inf_manager_forget_deployment(struct inf_manager *manager, const char *deployment_id)
{
    inf_strmap_remove(manager->deployments, deployment_id);
}
