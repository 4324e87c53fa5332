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
    const char *engine_path; /* the inferd-engine program */
    uint16_t http_port;      /* for transport_address and the like in stats */
};

/* Starts the zygote and begins to start every deployment the store remembers. Returns at once. */
int inf_manager_start(const struct inf_manager_options *options, struct inf_manager **ret,
                      struct inf_error *err);
/* Refuses new work, lets queued and running requests end until deadline_ms, then fails the rest
 * with 503 and ends zygote and workers; `stopped` runs when they are gone. Deployments stay in the
 * store. */
void inf_manager_stop(struct inf_manager *manager, int64_t deadline_ms, void (*stopped)(void *arg),
                      void *arg);
void inf_manager_free(struct inf_manager *manager); /* after `stopped` */
/* "torch 2.13.0", or "" before the zygote answered. */
const char *inf_manager_engine_version(const struct inf_manager *manager);

/* ---- deployments ---- */

/* Order of the values is the order that wait_for compares. */
enum inf_allocation_state { INF_ALLOCATION_STARTING, INF_ALLOCATION_STARTED, INF_ALLOCATION_FULLY };

struct inf_deployment_params {
    const char *deployment_id;
    const char *model_id;
    int number_of_allocations;
    int threads_per_allocation;
    int queue_capacity;
    const char *cache_size; /* text as given ("10kb"), or NULL: the model's size ("1630b") */
    bool low_priority;
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

size_t inf_manager_deployment_count(const struct inf_manager *manager);
const struct inf_deployment *inf_manager_deployment_at(const struct inf_manager *manager, size_t i);
const struct inf_deployment *inf_manager_deployment(const struct inf_manager *manager,
                                                    const char *deployment_id);
const char *inf_deployment_id(const struct inf_deployment *deployment);
const char *inf_deployment_model_id(const struct inf_deployment *deployment);
int inf_deployment_number_of_allocations(
    const struct inf_deployment *deployment); /* as asked for */

/* The "assignment" object of the _start answer (compatibility 8.1). */
void inf_deployment_write_assignment(const struct inf_deployment *deployment, struct inf_jsonw *w);
/* The "deployment_stats" object of _stats (compatibility 7.1, 7.2). human adds the readable twins.
 */
void inf_deployment_write_stats(const struct inf_deployment *deployment, bool human,
                                struct inf_jsonw *w);
/* The "inference_stats" object of _stats. */
void inf_deployment_write_inference_stats(const struct inf_deployment *deployment,
                                          struct inf_jsonw *w);
/* compatibility 9.6 for a model's definition of size_bytes: bytes. */
int64_t inf_memory_estimate(const char *model_id, int64_t size_bytes, int64_t per_deployment_bytes,
                            int64_t per_allocation_bytes, int allocations);

/* A byte figure of a stored config's "metadata" ("per_deployment_memory_bytes"): 0 when absent, cut
 * at a bound that no sum of them overflows. */
int64_t inf_metadata_bytes(const struct cJSON *config, const char *key);

/* ---- inference ---- */

struct inf_infer; /* one request, 1..n documents */

/* results: the documents' result objects joined by commas ("{..},{..}"), in input order; NULL with
 * err. The receiver may take the bytes. Runs once, on the loop, maybe before inf_manager_infer
 * returns. */
typedef void (*inf_infer_done)(void *arg, const struct inf_error *err, struct inf_buf *results);

/* id: deployment id or model id (compatibility 8.5 resolves). body: the request's "docs" array and
 * optional "inference_config" object, borrowed for the time of this call. Admission is all or
 * nothing: when the queue cannot take all documents, QUEUE_FULL with retry_after_s. *ret is NULL
 * when done has run. */
void inf_manager_infer(struct inf_manager *manager, const char *id, const struct cJSON *docs,
                       const struct cJSON *inference_config, int64_t timeout_ms,
                       inf_infer_done done, void *arg, struct inf_infer **ret);
/* The client is gone: done will not run; documents not yet in a worker are dropped and counted. */
void inf_infer_cancel(struct inf_infer *infer);

/* ---- the node ---- */
struct inf_node_info {
    int processors;
    const char *node_id;
    const char *node_name;
    const char *ephemeral_id;
};
void inf_manager_node(const struct inf_manager *manager, struct inf_node_info *ret);

#endif
