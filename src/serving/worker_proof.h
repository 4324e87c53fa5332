/* worker_proof.h - what a worker's process has proven of its definition, and how it fitted it to
 * fewer bits, kept for the next one: in the store, by the definition's SHA-256, so that other
 * models of the same file have it, too.
 *
 * That packed weights answer otherwise than the module (worker_check.h) is kept in the place of the
 * proof; of int8, which proves nothing about float32, in one of its own.
 *
 * What it says is between the processes; here it is bytes, and whoever gets them trusts nothing in
 * them. A process that cannot use what it got, or dies of it, is made again without.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_WORKER_PROOF_H
#define INFERD_SERVING_WORKER_PROOF_H

#include "inferd/frame.h"
#include "inferd/store.h"
#include <stdbool.h>
#include <stddef.h>

struct inf_worker;

struct inf_worker_proof {
    char sha256[INF_SHA256_TEXT]; /* of the definition that the present process has */
    uint8_t *bytes;               /* to be sent to it, or NULL */
    size_t length;
    bool offered;    /* it got a kept proof, and has not loaded the model yet */
    bool proven;     /* it has sent one of its own */
    bool distrusted; /* the last process could not use it: the next gets none */
    char why[INF_FRAME_REASON + 1];
};

/* A process is about to be asked for: says in the request whether a kept proof comes. */
void inf_worker_proof_begin(struct inf_worker *worker, struct inf_frame_spawn *request);
/* Sends it, if it was said so. 0, or -1: the channel is of no more use. */
int inf_worker_proof_send(struct inf_worker *worker);
/* Frees what was not sent. */
void inf_worker_proof_fini(struct inf_worker_proof *proof);
/* PROVEN: into the store. A failure is logged: what is lost is proven again. */
void inf_worker_proof_keep(struct inf_worker *worker, const void *payload, size_t length);
/* What was kept of a process with the same weights and precision that is to say QUANTIZED, the
 * caller's to free; NULL: nothing. And what it brought. */
uint8_t *inf_worker_proof_fit(const struct inf_worker *worker, size_t *ret_length);
void inf_worker_proof_keep_fit(struct inf_worker *worker, const void *payload, size_t length);
/* LOADED: how. */
void inf_worker_proof_loaded(struct inf_worker *worker, enum inf_frame_packed how);
/* LOAD_FAILED with this text: is it the kept proof's fault? Then the process is ending. */
bool inf_worker_proof_refused(struct inf_worker *worker, const char *text);
/* The process is gone. Was the kept proof the reason, or may it have been? Then the next process is
 * to be made at once; it gets none. */
bool inf_worker_proof_lost(struct inf_worker *worker, const char *how);

#endif
