/* fit.h - what fitting an encoder to fewer bits found, to be kept: which layers multiply in them,
 * how large the inputs of each get (for int8), and what was measured. With the weights in float32
 * that makes the same model again, to the last bit, without a sample text.
 *
 * A fit may have lain on a disk, so its reader believes nothing: it has a fingerprint, and what it
 * is asked for is in it.
 *
 * Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_FIT_H
#define INFERD_ENCODER_FIT_H

#include "inferd/packed.h"

#define INF_FIT_LINEARS 256

/* What was, or is to be, fitted. */
struct inf_fit_aim {
    uint64_t samples; /* their fingerprint */
    double min_cosine;
    int32_t type;       /* enum inf_linear_type */
    int32_t linears;    /* of the encoder, at most INF_FIT_LINEARS */
    int64_t size_count; /* inputs of all of them; 0: sizes do not matter */
};

struct inf_fit {
    struct inf_fit_aim aim;
    struct inf_precision_report report;
    uint8_t narrow[INF_FIT_LINEARS]; /* 1: this layer is in fewer bits */
    const uint8_t *sizes;            /* [size_count], codes; borrowed */
};

/* A size in 8 bits, within 4.5 % (0: none, or a number that is none), and the size of a code. A
 * model is fitted with what comes out, so that it is the same the next time. */
uint8_t inf_fit_code(float size);
float inf_fit_size(uint8_t code);
/* 0, and the caller frees the bytes; or -1: no memory, or too long to be kept. */
int inf_fit_write(const struct inf_fit *fit, struct inf_packed_fit *ret);
/* 0, with *ret's sizes in these bytes; or -1: they are damaged, or were made for another aim. */
int inf_fit_read(const void *bytes, size_t length, const struct inf_fit_aim *aim,
                 struct inf_fit *ret);

#endif
