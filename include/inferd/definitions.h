/* definitions.h - the definitions of a cluster's models: brought to the nodes that need them, and
 * kept where they outlive nodes.
 *
 * Each node keeps what was sent to it. What it lacks comes from the store, which is a bucket or a
 * directory, or from other nodes; what it has goes to the store. Everything proves itself by its
 * SHA-256, so it does not matter where it comes from. Vocabularies come from other nodes.
 *
 * One definition comes at a time, one goes at a time. Thread: loop only. Owns: what is on its way.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_H
#define INFERD_DEFINITIONS_H

#include "inferd/cluster.h"
#include "inferd/config.h"
#include "inferd/store_shared.h"

struct inf_http_client;
struct inf_definitions;

/* Borrowed until the end. */
struct inf_definitions_means {
    struct uv_loop_s *loop;
    struct inf_store *store; /* a cluster's */
    const struct inf_membership *membership;
    struct inf_http_client *peers; /* NULL: other nodes cannot be asked */
    const char *peer_secret;
    /* Visits the models that deployments of this node need, maybe twice. */
    void (*each_needed)(void *arg, void (*visit)(void *visit_arg, const char *model_id),
                        void *visit_arg);
    /* A definition has come, or come nearer. */
    void (*came)(void *arg);
    void *arg; /* of both */
};

/* Reads the settings cluster.definitions.*; -1 with ILLEGAL_ARGUMENT. */
int inf_definitions_open(const struct inf_config *config, struct inf_definitions **ret,
                         struct inf_error *err);
/* Without memory for the store it does without it, and says so in the log. */
void inf_definitions_start(struct inf_definitions *definitions,
                           const struct inf_definitions_means *means);
/* Something may be missing here, or may have to go. */
void inf_definitions_look(struct inf_definitions *definitions);
/* Another node has changed a model. */
void inf_definitions_hear(struct inf_definitions *definitions, const struct inf_store_news *news);
/* Whoever waits is told that the server is stopping. */
void inf_definitions_give_up(struct inf_definitions *definitions);
/* Gives up what is on its way. The loop runs to its end before inf_definitions_free. NULL is fine,
 * in both, and for what was never started. */
void inf_definitions_stop(struct inf_definitions *definitions);
void inf_definitions_free(struct inf_definitions *definitions);

/* Appends what is known of a definition's way to this node: a clause. */
void inf_definitions_explain(const struct inf_definitions *definitions, const char *model_id,
                             struct inf_buf *out);
/* The last part of a definition may have been stored: done without err means that it is whole, also
 * where its parts went to several nodes, and in the store, if there is one; or that it lacks parts.
 * The parts stay in any case, so that the last one can be sent again. May run before this returns.
 */
void inf_definitions_complete(struct inf_definitions *definitions, const char *model_id,
                              inf_store_done done, void *arg);
/* done without err: the vocabulary, which is on this node, is in the store, if there is one. May
 * run before this returns. */
void inf_definitions_complete_vocabulary(struct inf_definitions *definitions, const char *model_id,
                                         inf_store_done done, void *arg);
/* A model with this definition or vocabulary was deleted: unless another one has it, it goes from
 * the store, in the end. done after the first attempt. May run before this returns. */
void inf_definitions_discard(struct inf_definitions *definitions,
                             const uint8_t sha256[INF_SHA256_SIZE], void (*done)(void *arg),
                             void *arg);

#endif
