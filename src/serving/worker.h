/* worker.h - a model's one worker process: prepared, spawned, watched, restarted.
 *
 * All deployments of the model on this node in the same precision share it and its copy of the
 * weights. It lives as long as a deployment uses it. A crash is followed by a new process, at once
 * the first time and with growing pauses after that (restarts.h); more than engine.max_restarts
 * crashes in a row without an answer in between, or engine.max_crashes within engine.crash_window,
 * are final.
 *
 * Thread: loop only. Owns: the model's runtime and the control channel. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_WORKER_H
#define INFERD_SERVING_WORKER_H

#include "channel.h"
#include "manager.h"
#include "precision.h"
#include "probe.h"
#include "quarantine.h"
#include "restarts.h"
#include "runtime.h"
#include "worker_check.h"
#include "worker_cpu.h"
#include "worker_encoder.h"
#include "worker_memory.h"
#include "worker_proof.h"

enum inf_worker_state {
    INF_WORKER_PREPARING, /* the runtime is being made */
    INF_WORKER_WAITING,   /* for the zygote, or for the end of a pause */
    INF_WORKER_LOADING,   /* a process was asked for and has not loaded the model yet */
    INF_WORKER_READY,
    INF_WORKER_FAILED, /* for good, with `reason` */
    INF_WORKER_ENDING  /* nobody uses it */
};

struct inf_worker {
    struct inf_manager *manager;
    struct inf_worker *next; /* of manager->workers */
    char *model_id;
    struct inf_precision precision;
    char *weights; /* by which it is found (precision.h) */
    enum inf_worker_state state;
    struct inf_runtime *runtime; /* NULL until it is made */
    uint64_t number;             /* of the present process; a new one each spawn */
    bool alive;                  /* a process was asked for and its end was not reported */
    int32_t pid;                 /* 0 when not known */
    uint32_t sandbox;            /* INF_SANDBOX_* in force */
    struct inf_worker_encoder encoder;
    struct inf_worker_proof proof;
    struct inf_worker_check check;
    struct inf_worker_memory memory;
    struct inf_worker_cpu cpu;
    char doom[INF_DEATH_HOW]; /* why we end the present process; "" as long as we do not */
    bool loaded;              /* the present process has said so */
    bool lacking;             /* the last process could not even be asked for */
    bool hung_up;             /* it closed a channel, so its end was ordered */
    bool replaced;            /* it ends to make room for another one, and has done nothing */
    bool is_quantizing; /* it was asked to compute in fewer bits, and has not said that it does */
    int signalled;      /* of the signal that it said another process sent; 0: none */
    struct inf_channel *control;
    uv_timer_t timer;        /* the pause after a crash, or the limit of loading */
    int users;               /* deployments, and the probe */
    struct inf_probe *probe; /* who tries the model, or NULL */
    struct inf_restarts restarts;
    int running;    /* jobs inside the process */
    int suspects;   /* queued jobs that were inside a process that died */
    bool exclusive; /* a suspect runs, alone */
    struct inf_quarantine quarantine;
    char reason[INF_REASON_MAX];
    bool is_plain; /* it is not asked for its precision any more, and computes in float32 */
    bool refuses_precision; /* that is the reason: the model could be served in float32 */
};

/* The model's worker of that precision, made if need be; one more user. */
struct inf_worker *inf_worker_acquire(struct inf_manager *manager, const char *model_id,
                                      const struct inf_precision *precision);
void inf_worker_release(struct inf_worker *worker);

/* Gives the process one more allocation thread, which serves peer_fd (still the caller's). 0 or -1.
 */
int inf_worker_allocate(struct inf_worker *worker, int threads, bool low_priority, int peer_fd);
/* Ends the process; what follows is as after a crash. */
void inf_worker_kill(struct inf_worker *worker);
/* Ends it, if there is one, for a new one that computes otherwise: what it has computed or learnt
 * counts no more, and what was inside goes to the new one. */
void inf_worker_replace(struct inf_worker *worker);
/* A channel of the process is closed: `why` says what nonsense it spoke, NULL that it is gone, or
 * as good as gone. Ends the process. */
void inf_worker_channel_closed(struct inf_worker *worker, const char *why);
/* The model cannot be served: the process says so by this text, and is ended. */
void inf_worker_load_failed(struct inf_worker *worker, const char *text);
/* worker_control.c: how the control channel is heard. */
extern const struct inf_channel_events inf_worker_control;
/* Ends it with a reason, which stands where a crash's signal would ("died ... with failure
 * [...]"). */
void inf_worker_condemn(struct inf_worker *worker, const char *reason);
void inf_worker_succeeded(struct inf_worker *worker); /* an answer came: not in a row any more */
void inf_worker_warmed(struct inf_worker *worker);    /* one more allocation is warm */
/* Is it known what the model takes? Else its warm-up has to show it. */
bool inf_worker_is_measured(const struct inf_worker *worker);

/* The worker whose present process has this number, or NULL. */
struct inf_worker *inf_worker_find(const struct inf_manager *manager, uint64_t number);

/* Events of the zygote, by process number. */
void inf_worker_zygote_ready(struct inf_manager *manager);
void inf_worker_zygote_died(struct inf_manager *manager);
void inf_worker_spawned(struct inf_manager *manager, uint64_t number,
                        const struct inf_frame_spawned *spawned);
void inf_worker_exited(struct inf_manager *manager, uint64_t number,
                       const struct inf_frame_exited *exited);
void inf_worker_measured(struct inf_manager *manager, uint64_t number,
                         const struct inf_frame_measured *measured);
void inf_worker_teardown(struct inf_manager *manager); /* the zygote is gone for good */

#endif
