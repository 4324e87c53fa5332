/* manager.h - the manager's own data, seen by the files of this folder.
 *
 * Thread: loop only. Owns: deployments, workers, the zygote. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_MANAGER_H
#define INFERD_SERVING_MANAGER_H

#include "inferd/serving.h"
#include "inferd/strmap.h"
#include "node.h"
#include "zygote.h"
#include <uv.h>

struct inf_checker;
struct inf_errands;
struct inf_file_wait;
struct inf_vet_process;
struct inf_vetting;
struct inf_worker;

/* A node of the cluster, as far as it matters where deployments run. */
struct inf_known_node {
    char *id, *name, *zone; /* zone NULL: in none */
    int processors;
    int64_t memory_bytes; /* that models may take on it in all */
    bool leaving;         /* it gets nothing new, and loses what it has */
    bool silent;          /* it could not be reached from here: others are asked before it */
    bool is_own;          /* what it says is known here better */
    char **told;          /* deployments that it has spoken of last, by id (node_words.c) */
    size_t told_count;
};

/* Of a node alone there is none. */
struct inf_known_nodes {
    struct inf_known_node *items; /* by id, ascending */
    size_t count;
    bool is_master; /* this node plans for all */
    bool patient;   /* nodes may be missing that are about to come: what is theirs stays theirs */
};

struct inf_manager {
    uv_loop_t *loop;
    struct inf_store *store;
    const struct inf_config *config;
    struct inf_zygote *zygote;
    struct inf_strmap *deployments;        /* id -> struct inf_deployment */
    struct inf_worker *workers;            /* list; those that are ending too */
    struct inf_vet_process *vet_processes; /* list */
    struct inf_checker *checkers;          /* list */
    struct inf_vetting *vettings;          /* list: definitions that are being vetted */
    struct inf_file_wait *file_waits;      /* list */
    uint64_t next_worker, next_job;
    uint64_t scaled_ns; /* when adaptive allocations were last looked at */
    const char *publish_address;
    int processors;
    int64_t memory_total; /* bytes of the machine, or of the container's limit */
    int64_t memory_used;  /* bytes that the last plan gives away */
    char node_name[256];
    char ephemeral_id[INF_NODE_RANDOM_ID];
    uv_timer_t planner;  /* plans anew as soon as control is back in the loop */
    uv_timer_t watchdog; /* looks for forwards that run too long; while stopping, for the end */
    /* Timers, pool jobs and store operations that point into this folder's data. The manager is not
     * gone before they are. */
    int pending;
    bool stopping;  /* no new work */
    bool torn_down; /* the zygote is gone, everything is being freed */
    struct inf_known_nodes nodes;
    size_t planning; /* parts of the master's plan that are on their way into the store */
    bool leaving;    /* the cluster; what runs here goes on until it runs elsewhere */
    const struct inf_errands *errands; /* NULL: no other node can be asked */
    void (*routes_changed)(void *arg);
    void (*words_wanted)(void *arg);
    void *listener;                                                             /* of these two */
    void (*explain_file)(void *arg, const char *model_id, struct inf_buf *out); /* or NULL */
    void *explain_arg;
    uint64_t deadline_ns; /* of stopping */
    void (*stopped)(void *arg);
    void *stopped_arg;
};

void inf_manager_hold(struct inf_manager *manager);
void inf_manager_let_go(struct inf_manager *manager); /* the counterpart; may end the manager */

/* Takes the deployment out of the map (it frees itself). */
void inf_manager_forget_deployment(struct inf_manager *manager, const char *deployment_id);

#endif
