/* zygote.h - the engine program: spawned, watched, spawned again.
 *
 * The zygote has libtorch loaded and forks the workers. It is the parent of every worker, so it
 * alone kills and reaps them: a pid can never be a stranger's. When it dies, its workers die with
 * it.
 *
 * Thread: loop only. Owns: the process and its channel. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_ZYGOTE_H
#define INFERD_SERVING_ZYGOTE_H

#include "inferd/frame.h"
#include <stdbool.h>
#include <stdint.h>

struct uv_loop_s;
struct inf_zygote;

struct inf_zygote_events {
    void (*ready)(void *arg); /* may be asked to spawn from now on */
    void (*spawned)(void *arg, uint64_t worker, const struct inf_frame_spawned *spawned);
    void (*exited)(void *arg, uint64_t worker, const struct inf_frame_exited *exited);
    void (*died)(void *arg); /* all workers are gone; it is being started again */
    void (*measured)(void *arg, uint64_t worker, const struct inf_frame_measured *measured);
};

/* Starts the program when it is needed first, or else a while later: a daemon that begins answers
 * before a second of its processor goes into libtorch. A failed start is logged and tried again
 * with back-off, as a death is. */
struct inf_zygote *inf_zygote_new(struct uv_loop_s *loop, const char *engine_path,
                                  const struct inf_zygote_events *events, void *arg);
/* Work for it is coming: starts it if that has not been done. true: it may be asked to spawn now;
 * false: `ready` follows. */
bool inf_zygote_need(struct inf_zygote *zygote);
const char *inf_zygote_version(const struct inf_zygote *zygote); /* "" before it was ready */

/* Asks for a worker; both descriptors stay the caller's. 0, or -1 when the zygote is not there (it
 * will say ready again). */
int inf_zygote_spawn(struct inf_zygote *zygote, uint64_t worker,
                     const struct inf_frame_spawn *spawn, int definition_fd, int control_fd);
void inf_zygote_kill(struct inf_zygote *zygote, uint64_t worker); /* SIGKILL; `exited` follows */
/* Asks what the worker takes; `measured` follows if it lives. */
void inf_zygote_measure(struct inf_zygote *zygote, uint64_t worker,
                        const struct inf_frame_measure *measure);
/* Changes what the kernel lets the worker fill, in bytes beyond what the zygote has. */
void inf_zygote_limit(struct inf_zygote *zygote, uint64_t worker, int64_t memory_limit);

/* Ends the program and its workers; `stopped` runs when it is gone, then the memory is freed. */
void inf_zygote_stop(struct inf_zygote *zygote, void (*stopped)(void *arg), void *arg);

#endif
