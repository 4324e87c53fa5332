/* samples.h - texts as people write them, by which a reduced precision is fitted and judged.
 *
 * Thread: any; pure but for memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_SAMPLES_H
#define INFERD_SERVING_SAMPLES_H

#include "inferd/error.h"
#include "inferd/frame.h"
#include "runtime.h"

/* A row a text, as the model's tokenizer and task make it, cut to what the model takes and to 128
 * tokens: sets tensors, rows and cols of *ret, and *ret_data, [tensors][rows][cols], the caller's
 * to free. -1 with err. */
int inf_samples_encode(const struct inf_runtime *runtime, struct inf_frame_quantize *ret,
                       int32_t **ret_data, struct inf_error *err);

#endif
