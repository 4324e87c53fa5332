/* labels.h - lists of names in a task's configuration: what a model's outputs mean, what a request
 * asks about. Immutable and counted, so that a request's configuration shares its model's.
 *
 * Thread: the counting is the configuration's owner's. Bound: INF_LABELS_MAX names. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_LABELS_H
#define INFERD_TASK_LABELS_H

#include "inferd/fields.h"

#define INF_LABELS_MAX 10000

struct inf_labels {
    int refs;
    size_t count;
    char *names[];
};

/* Reads an array of strings (or one string) and puts it in *ret's place, whose reference is given
 * up. */
int inf_labels_parse(const struct inf_fields *fields, const struct cJSON *member,
                     struct inf_labels **ret, struct inf_error *err);
/* Of names known beforehand. One reference is the caller's. */
struct inf_labels *inf_labels_of(const char *const *names, size_t count);
struct inf_labels *inf_labels_ref(struct inf_labels *labels); /* NULL is fine */
void inf_labels_unref(struct inf_labels *labels);             /* NULL is fine */
size_t inf_labels_count(const struct inf_labels *labels);     /* NULL: 0 */
/* Writes "key":["a","b"]; nothing for NULL. */
void inf_labels_write(const struct inf_labels *labels, const char *key, struct inf_jsonw *w);
/* "[a, b]", as Java prints a list, for texts. */
void inf_labels_print(const struct inf_labels *labels, struct inf_buf *out);

#endif
