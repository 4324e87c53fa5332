/* kept.h - what a proof found, kept by the daemon and given to a later worker for the same file, so
 * that nothing is proven again and no code of the file runs, ever.
 *
 * A record is a key and a note (inf_engine_restore), or the reason why there can be none and the
 * module has to serve. The key says under what circumstances it was
 * made: the engine, the processor, the rules of vetting, and whether an operator had let the file
 * pass. Under any others it is not looked at. Whether the file is the same is the daemon's to know,
 * by its SHA-256; the note has its own means to see that weights are no others.
 *
 * Thread: the worker's first. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_KEPT_H
#define INFERD_ENGINE_KEPT_H

#include "inferd/engine.h"
#include "inferd/frame.h"
#include <stdbool.h>

struct inf_kept {
    void *record; /* of the daemon; NULL: none, or none that is of use */
    size_t length;
    bool is_refusal; /* there is no note in it, but a reason */
};

/* Waits for the daemon's record, if there is to be one, and keeps it if it is of the circumstances
 * that there are now. To be called before the cage closes, since only then is it known whether
 * something is to be proven. 0, or -1: the daemon is gone. */
int inf_kept_receive(int control, const struct inf_frame_spawn *wanted, struct inf_kept *ret);
/* The model of the record and the definition; the record is freed. In the cage. 0, or -1 with
 * reason. */
int inf_kept_restore(struct inf_kept *kept, int definition, int64_t size,
                     struct inf_engine_model **ret, struct inf_engine_packed *ret_packed,
                     char *reason, size_t reason_size);
/* The reason of one that is a refusal; it is freed. */
void inf_kept_refuse(struct inf_kept *kept, char *reason, size_t reason_size);
/* Sends the daemon a record of the note, which is freed; nothing without one. */
void inf_kept_send(int control, const struct inf_frame_spawn *wanted,
                   struct inf_engine_packed *packed);

/* What was kept of a QUANTIZED, as these bytes, without its key: *ret borrows them. False: there is
 * none of the circumstances that there are now. */
bool inf_kept_read_fit(const struct inf_frame_spawn *wanted, const void *record, size_t length,
                       struct inf_packed_fit *ret);
/* Sends QUANTIZED, and a record of the fit (of no bytes: none), which is freed. 0, or -1: the
 * daemon is gone. */
int inf_kept_send_quantized(int control, const struct inf_frame_spawn *wanted,
                            const struct inf_precision_report *report, struct inf_packed_fit *fit);

/* The reason where packed weights were proven and answered otherwise later on. */
#define INF_KEPT_DISPROVEN "a self-check found that they do not answer as the model's own code"
/* Sends it one of the reason why the model cannot be packed; nothing if that may be another the
 * next time. */
void inf_kept_send_refusal(int control, const struct inf_frame_spawn *wanted, const char *reason);

/* The definition in memory, read-only, with its parts if it is to be noted where weights stand; in
 * the cage, since it is read. NULL where it cannot be had. */
struct inf_packed_file *inf_kept_open_file(int definition, int64_t size, bool with_parts);
void inf_kept_close_file(struct inf_packed_file *file); /* NULL is fine */

#endif
