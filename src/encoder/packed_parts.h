/* packed_parts.h - what a packed model is made of, for packed.c, which runs it, and for proof.c
 * and handover.c, which make it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_PACKED_PARTS_H
#define INFERD_ENCODER_PACKED_PARTS_H

#include "encoder.h"
#include "head.h"
#include "inferd/packed.h"
#include "parcel.h"
#include "recognise.h"
#include <pthread.h>

struct inf_packed_rows;
struct inf_packed_answer_room;

struct inf_packed {
    const struct inf_architecture *architecture;
    struct inf_encoder encoder;
    struct inf_head head;
    double difference;         /* the largest, in the proof */
    struct inf_parcel *parcel; /* what it borrows lies there; NULL: elsewhere */
    pthread_mutex_t lock;
    struct inf_packed_rows *idle;           /* under the lock */
    struct inf_packed_answer_room *answers; /* the same */
};

/* One of nothing yet; NULL: no memory. */
struct inf_packed *inf_packed_empty(void);
/* Can a text be looked up in its tables at all? Else it is not served. */
bool inf_packed_is_large_enough(const struct inf_encoder *encoder);
/* Numbers of an output of this shape. */
size_t inf_packed_count(const struct inf_packed_output *output);
/* Writes the reason, and returns -1. */
int inf_packed_complain(char *reason, const char *text);

#endif
