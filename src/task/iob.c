/* iob.c - labels as tags. Elasticsearch knows four classes; here any name is one, since a model's
 * owner chose them and nothing depends on their number. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "iob.h"

#include "inferd/alloc.h"
#include "labels.h"
#include <stdlib.h>
#include <string.h>

static bool is_placeholder(const char *label)
{
    static const char prefix[] = "LABEL_";
    const char *digits = label + sizeof prefix - 1;
    if (strncmp(label, prefix, sizeof prefix - 1) != 0) {
        return false;
    }
    return *digits && digits[strspn(digits, "0123456789")] == '\0';
}

bool inf_iob_parse(const char *label, struct inf_iob_tag *ret)
{
    *ret = (struct inf_iob_tag){0};
    if (strcmp(label, "O") == 0) {
        return true;
    }
    if (is_placeholder(label)) {
        ret->class_name = label;
        return true;
    }
    if ((label[0] != 'B' && label[0] != 'I') || (label[1] != '_' && label[1] != '-') || !label[2]) {
        return false;
    }
    ret->begins = label[0] == 'B';
    ret->class_name = label + 2;
    return true;
}

/* ---- a list of them ---- */

struct numbered {
    struct inf_iob_tag tag;
    size_t index; /* in the list */
};

static int compare_tags(const struct inf_iob_tag *a, const struct inf_iob_tag *b)
{
    if (a->begins != b->begins) {
        return a->begins ? 1 : -1;
    }
    if (!a->class_name || !b->class_name) {
        return (a->class_name != NULL) - (b->class_name != NULL);
    }
    return strcmp(a->class_name, b->class_name);
}

static int compare(const void *a, const void *b)
{
    const struct numbered *left = a;
    const struct numbered *right = b;
    int order = compare_tags(&left->tag, &right->tag);
    return order ? order : (left->index > right->index) - (left->index < right->index);
}

/* The first label that is there already, or the list's length. */
static size_t find_repeated(struct numbered *tags, size_t count)
{
    size_t found = count;
    qsort(tags, count, sizeof *tags, compare);
    for (size_t i = 1; i < count; i++) {
        if (compare_tags(&tags[i - 1].tag, &tags[i].tag) == 0 && tags[i].index < found) {
            found = tags[i].index;
        }
    }
    return found;
}

static int refuse_repeated(const struct inf_labels *labels, size_t at, struct inf_error *err)
{
    struct inf_buf list;
    inf_buf_init(&list, INF_REASON_MAX);
    inf_labels_print(labels, &list);
    inf_error_set(err, INF_ERR_STATE_VALIDATION,
                  "the classification label [%s] is duplicated in the list %s", labels->names[at],
                  list.data ? list.data : "[]");
    inf_buf_free(&list);
    return -1;
}

int inf_iob_check(const struct inf_labels *labels, struct inf_error *err)
{
    size_t count = inf_labels_count(labels);
    struct numbered *tags = inf_alloc(count, sizeof *tags);
    size_t repeated = 0;
    for (size_t i = 0; i < count; i++) {
        tags[i].index = i;
        if (!inf_iob_parse(labels->names[i], &tags[i].tag)) {
            free(tags);
            return inf_error_set(err, INF_ERR_STATE_VALIDATION,
                                 "classification label [%s] is not an entity I-O-B tag.",
                                 labels->names[i]);
        }
    }
    repeated = find_repeated(tags, count);
    free(tags);
    return repeated < count ? refuse_repeated(labels, repeated, err) : 0;
}
