/* bulk.h - _bulk's lines, and what its answer says of each.
 *
 * Thread: any (pure). Owns: an item has its texts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FORWARD_BULK_H
#define INFERD_FORWARD_BULK_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include "receiver.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INF_BULK_ID_MAX 512 /* bytes, as in Elasticsearch */

/* A document and what became of it. */
struct inf_bulk_item {
    int64_t line;
    char *index, *id, *routing; /* or NULL */
    bool named;                 /* the id is the client's, not made up here */
    struct inf_buf source;
    int status;     /* 0: nothing was said yet */
    char *result;   /* of one that was taken */
    char *error;    /* JSON object, of one that was refused */
    bool uncertain; /* it was sent, and may have been taken */
    bool kept;      /* it is among the dead letters */
};

/* Reads _index, _id and _routing from a JSON object, metadata, and makes an id up where there is
 * none, so that sending a document twice does not make two of it. index: of a document that names
 * none, or NULL. -1 with err: such a document cannot be sent. */
int inf_bulk_address(struct inf_bulk_item *item, const char *metadata, const char *index,
                     const struct inf_receiver *receiver, struct inf_error *err);
/* The document is refused by us: its status is the error's. */
void inf_bulk_refuse(struct inf_bulk_item *item, int status, const char *type, const char *reason);
void inf_bulk_item_fini(struct inf_bulk_item *item);

/* Appends the two lines of each item; out->failed when it grew too long. */
void inf_bulk_write(struct inf_bulk_item *const *items, size_t count, bool create,
                    struct inf_buf *out);
/* Reads the answer about just these items, in this order. What the receiver took or refused gets
 * its status; what it was too busy for (429, 503) is left as it was. *ret_settled: how many got
 * one. -1 with err when this is no such answer, and nothing is known of any. */
int inf_bulk_read(const char *text, size_t length, struct inf_bulk_item *const *items, size_t count,
                  size_t *ret_settled, struct inf_error *err);

#endif
