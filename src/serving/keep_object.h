/* keep_object.h - what is learnt of a model, put into the store. Losing it costs a trial and no
 * more, so a failure is logged and nobody's error.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_KEEP_OBJECT_H
#define INFERD_SERVING_KEEP_OBJECT_H

#include "inferd/store.h"

/* The object is copied. `lost`, a text that stays, is the log's message where it was not kept. over
 * (NULL: none) runs once when it is, or is not. */
void inf_keep_object(struct inf_store *store, enum inf_object_kind kind,
                     const struct inf_object *object, const char *lost, void (*over)(void *arg),
                     void *arg);

#endif
