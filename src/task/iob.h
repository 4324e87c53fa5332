/* iob.h - what the labels of a token classifier say: outside of every entity, at the beginning of
 * one, or inside one of a class.
 *
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_IOB_H
#define INFERD_TASK_IOB_H

#include "inferd/error.h"
#include <stdbool.h>

struct inf_labels;

struct inf_iob_tag {
    const char *class_name; /* borrowed of the label; NULL: outside */
    bool begins;            /* an entity, whatever comes before it */
};

/* Reads `O`, or `B` or `I`, `_` or `-`, and any class. A label without a name (`LABEL_7`, of a
 * model that was exported without them) is inside an entity of the class LABEL_7. False for
 * anything else. */
bool inf_iob_parse(const char *label, struct inf_iob_tag *ret);

/* STATE_VALIDATION for a label that is no tag, and for two that are the same one. O(n log n). */
int inf_iob_check(const struct inf_labels *labels, struct inf_error *err);

#endif
