/* classes.h - what the tasks share that answer with one of several labels.
 *
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_CLASSES_H
#define INFERD_TASK_CLASSES_H

#include "inferd/fields.h"
#include "inferd/task.h"
#include "labels.h"

/* Reads "classification_labels". Of an update the number must stay, because it is the model's:
 * BAD_REQUEST. */
int inf_classes_parse_labels(const struct inf_fields *fields, const struct cJSON *member,
                             struct inf_inference_config *ret, struct inf_error *err);

/* Writes the predicted label, the best num_top_classes (below 0: all; 0: no "top_classes"), and the
 * probability of the predicted one. probabilities: one a label, at least one. */
void inf_classes_write(const struct inf_inference_config *config, const struct inf_labels *labels,
                       const double *probabilities, int num_top_classes, struct inf_jsonw *w);

#endif
