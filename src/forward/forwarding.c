/* forwarding.c - one stream: a batch that is on its way, and one that is being filled.
 *
 * A batch goes when it is full, when a document comes that must not be in it (one with the same
 * _id, or there is no room), when nothing more will come, or when its first document has waited for
 * FLUSH_MS. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery.h"
#include "inferd/alloc.h"
#include "inferd/forward.h"
#include "inferd/strmap.h"
#include "pause.h"
#include <stdlib.h>
#include <string.h>

enum { FLUSH_MS = 500 };

struct inf_forwarding {
    struct inf_forwarding_options options; /* pipeline and index are its own */
    struct inf_batch filling, leaving;
    size_t bytes;           /* of filling */
    struct inf_strmap *ids; /* index/id of those in filling that clients named */
    struct inf_pause *pause;
    struct inf_delivery *delivery;
    bool due; /* what is filling shall go as soon as it can */
    bool stopped;
};

/* ---- a batch ---- */

static void empty(struct inf_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        inf_bulk_item_fini(&batch->items[i]);
    batch->count = 0;
}

/* inf_strmap has no way to be emptied. */
static void forget_ids(struct inf_forwarding *forwarding)
{
    if (inf_strmap_size(forwarding->ids) == 0)
        return;
    inf_strmap_free(forwarding->ids);
    forwarding->ids = inf_strmap_new();
}

static void on_delivered(void *arg, const struct inf_error *err);

static void leave_if_due(struct inf_forwarding *forwarding)
{
    struct inf_batch empty_one = forwarding->leaving;

    if (!forwarding->due || forwarding->delivery != NULL || forwarding->filling.count == 0 ||
        forwarding->stopped)
        return;
    inf_pause_cancel(forwarding->pause);
    forwarding->pause = NULL;
    forwarding->due = false;
    forwarding->leaving = forwarding->filling;
    forwarding->filling = empty_one;
    forwarding->bytes = 0;
    forget_ids(forwarding);
    forwarding->delivery = inf_delivery_start(
        forwarding->options.forward, &forwarding->leaving, forwarding->options.create,
        forwarding->options.pipeline, on_delivered, forwarding);
}

/* ---- what has come of one ---- */

static void tell(struct inf_forwarding *forwarding, const struct inf_bulk_item *item)
{
    const struct inf_forwarded document = {.line = item->line,
                                           .index = item->index,
                                           .id = item->id,
                                           .status = item->status,
                                           .result = item->result,
                                           .error = item->error,
                                           .kept = item->kept};

    forwarding->options.settled(forwarding->options.arg, &document);
}

/* The line where the stream stops: the first one without an end, or else the one behind all. */
static int64_t tell_all(struct inf_forwarding *forwarding)
{
    const struct inf_batch *batch = &forwarding->leaving;

    for (size_t i = 0; i < batch->count; i++) {
        if (batch->items[i].status == 0)
            return batch->items[i].line;
        tell(forwarding, &batch->items[i]);
    }
    return forwarding->filling.count > 0 ? forwarding->filling.items[0].line
                                         : batch->items[batch->count - 1].line + 1;
}

static void on_delivered(void *arg, const struct inf_error *err)
{
    struct inf_forwarding *forwarding = arg;
    struct inf_error copy;
    int64_t line = tell_all(forwarding);

    if (err != NULL)
        copy = *err;
    inf_delivery_free(forwarding->delivery);
    forwarding->delivery = NULL;
    empty(&forwarding->leaving);
    if (err != NULL) {
        forwarding->stopped = true;
        forwarding->options.stopped(forwarding->options.arg, line, &copy);
        return;
    }
    leave_if_due(forwarding);
    forwarding->options.room(forwarding->options.arg);
}

/* ---- documents ---- */

static void on_pause_over(void *arg)
{
    struct inf_forwarding *forwarding = arg;

    forwarding->pause = NULL;
    forwarding->due = true;
    leave_if_due(forwarding);
}

