/* warmup.h - what a new allocation computes before it counts: a few forwards of a short text, whose
 * last answer must make sense to the task, and, when the model's memory is still unknown, one of
 * the longest text that is common.
 *
 * Thread: any; no state. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_WARMUP_H
#define INFERD_SERVING_WARMUP_H

#include "runtime.h"
#include <stdbool.h>

/* The first two forwards of a thread are many times slower than the rest. */
#define INF_WARMUPS 3

/* Positions of the longest text; what a model with longer ones takes is scaled from here. */
#define INF_WARMUP_LONGEST 512

/* The model inputs of the short text, or of one as long as the model and INF_WARMUP_LONGEST let it
 * be (of the short one, where the task has no long form of it). Caller frees. */
int inf_warmup_encode(const struct inf_runtime *runtime, bool longest, struct inf_encoding *ret,
                      struct inf_error *err);
/* Can the task read what the model answered to the short text? payload: a checked RESULT, of so
 * many bytes; a very long one is taken unread, since this is the loop. */
int inf_warmup_check(const struct inf_runtime *runtime, const void *payload, size_t length,
                     struct inf_error *err);

#endif
