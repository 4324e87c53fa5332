/* serving.h - deployments: started, queued for, dispatched to worker processes, counted, stopped.
 *
 * The manager owns every deployment of this node. A deployment has a bounded queue; its allocations
 * (threads of the model's one worker process) pull from it. The queue stays here, in the parent, so
 * a worker's death loses no queued request: what was in flight is tried once more.
 *
 * Thread: loop only. Tokenizing long text goes to libuv's pool as a pure function on private data.
 * Owns:   deployments and workers; borrowed pointers are valid until control returns to the loop.
 * Bound:  queue_capacity documents a deployment; 100 deployments; node.processors. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_H
#define INFERD_SERVING_H

#include "inferd/config.h"
#include "inferd/error.h"
#include "inferd/json.h"
#include "inferd/store.h"
#include "inferd/task.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct inf_manager;
struct inf_deployment;

struct inf_manager_options {
    struct uv_loop_s *loop;
    struct inf_store *store;
    const struct inf_config *config;
    const char *engine_path;     /* the inferd-engine program */
    const char *publish_address; /* of HTTP: "127.0.0.1:9200"; borrowed */
};

/* Begins to start every deployment the store remembers, and for them the zygote; without any it
 * starts some seconds later. Returns at once. */
int inf_manager_start(const struct inf_manager_options *options, struct inf_manager **ret,
                      struct inf_error *err);
/* Refuses new work, lets queued and running requests end until deadline_ms, then fails the rest
 * with 503 and ends zygote and workers; `stopped` runs when they are gone. Deployments stay in the
 * store. */
void inf_manager_stop(struct inf_manager *manager, int64_t deadline_ms, void (*stopped)(void *arg),
                      void *arg);
void inf_manager_free(struct inf_manager *manager); /* after `stopped` */
/* A model is on its way: starts the zygote now if it has not been started yet. Loop only. */
void inf_manager_need_engine(struct inf_manager *manager);
/* "torch 2.13.0", or "" before the zygote answered. */
const char *inf_manager_engine_version(const struct inf_manager *manager);

/* ---- deployments ---- */

/* Order of the values is the order that wait_for compares. */
enum inf_allocation_state { INF_ALLOCATION_STARTING, INF_ALLOCATION_STARTED, INF_ALLOCATION_FULLY };

/* The "adaptive_allocations" of a deployment (compatibility 9.7). A bound of -1 is unset. */
struct inf_adaptive {
    bool set; /* the deployment has such settings at all, be they enabled or not */
    bool enabled;
    int minimum, maximum; /* allocations */
};

/* In what a deployment's model computes. */
enum inf_precision_type {
    INF_PRECISION_FP32,
    INF_PRECISION_BF16, /* linear layers, by the packed encoder; this and the next */
    INF_PRECISION_INT8,
    INF_PRECISION_TYPES
};
struct inf_precision {
    enum inf_precision_type type;
    double min_cosine; /* that the sample texts' answers keep to those in float32; -1: any */
};

/* As _start has it: "int8". */
const char *inf_precision_name(enum inf_precision_type type);
/* FP32 for what is no name of a precision, or NULL. */
enum inf_precision_type inf_precision_find(const char *name);

struct inf_deployment_params {
    const char *deployment_id;
    const char *model_id;
    int number_of_allocations;
    int threads_per_allocation;
    int queue_capacity;
    const char *cache_size; /* text as given ("10kb"), or NULL: the model's size ("1630b") */
    bool low_priority;
    struct inf_adaptive adaptive;
    struct inf_precision precision;
};

/* err == NULL: the awaited state was reached and `deployment` is valid for the time of the call. */
typedef void (*inf_deployment_done)(void *arg, const struct inf_error *err,
                                    const struct inf_deployment *deployment);

/* The _start of one deployment: semantic checks of compatibility 8.1 in their order, placement, the
 * durable record, then the worker. `done` runs exactly once, maybe before this returns; on timeout
 * with DEPLOYMENT_TIMEOUT while the deployment goes on starting. Strings are copied. */
void inf_manager_deploy(struct inf_manager *manager, const struct inf_deployment_params *params,
                        enum inf_allocation_state wait_for, int64_t timeout_ms,
                        inf_deployment_done done, void *arg);

struct inf_undeploy_options {
    bool allow_no_match;
    bool force;
    bool finish_pending_work;
};
/* The _stop of one deployment (by exact deployment id). `done` runs when its allocations have ended
 * and the record is gone; deployment is NULL in it. */
void inf_manager_undeploy(struct inf_manager *manager, const char *deployment_id,
                          const struct inf_undeploy_options *options, inf_deployment_done done,
                          void *arg);

