/* worker_encoder.h - what computes in a worker's process: packed weights in inferd's own code, or
 * the model's (inferd/packed.h).
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_WORKER_ENCODER_H
#define INFERD_SERVING_WORKER_ENCODER_H

#include "inferd/config.h"
#include "inferd/frame.h"
#include "inferd/json.h"
#include "inferd/serving.h"
#include <stdbool.h>

/* As the process says it, made harmless. */
struct inf_worker_encoder {
    bool packed;
    enum inf_frame_packed how;        /* as `packed`, and whether a kept proof says so */
    double difference;                /* then: the largest of an answer to the module's */
    char words[INF_FRAME_REASON + 1]; /* the architecture, or why it is not packed */
    enum inf_precision_type precision;
    struct inf_precision_report report; /* unless that is FP32 */
};

/* What the setting engine.encoder wants of the next process. */
enum inf_encoder_choice inf_worker_encoder_choice(const struct inf_config *config);
void inf_worker_encoder_read(const struct inf_frame_loaded *loaded, struct inf_worker_encoder *ret);
/* It computes in that now, and payload, a struct inf_precision_report, says at what cost. */
void inf_worker_encoder_read_precision(enum inf_precision_type precision, const void *payload,
                                       struct inf_worker_encoder *encoder);
/* What the reduced precision costs and brings, as an object. */
void inf_worker_encoder_write_precision(const struct inf_worker_encoder *encoder,
                                        struct inf_jsonw *w);
/* The member "encoder" of _stats, with its key. */
void inf_worker_encoder_write(const struct inf_worker_encoder *encoder, struct inf_jsonw *w);

#endif
