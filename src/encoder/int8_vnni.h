/* int8_vnni.h - int8 products by AVX512_VNNI, of weights that lie as its instruction reads them.
 *
 * Sums are exact, so they do not depend on the number of rows or threads.
 *
 * Thread: any; what was laid does not change. Multiplying uses the thread's own team. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_INT8_VNNI_H
#define INFERD_ENCODER_INT8_VNNI_H

#include <stdbool.h>
#include <stdint.h>

struct inf_vnni;

/* Has this processor the instructions, and can a matrix of this shape be laid? */
bool inf_vnni_can(int in, int out);
/* weights: [in, out], borrowed for the call, of a shape that can be. NULL: no memory. */
struct inf_vnni *inf_vnni_new(const int8_t *weights, int in, int out);
/* NULL is fine. */
void inf_vnni_free(struct inf_vnni *laid);
/* to[rows, out] = from[rows, in] x weights, times row_scales[rows] and col_scales[out]; with `add`,
 * on top of what `to` holds. What was there of `from` is changed. */
void inf_vnni_multiply(const struct inf_vnni *laid, int8_t *from, int rows, const float *row_scales,
                       const float *col_scales, bool add, float *to);

#endif
