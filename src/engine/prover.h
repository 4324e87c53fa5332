/* prover.h - a process for one proof: it runs the model's code in a cage of its own, and what has
 * to be known of the model comes out of it through a pipe. So the worker that serves runs none of
 * that code, and never had it in its memory.
 *
 * Thread: the worker's first, before there are others. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_PROVER_H
#define INFERD_ENGINE_PROVER_H

#include "inferd/engine.h"
#include "inferd/frame.h"
#include <sys/types.h>

struct inf_prover {
    pid_t pid;
    int from; /* the pipe's end */
};

enum inf_proof {
    INF_PROOF_HOLDS,
    INF_PROOF_FAILED,  /* it is no encoder that is known, or answers otherwise */
    INF_PROOF_LOST,    /* it ended its prover, or did not come out of it whole */
    INF_PROOF_REFUSED, /* the definition cannot be loaded at all */
    INF_PROOFS
};

/* Forks the prover, which ends with this process at the latest. control is closed in it, and the
 * definition stays the caller's. To be called before inf_sandbox_enter. 0, or -1 with errno. */
int inf_prover_begin(const struct inf_frame_spawn *wanted, int control, int definition,
                     struct inf_prover *ret);
/* Waits for the proof. HOLDS: *ret is the model, of packed weights alone, with a note if there is a
 * file (NULL: none); else the reason. The prover is gone then, or about to be. */
enum inf_proof inf_prover_end(struct inf_prover *prover, const struct inf_frame_spawn *wanted,
                              const struct inf_packed_file *file, struct inf_engine_model **ret,
                              struct inf_engine_packed *ret_packed, char *reason,
                              size_t reason_size);

#endif