static bool is_full(const struct inf_forwarding *forwarding)
{
    const struct inf_receiver *receiver = &forwarding->options.forward->receiver;

    return (int64_t)forwarding->filling.count >= receiver->batch_documents ||
           (int64_t)forwarding->bytes >= receiver->batch_bytes;
}

/* Is there a document of this name in the batch? If not, there is from now on. */
static bool is_twice(struct inf_forwarding *forwarding, const struct inf_bulk_item *item)
{
    struct inf_buf name;
    bool twice;

    if (!item->named || item->error != NULL)
        return false;
    inf_buf_init(&name, 4096);
    inf_buf_printf(&name, "%s/%s", item->index, item->id);
    twice = inf_strmap_get(forwarding->ids, name.data) != NULL;
    if (!twice)
        inf_strmap_put(forwarding->ids, name.data, forwarding);
    inf_buf_free(&name);
    return twice;
}

static void make_item(struct inf_forwarding *forwarding, const struct inf_outgoing *document,
                      struct inf_bulk_item *ret)
{
    const struct inf_receiver *receiver = &forwarding->options.forward->receiver;
    const char *index =
        forwarding->options.index != NULL ? forwarding->options.index : receiver->index;
    struct inf_error err;

    *ret = (struct inf_bulk_item){.line = document->line};
    if (inf_bulk_address(ret, document->metadata, index, receiver, &err) != 0 &&
        document->error == NULL)
        inf_bulk_refuse(ret, inf_err_status(err.code), inf_err_type(err.code), err.reason);
    if (document->error != NULL) {
        ret->status = document->status;
        ret->error = inf_strdup(document->error);
    }
}

bool inf_forwarding_put(struct inf_forwarding *forwarding, struct inf_outgoing *document)
{
    struct inf_batch *batch = &forwarding->filling;
    struct inf_bulk_item item;

    if (is_full(forwarding))
        return false;
    make_item(forwarding, document, &item);
    if (is_twice(forwarding, &item)) {
        forwarding->due = true;
        leave_if_due(forwarding);
        if (batch->count > 0) {
            inf_bulk_item_fini(&item);
            return false;
        }
        is_twice(forwarding, &item);
    }
    item.source = document->source;
    inf_buf_init(&document->source, document->source.max);
    if (batch->count == 0)
        forwarding->pause =
            inf_pause_start(forwarding->options.forward->loop, FLUSH_MS, on_pause_over, forwarding);
    batch->items[batch->count++] = item;
    forwarding->bytes += item.source.length;
    forwarding->due = forwarding->due || is_full(forwarding);
    leave_if_due(forwarding);
    return true;
}

void inf_forwarding_flush(struct inf_forwarding *forwarding)
{
    forwarding->due = forwarding->filling.count > 0;
    leave_if_due(forwarding);
}

struct inf_forwarding *inf_forwarding_new(const struct inf_forwarding_options *options)
{
    struct inf_forwarding *forwarding = inf_alloc(1, sizeof *forwarding);
    size_t room = (size_t)options->forward->receiver.batch_documents;

    forwarding->options = *options;
    forwarding->options.pipeline = inf_strdup(options->pipeline);
    forwarding->options.index = options->index != NULL ? inf_strdup(options->index) : NULL;
    forwarding->filling.items = inf_alloc(room, sizeof *forwarding->filling.items);
    forwarding->leaving.items = inf_alloc(room, sizeof *forwarding->leaving.items);
    forwarding->ids = inf_strmap_new();
    return forwarding;
}

void inf_forwarding_free(struct inf_forwarding *forwarding)
{
    if (forwarding == NULL)
        return;
    inf_delivery_free(forwarding->delivery);
    inf_pause_cancel(forwarding->pause);
    empty(&forwarding->filling);
    empty(&forwarding->leaving);
    free(forwarding->filling.items);
    free(forwarding->leaving.items);
    inf_strmap_free(forwarding->ids);
    free((char *)forwarding->options.pipeline);
    free((char *)forwarding->options.index);
    free(forwarding);
}
