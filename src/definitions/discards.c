/* discards.c - each is asked for until the store has done it, or a model has that definition again.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "discards.h"

#include "deposit.h"
#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

struct inf_discard {
    struct inf_discard *next;
    struct inf_definitions *definitions;
    char sha256[INF_SHA256_TEXT];
    struct inf_depot_job *job; /* NULL: it rests */
    struct inf_rest rest;
    void (*done)(void *arg); /* NULL: it has run */
    void *arg;
};

static void tell(struct inf_discard *discard)
{
    void (*done)(void *arg) = discard->done;

    discard->done = NULL;
    if (done != NULL)
        done(discard->arg);
}

static void finish(struct inf_discard *discard)
{
    struct inf_discard **at = &discard->definitions->discards;

    while (*at != discard)
        at = &(*at)->next;
    *at = discard->next;
    tell(discard);
    free(discard);
}

static void on_dropped(void *arg, const struct inf_depot_result *result)
{
    struct inf_discard *discard = arg;

    discard->job = NULL;
    inf_definitions_note_depot(discard->definitions, result->fine ? NULL : result->problem);
    if (result->fine) {
        inf_deposit_forget(discard->definitions->deposit, discard->sha256);
        finish(discard);
        return;
    }
    inf_rest_failed(&discard->rest, inf_definitions_now_ms(discard->definitions),
                    result->retry_after_ms);
    tell(discard);
}

/* A model that was put again with the same definition keeps it. */
static void attempt(struct inf_discard *discard)
{
    if (inf_definitions_in_use(discard->definitions, discard->sha256)) {
        finish(discard);
        return;
    }
    discard->job =
        inf_depot_ask(discard->definitions->depot, &(struct inf_depot_wish){.verb = INF_DEPOT_DROP,
                                                                            .name = discard->sha256,
                                                                            .fd = -1,
                                                                            .done = on_dropped,
                                                                            .arg = discard});
}

void inf_discards_add(struct inf_definitions *definitions, const char *sha256,
                      void (*done)(void *arg), void *arg)
{
    struct inf_discard *discard;
    size_t count = 0;

    for (discard = definitions->discards; discard != NULL; discard = discard->next)
        count++;
    if (count >= INF_DISCARDS_MAX) {
        done(arg);
        return;
    }
    discard = inf_alloc(1, sizeof *discard);
    *discard = (struct inf_discard){
        .next = definitions->discards, .definitions = definitions, .done = done, .arg = arg};
    memcpy(discard->sha256, sha256, INF_SHA256_TEXT);
    definitions->discards = discard;
    attempt(discard);
}

void inf_discards_look(struct inf_definitions *definitions)
{
    uint64_t now_ms = inf_definitions_now_ms(definitions);

    for (struct inf_discard *discard = definitions->discards, *next; discard != NULL;
         discard = next) {
        next = discard->next;
        if (discard->job == NULL && inf_rest_is_over(&discard->rest, now_ms))
            attempt(discard);
    }
}

void inf_discards_give_up(struct inf_definitions *definitions)
{
    for (struct inf_discard *discard = definitions->discards, *next; discard != NULL;
         discard = next) {
        next = discard->next;
        tell(discard);
    }
}

void inf_discards_stop(struct inf_definitions *definitions)
{
    while (definitions->discards != NULL) {
        inf_depot_cancel(definitions->discards->job);
        finish(definitions->discards);
    }
}
