/* labels.c - lists of names: parsed, shared, written. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "labels.h"

#include "inferd/alloc.h"
#include <stdlib.h>

static struct inf_labels *allocate(size_t count)
{
    struct inf_labels *labels = inf_alloc(1, sizeof *labels + count * sizeof *labels->names);
    labels->refs = 1;
    return labels;
}

static int refuse_type(const struct inf_fields *fields, const struct cJSON *member,
                       const struct cJSON *value, struct inf_error *err)
{
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "[%s] must hold strings only; it has a %s",
                  inf_json_key(member), inf_json_token(value));
    return inf_fields_failed(fields, inf_json_key(member), err);
}

static int refuse_count(const struct inf_fields *fields, const struct cJSON *member, size_t count,
                        struct inf_error *err)
{
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                  "[%s] must hold at most [%d] strings; it has [%zu]", inf_json_key(member),
                  INF_LABELS_MAX, count);
    return inf_fields_failed(fields, inf_json_key(member), err);
}

int inf_labels_parse(const struct inf_fields *fields, const struct cJSON *member,
                     struct inf_labels **ret, struct inf_error *err)
{
    bool array = inf_json_is_array(member);
    size_t count = array ? inf_json_size(member) : 1;
    struct inf_labels *labels = NULL;
    if (count > INF_LABELS_MAX) {
        return refuse_count(fields, member, count, err);
    }
    labels = allocate(count);
    for (const struct cJSON *item = array ? inf_json_first(member) : member; item;
         item = array ? inf_json_next(item) : NULL) {
        if (!inf_json_is_string(item)) {
            inf_labels_unref(labels);
            return refuse_type(fields, member, item, err);
        }
        labels->names[labels->count++] = inf_strdup(inf_json_string(item));
    }
    inf_labels_unref(*ret);
    *ret = labels;
    return 0;
}

struct inf_labels *inf_labels_of(const char *const *names, size_t count)
{
    struct inf_labels *labels = allocate(count);
    for (; labels->count < count; labels->count++) {
        labels->names[labels->count] = inf_strdup(names[labels->count]);
    }
    return labels;
}

struct inf_labels *inf_labels_ref(struct inf_labels *labels)
{
    if (labels) {
        labels->refs++;
    }
    return labels;
}

void inf_labels_unref(struct inf_labels *labels)
{
    if (!labels || --labels->refs > 0) {
        return;
    }
    for (size_t i = 0; i < labels->count; i++) {
        free(labels->names[i]);
    }
    free(labels);
}

size_t inf_labels_count(const struct inf_labels *labels)
{
    return labels ? labels->count : 0;
}

void inf_labels_write(const struct inf_labels *labels, const char *key, struct inf_jsonw *w)
{
    if (!labels) {
        return;
    }
    inf_jsonw_key(w, key);
    inf_jsonw_begin_array(w);
    for (size_t i = 0; i < labels->count; i++) {
        inf_jsonw_string(w, labels->names[i]);
    }
    inf_jsonw_end_array(w);
}

void inf_labels_print(const struct inf_labels *labels, struct inf_buf *out)
{
    inf_buf_puts(out, "[");
    for (size_t i = 0; i < inf_labels_count(labels); i++) {
        inf_buf_printf(out, "%s%s", i ? ", " : "", labels->names[i]);
    }
    inf_buf_puts(out, "]");
}
