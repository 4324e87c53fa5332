/* delivery.h - a batch on its way: sent until the receiver has decided about each document, or has
 * been busy or away too often.
 *
 * Thread: loop only. Owns: the request, the pause or the write under way; the batch is the
 * caller's. Bound: ingest.forward.max_retries attempts in a row without progress. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FORWARD_DELIVERY_H
#define INFERD_FORWARD_DELIVERY_H

#include "bulk.h"
#include "dead_letters.h"
#include "poster.h"

struct inf_delivery;

/* What all deliveries share. */
struct inf_forward {
    struct uv_loop_s *loop;
    const struct inf_config *config;
    struct inf_receiver receiver;
    struct inf_poster *poster;
    struct inf_dead_letters *letters;
};

struct inf_batch {
    struct inf_bulk_item *items;
    size_t count;
};

/* done runs once, later, and may free the delivery: without err each item has a status, and those
 * that were refused are kept. With err, the items with a status have come to an end, of which those
 * that were refused need not be kept; the others were not delivered. */
struct inf_delivery *inf_delivery_start(struct inf_forward *forward, struct inf_batch *batch,
                                        bool create, const char *pipeline,
                                        void (*done)(void *arg, const struct inf_error *err),
                                        void *arg);
void inf_delivery_free(struct inf_delivery *delivery); /* gives up; NULL is fine */

#endif
