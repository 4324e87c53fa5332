/* definitions_state.h - what the parts of this folder share.
 *
 * Each part is one job that is done again and again, and looks for the next thing to do whenever
 * it is told to. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_STATE_H
#define INFERD_DEFINITIONS_STATE_H

#include "depot.h"
#include "inferd/definitions.h"
#include <uv.h>

struct inf_bring;     /* what is missing comes here */
struct inf_deposit;   /* what is here goes to the store */
struct inf_limit;     /* what is here and may go */
struct inf_gathering; /* parts on other nodes come together */
struct inf_discard;   /* what no model has goes from the store */

struct inf_definitions {
    struct inf_definitions_means means;
    struct inf_depot_settings settings;
    struct inf_depot *depot; /* NULL: there are other nodes only */
    struct inf_bring *bring; /* NULL: it was not started */
    struct inf_deposit *deposit;
    struct inf_limit *limit;
    struct inf_discard *discards;    /* list */
    struct inf_gathering *gathering; /* list */
    struct inf_strmap *needed;       /* model id: a deployment needs it */
    uint64_t needed_ms;              /* when that was found out, by the loop's clock */
    uv_timer_t timer;
    uint64_t ticks;
    bool stopped;
    char *depot_problem; /* NULL: none since it last answered */
};

/* Does a deployment need it, or are all brought? */
bool inf_definitions_is_wanted(struct inf_definitions *definitions, const char *model_id);
/* A definition has come, or come nearer. */
void inf_definitions_arrived(struct inf_definitions *definitions);
/* What the store has answered; NULL: it works. Changes are logged. */
void inf_definitions_note_depot(struct inf_definitions *definitions, const char *problem);
uint64_t inf_definitions_now_ms(const struct inf_definitions *definitions);
/* err gets UNAVAILABLE and "the server is stopping". */
void inf_definitions_stopping(struct inf_error *err);
/* Is it more than zeros, which stand for one that was never computed? */
bool inf_definitions_is_hash(const uint8_t sha256[INF_SHA256_SIZE]);
/* Does a model have this definition or vocabulary? */
bool inf_definitions_in_use(const struct inf_definitions *definitions, const char *sha256);

/* Pauses between attempts: 1, 2, 4 .. 30 s. */
struct inf_rest {
    unsigned failures;
    uint64_t until_ms;
};
bool inf_rest_is_over(const struct inf_rest *rest, uint64_t now_ms);
/* at_least_ms: what the store asked for, up to five minutes; 0: nothing. */
void inf_rest_failed(struct inf_rest *rest, uint64_t now_ms, int64_t at_least_ms);
void inf_rest_ended(struct inf_rest *rest);

#endif
