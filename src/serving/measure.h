/* measure.h - what a model's worker was measured to take: the largest figures seen, kept in the
 * store so that they are known before the model is loaded the next time.
 *
 * They belong to the engine that they were measured with; another version of it begins anew.
 *
 * Thread: loop only (load, save); the others are pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_MEASURE_H
#define INFERD_SERVING_MEASURE_H

#include "inferd/buf.h"
#include "inferd/json.h"
#include "inferd/store.h"
#include <stdbool.h>
#include <stdint.h>

/* Bytes of the worker's own memory: no file backs it and the zygote does not share it. -1: not
 * measured. */
struct inf_measured {
    int64_t base;           /* the model is loaded, nothing was computed yet */
    int64_t per_allocation; /* what each allocation keeps after its warm-up */
    int64_t peak;           /* the most at any moment until all were warmed up */
};

#define INF_MEASURED_NONE ((struct inf_measured){-1, -1, -1})

bool inf_measured_known(const struct inf_measured *measured); /* all of it */
/* Takes over what is larger in `seen`. */
void inf_measured_raise(struct inf_measured *largest, const struct inf_measured *seen);
/* Is any figure so much larger than in `recorded` that it is worth a record? */
bool inf_measured_grew(const struct inf_measured *recorded, const struct inf_measured *now);

/* The record's text, and back; NONE for a text of another engine or one that is not understood. */
void inf_measured_print(const struct inf_measured *measured, const char *engine,
                        struct inf_buf *out);
struct inf_measured inf_measured_parse(const char *text, const char *engine);

struct inf_measured inf_measured_load(const struct inf_store *store, const char *model_id,
                                      const char *engine);
/* A failure is logged: what is lost is measured again. `saved` runs later, once, when
 * inf_measured_load gives the figures (or, after a failure, will not). */
void inf_measured_save(struct inf_store *store, const char *model_id, const char *engine,
                       const struct inf_measured *measured, void (*saved)(void *arg), void *arg);

#endif
