/* precision.h - which deployments of a model can share a process: those that compute alike.
 *
 * Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_PRECISION_H
#define INFERD_SERVING_PRECISION_H

#include "inferd/json.h"
#include "inferd/serving.h"

/* A name for the weights as a process has them: the model's id, and behind it what makes them
 * others than the model's own. The caller's to free. */
char *inf_precision_weights(const char *model_id, const struct inf_precision *precision);

/* The members "precision" and "min_cosine" of a stored deployment or of its parameters, unless all
 * is in float32; and back. */
void inf_precision_write(const struct inf_precision *precision, struct inf_jsonw *w);
void inf_precision_read(const struct cJSON *object, struct inf_precision *ret);

#endif
