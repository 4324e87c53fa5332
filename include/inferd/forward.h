/* forward.h - documents to an Elasticsearch or OpenSearch that the operator names, by its _bulk.
 *
 * A forwarding is one stream of documents. They are sent in the order in which they were put, one
 * batch at a time and never two of the same _id in one, so the last one wins. A batch is sent again
 * while the receiver is busy or away; what it refuses goes to the dead letters (one line of NDJSON
 * each, synced) before anybody is told. When nothing of a batch can be delivered, the stream stops.
 *
 * Thread: loop only; requests are made by a thread of the forward's own, dead letters are written
 * on libuv's pool. Bound: two batches a forwarding, ingest.forward.batch_documents and batch_bytes
 * each, and one document more. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FORWARD_H
#define INFERD_FORWARD_H

#include "inferd/buf.h"
#include "inferd/config.h"
#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct inf_forward;    /* the receiver, and the way to it */
struct inf_forwarding; /* one stream */

/* Reads the settings ingest.forward.*, and the files that they name. *ret is NULL where
 * ingest.forward.url is empty. config is borrowed. ILLEGAL_ARGUMENT names the setting. */
int inf_forward_open(struct uv_loop_s *loop, const struct inf_config *config,
                     struct inf_forward **ret, struct inf_error *err);
/* Ends the thread, after the last forwarding; the loop runs once more before inf_forward_free. */
void inf_forward_close(struct inf_forward *forward);
void inf_forward_free(struct inf_forward *forward);
/* ILLEGAL_ARGUMENT unless name can be an index's, and ingest.forward.indices lets it. */
int inf_forward_check_index(const struct inf_forward *forward, const char *name,
                            struct inf_error *err);
int64_t inf_forward_batch_documents(const struct inf_forward *forward);

/* A document on its way out. */
struct inf_outgoing {
    int64_t line;
    const char *metadata;  /* JSON object: _index, _id, _routing, each if any */
    struct inf_buf source; /* JSON object; taken by inf_forwarding_put, where it returns true */
    /* For one that failed before: its status and the JSON object of its error. It is not sent, it
     * goes to the dead letters. */
    int status;
    const char *error;
};

/* What became of it. Borrowed for the time of the call. */
struct inf_forwarded {
    int64_t line;
    const char *index, *id; /* or NULL, of one that was never sent */
    int status;             /* the receiver's, or as of inf_outgoing */
    const char *result;     /* "created" and the like; NULL: it was refused */
    const char *error;      /* JSON object; NULL: it was taken */
    bool kept;              /* it is among the dead letters */
};

struct inf_forwarding_options {
    struct inf_forward *forward;
    const char *pipeline; /* its id, for the dead letters; copied */
    const char *index;    /* of documents that name none, or NULL: the setting's; copied */
    bool create;          /* op_type create instead of index, as data streams need it */
    /* Once a document, in the order in which they were put. It must not free the forwarding. */
    void (*settled)(void *arg, const struct inf_forwarded *document);
    /* Some were settled, so there is room. It may free the forwarding. */
    void (*room)(void *arg);
    /* The document of `line` and all behind it will not be settled. It may free the forwarding. */
    void (*stopped)(void *arg, int64_t line, const struct inf_error *err);
    void *arg;
};

struct inf_forwarding *inf_forwarding_new(const struct inf_forwarding_options *options);
void inf_forwarding_free(struct inf_forwarding *forwarding); /* gives up what is under way */
/* false: there is no room before `room` has run. */
bool inf_forwarding_put(struct inf_forwarding *forwarding, struct inf_outgoing *document);
/* No document will come soon: what is there is sent without waiting for more. */
void inf_forwarding_flush(struct inf_forwarding *forwarding);

#endif
