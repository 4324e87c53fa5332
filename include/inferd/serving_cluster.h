/* serving_cluster.h - deployments whose allocations are spread over the nodes of a cluster.
 *
 * Each node knows all deployments. The master's plan, which the store has for all, says how many
 * allocations each node runs; each node says of itself what answers, and hears what the others say.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_CLUSTER_H
#define INFERD_SERVING_CLUSTER_H

#include "inferd/inference.h"
#include "inferd/serving.h"
#include "inferd/store_shared.h"
#include <stddef.h>
#include <stdint.h>

/* ---- what the manager is told ---- */

/* A node that is there. Everything is borrowed for the call. */
struct inf_cluster_node {
    const char *id, *name, *zone; /* zone NULL: in none */
    int processors;
    int64_t memory_bytes;       /* that models may take on it in all */
    bool leaving;               /* it gets nothing new, and what it runs goes to others */
    const struct cJSON *routes; /* its inf_manager_write_routes, or NULL */
};
/* All nodes that are there, this one included. is_master: this one plans for all; patient: others
 * may be about to come, so what is planned for nodes that are not there stays theirs. */
void inf_manager_see_nodes(struct inf_manager *manager, const struct inf_cluster_node *nodes,
                           size_t count, bool is_master, bool patient);
/* A node says something else of what it runs: the cost depends on that alone, and nothing is
 * planned. false: it is not known, or the planner has to know; then inf_manager_see_nodes. */
bool inf_manager_hear_node(struct inf_manager *manager, const struct inf_cluster_node *node);
/* Another node has changed something of the store. */
void inf_manager_hear(struct inf_manager *manager, const struct inf_store_news *news);
/* A model's file has come to this node, so what is planned for it here begins; or it has come
 * nearer. */
void inf_manager_definition_came(struct inf_manager *manager);
/* explain(arg, ..) appends a clause on the way of a model's file to this node. */
void inf_manager_explain_by(struct inf_manager *manager,
                            void (*explain)(void *arg, const char *model_id, struct inf_buf *out),
                            void *arg);

/* ---- what it tells ---- */

/* Visits the model of each deployment that this node runs or is to run; maybe twice. */
void inf_manager_each_needed(const struct inf_manager *manager,
                             void (*visit)(void *arg, const char *model_id), void *arg);
/* What this node runs, for the others: {"<deployment>": {"current": n, ...}, ...}. */
void inf_manager_write_routes(const struct inf_manager *manager, struct inf_jsonw *w);
/* changed(arg) runs when that may have changed; wanted(arg) when inf_manager_see_nodes has to be
 * called, later than this, since nodes have spoken of what was not known. One listener. */
void inf_manager_listen(struct inf_manager *manager, void (*changed)(void *arg),
                        void (*wanted)(void *arg), void *arg);

/* done(arg) runs when the deployments are gone here that other nodes have ended, and which still
 * have requests to answer; or after timeout_ms. renewed_only: those that have been started anew.
 * false: there is none, and done will not run; else it does later than this. */
bool inf_manager_await_ends(struct inf_manager *manager, bool renewed_only, int64_t timeout_ms,
                            void (*done)(void *arg), void *arg);

/* ---- leaving ---- */

/* From now on nothing begins here, and what runs goes on although the plan gives it to others. */
void inf_manager_leave(struct inf_manager *manager);
/* Does all that ran here run elsewhere, as far as the plan has a place for it? */
bool inf_manager_has_left(const struct inf_manager *manager);

/* ---- what pipelines need of other nodes: inference, texts that are cut ---- */

struct inf_errand; /* one on its way */
/* reached false: that node cannot be reached, or does not run it any more. results: as of
 * inf_infer_done; NULL with err. Runs once, later, unless the errand is cancelled. */
typedef void (*inf_errand_done)(void *arg, bool reached, const struct inf_error *err,
                                struct inf_buf *results);
/* chunks: borrowed; without err. */
typedef void (*inf_errand_text_done)(void *arg, bool reached, const struct inf_error *err,
                                     const struct inf_chunk *chunks, size_t count);
struct inf_errands {
    /* left_ms: of its time; -1: it has no end. The request is not needed after the call. */
    struct inf_errand *(*send)(void *arg, const char *node_id, const char *deployment_id,
                               const struct inf_infer_request *request, int64_t left_ms,
                               inf_errand_done done, void *done_arg);
    /* The same for a text that is to be cut; its `done` and `arg` are not used. */
    struct inf_errand *(*send_text)(void *arg, const char *node_id, const char *deployment_id,
                                    const struct inf_chunk_request *request,
                                    inf_errand_text_done done, void *done_arg);
    /* The node cannot be reached from here; may a third one be asked in its place? */
    bool (*has_way)(void *arg, const char *node_id);
    void (*cancel)(struct inf_errand *errand);
    void *arg;
};
/* From now on inf_manager_infer may ask other nodes by these, which stay. */
void inf_manager_send_by(struct inf_manager *manager, const struct inf_errands *errands);

/* ---- where a request goes ---- */

enum inf_way { INF_WAY_HERE, INF_WAY_AWAY, INF_WAY_NOWHERE };
/* Where a request for a deployment, model, alias or endpoint goes: HERE, also with what can only be
 * refused; AWAY to *ret_node of deployment *ret_deployment, copies that the caller frees and gives
 * to inf_manager_came_back; NOWHERE: no node has an allocation that answers
 * (inf_manager_await_node). By what runs where, and what is on its way from here. not_node: a node
 * that has just failed, or NULL. Of a node alone always HERE, at no cost. */
enum inf_way inf_manager_way(struct inf_manager *manager, const char *id, const char *not_node,
                             char **ret_deployment, char **ret_node);
void inf_manager_came_back(struct inf_manager *manager, const char *deployment_id,
                           const char *node_id);
/* The node has not answered while another one has: it gets less for some seconds. */
void inf_manager_was_late(struct inf_manager *manager, const char *deployment_id,
                          const char *node_id);
/* That node could not be reached, or can be again: meanwhile requests go there only where no other
 * node has an allocation that answers. Of a node that is not there it is nothing. */
void inf_manager_note_silence(struct inf_manager *manager, const char *node_id, bool silent);
bool inf_manager_is_silent(const struct inf_manager *manager, const char *node_id);
/* After NOWHERE: waits until a node answers; a deployment that sleeps is woken. done may run before
 * this returns. err: CONFLICT (it has no place), TOO_MANY (there is no room), or the 408 of a
 * request's time-out. */
void inf_manager_await_node(struct inf_manager *manager, const char *id, int64_t timeout_ms,
                            inf_deployment_done done, void *arg);
/* Could this node take a request for it now, or soon? For what another node sent here. */
bool inf_manager_has_it_here(const struct inf_manager *manager, const char *id);

#endif