/* The setting, an object in the store, that holds machine learning for an upgrade: nothing is
 * started while its text is "true". */
#define INF_UPGRADE_MODE "xpack.ml.upgrade_mode"
bool inf_manager_is_upgrading(const struct inf_manager *manager);

/* What an _update names; only named things change. */
struct inf_deployment_update {
    bool has_allocations;
    int number_of_allocations;
    bool has_adaptive;                          /* "adaptive_allocations" is in the body */
    bool removes_adaptive;                      /* ... as null */
    bool has_enabled, has_minimum, has_maximum; /* members of the object; null bounds are -1 */
    struct inf_adaptive adaptive;
};
/* The _update of one deployment (by exact deployment id, compatibility 8.3): checked, planned,
 * recorded, then allocations are added or, once idle, retired: no request is dropped. `done` runs
 * when the record is durable and, for an increase, the new allocations answer or timeout_ms is over
 * (which is no error: they go on starting). */
void inf_manager_update(struct inf_manager *manager, const char *deployment_id,
                        const struct inf_deployment_update *update, int64_t timeout_ms,
                        inf_deployment_done done, void *arg);

/* Forgets the cached results of a deployment. NOT_FOUND "No known model deployment with id [x]". */
int inf_manager_clear_cache(struct inf_manager *manager, const char *deployment_id,
                            struct inf_error *err);

/* What a _start with these parameters would do, as the JSON object of the answer; nothing of it
 * happens, but for a model that was never measured a process of its own may load it for a moment,
 * caged as ever. report is NULL with err. Runs once, on the loop. */
typedef void (*inf_dry_run_done)(void *arg, const struct inf_error *err, struct inf_buf *report);
void inf_manager_dry_run(struct inf_manager *manager, const struct inf_deployment_params *params,
                         int64_t timeout_ms, inf_dry_run_done done, void *arg);

/* The model that an id or alias in a URL means, or NULL. */
const struct inf_model *inf_manager_find_model(const struct inf_manager *manager,
                                               const char *id_or_alias);

size_t inf_manager_deployment_count(const struct inf_manager *manager);
const struct inf_deployment *inf_manager_deployment_at(const struct inf_manager *manager, size_t i);
const struct inf_deployment *inf_manager_deployment(const struct inf_manager *manager,
                                                    const char *deployment_id);
const char *inf_deployment_id(const struct inf_deployment *deployment);
const char *inf_deployment_model_id(const struct inf_deployment *deployment);
/* Allocations as asked for, and those that take requests. */
int inf_deployment_number_of_allocations(const struct inf_deployment *deployment);
int inf_deployment_current_allocations(const struct inf_deployment *deployment);

/* Documents answered since it was started, those from the cache included. */
int64_t inf_deployment_inference_count(const struct inf_deployment *deployment);

/* The "assignment" object of the _start answer (compatibility 8.1). */
void inf_deployment_write_assignment(const struct inf_deployment *deployment, struct inf_jsonw *w);
/* The "deployment_stats" object of _stats (compatibility 7.1, 7.2); human adds readable twins. */
void inf_deployment_write_stats(const struct inf_deployment *deployment, bool human,
                                struct inf_jsonw *w);
/* The "inference_stats" object of _stats. */
void inf_deployment_write_inference_stats(const struct inf_deployment *deployment,
                                          struct inf_jsonw *w);
/* The "model_size_stats" object of _stats: what the model is estimated, and measured, to take. */
void inf_manager_write_model_size(const struct inf_manager *manager, const struct inf_model *model,
                                  bool human, struct inf_jsonw *w);

/* Fails when a stored config's "platform_architecture" is another one than this machine's, which
 * forbids a start (compatibility 2.1). */
int inf_platform_check(const char *model_id, const char *config, struct inf_error *err);

struct inf_node_info {
    int processors;
    const char *node_id;
    const char *node_name;
    const char *ephemeral_id;
    const char *publish_address;    /* of HTTP */
    const char *engine_version;     /* "torch 2.13.0", or "" before the engine answered */
    int64_t memory_total_bytes;     /* of the machine, or of the container's limit */
    int64_t memory_ml_bytes;        /* what models may take of it in all */
    int64_t memory_overhead_bytes;  /* for code and the daemon, when any model runs; else 0 */
    int64_t memory_inference_bytes; /* estimates of the deployments on the node, summed */
};
void inf_manager_node(const struct inf_manager *manager, struct inf_node_info *ret);
/* The member "node" of a deployment's entry of _stats (compatibility 7.2): an object with one key,
 * the node's id, and the node inside. version: Elasticsearch's, as the node says it. */
void inf_node_write_routed(const struct inf_node_info *node, const char *version,
                           struct inf_jsonw *w);

#endif
