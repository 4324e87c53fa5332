/* etcd_message.h - what is said to etcd's JSON gateway, and what it answers.
 *
 * In its JSON, keys and values are base64 and 64-bit numbers are texts; what is zero or empty is
 * left out. Thread: any (pure). Owns: what the readers fill in is the caller's. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_CLUSTER_ETCD_MESSAGE_H
#define INFERD_CLUSTER_ETCD_MESSAGE_H

#include "inferd/etcd.h"
#include "inferd/json.h"

/* What of a range is asked for. */
struct inf_etcd_question {
    const char *prefix, *key; /* the two make the whole key */
    bool below;               /* all keys that begin with it, not it alone */
    const char *after;        /* whole key: only those that come after it; NULL: all */
    int64_t revision;         /* as it was then; 0: as it is */
    int64_t limit;
};
void inf_etcd_write_range(const struct inf_etcd_question *question, struct inf_buf *out);
void inf_etcd_write_watch(const char *prefix, const char *key, int64_t from_revision,
                          struct inf_buf *out);

/* Appends the member `"key":"..."`, of prefix and key together. */
void inf_etcd_write_key(struct inf_jsonw *w, const char *name, const char *prefix, const char *key);
/* Appends the end of the range of all keys that begin with it. */
void inf_etcd_write_end(struct inf_jsonw *w, const char *prefix, const char *key);
void inf_etcd_write_bytes(struct inf_jsonw *w, const char *name, const void *bytes, size_t length);
void inf_etcd_write_int64(struct inf_jsonw *w, const char *name, int64_t value);

int64_t inf_etcd_read_int64(const struct cJSON *object, const char *name); /* 0: not there */
int64_t inf_etcd_read_revision(const struct cJSON *answer);                /* of its header */
/* Adds the pairs of a range's answer; *ret_more: there are further ones. -1 when it is no such
 * answer, or a key lacks the prefix. */
int inf_etcd_read_range(const struct cJSON *answer, const char *prefix, struct inf_etcd_pairs *ret,
                        bool *ret_more);
/* Adds the changes of one message of a watch. -1 with CONFLICT when the revision is gone, with
 * UNAVAILABLE when the watch was ended or this is no such message. */
int inf_etcd_read_watch(const struct cJSON *message, const char *prefix, struct inf_etcd_pairs *ret,
                        struct inf_error *err);
/* The reason in an answer that says no, or "". */
const char *inf_etcd_read_reason(const struct cJSON *answer);

#endif
