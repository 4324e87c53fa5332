/* definitions.c - who is called when, and who waits for what. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "definitions_state.h"

#include "bring.h"
#include "deposit.h"
#include "discards.h"
#include "gathering.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/strmap.h"
#include "limit.h"
#include <stdlib.h>
#include <string.h>

#define TICK_MS 250
#define LOOK_TICKS 8
#define REST_MIN_MS UINT64_C(1000)
#define REST_MAX_MS UINT64_C(30000)
#define ASKED_MAX_MS UINT64_C(300000)

/* ---- what the parts share ---- */

uint64_t inf_definitions_now_ms(const struct inf_definitions *definitions)
{
    return uv_now(definitions->means.loop);
}

void inf_definitions_stopping(struct inf_error *err)
{
    inf_error_set(err, INF_ERR_UNAVAILABLE, "the server is stopping");
}

bool inf_definitions_is_hash(const uint8_t sha256[INF_SHA256_SIZE])
{
    static const uint8_t none[INF_SHA256_SIZE];

    return memcmp(sha256, none, sizeof none) != 0;
}

bool inf_definitions_in_use(const struct inf_definitions *definitions, const char *sha256)
{
    const struct inf_store *store = definitions->means.store;

    for (size_t i = 0; i < inf_store_model_count(store); i++) {
        const struct inf_model *model = inf_store_model_at(store, i);
        char text[INF_SHA256_TEXT];

        if (model->fully_defined && strcmp(inf_sha256_print(model->sha256, text), sha256) == 0)
            return true;
        if (model->has_vocabulary &&
            strcmp(inf_sha256_print(model->vocabulary_sha256, text), sha256) == 0)
            return true;
    }
    return false;
}

bool inf_rest_is_over(const struct inf_rest *rest, uint64_t now_ms)
{
    return now_ms >= rest->until_ms;
}

void inf_rest_failed(struct inf_rest *rest, uint64_t now_ms, int64_t at_least_ms)
{
    uint64_t pause_ms = rest->failures < 8 ? REST_MIN_MS << rest->failures : REST_MAX_MS;
    uint64_t asked_ms = at_least_ms > 0 ? (uint64_t)at_least_ms : 0;

    rest->failures++;
    if (pause_ms > REST_MAX_MS)
        pause_ms = REST_MAX_MS;
    if (asked_ms > ASKED_MAX_MS)
        asked_ms = ASKED_MAX_MS;
    rest->until_ms = now_ms + (pause_ms > asked_ms ? pause_ms : asked_ms);
}

void inf_rest_ended(struct inf_rest *rest)
{
    *rest = (struct inf_rest){0};
}

void inf_definitions_note_depot(struct inf_definitions *definitions, const char *problem)
{
    bool was_fine = definitions->depot_problem == NULL;

    if (was_fine && problem != NULL)
        inf_log(INF_LOG_WARN, "cluster", "the store of definitions cannot be used now",
                (const char *[]){"reason", problem, NULL});
    if (!was_fine && problem == NULL)
        inf_log(INF_LOG_INFO, "cluster", "the store of definitions can be used again", NULL);
    free(definitions->depot_problem);
    definitions->depot_problem = problem != NULL ? inf_strdup(problem) : NULL;
}

/* ---- what is wanted ---- */

static void add_needed(void *arg, const char *model_id)
{
    inf_strmap_put(arg, model_id, arg);
}

/* Once for all questions of one turn of the loop. */
static void find_needed(struct inf_definitions *definitions)
{
    uint64_t now_ms = inf_definitions_now_ms(definitions);

    if (definitions->needed != NULL && definitions->needed_ms == now_ms)
        return;
    inf_strmap_free(definitions->needed);
    definitions->needed = inf_strmap_new();
    definitions->needed_ms = now_ms;
    definitions->means.each_needed(definitions->means.arg, add_needed, definitions->needed);
}

bool inf_definitions_is_wanted(struct inf_definitions *definitions, const char *model_id)
{
    if (definitions->settings.fetch_all)
        return true;
    find_needed(definitions);
    return inf_strmap_get(definitions->needed, model_id) != NULL;
}

void inf_definitions_arrived(struct inf_definitions *definitions)
{
    definitions->means.came(definitions->means.arg);
}

void inf_definitions_explain(const struct inf_definitions *definitions, const char *model_id,
                             struct inf_buf *out)
{
    if (inf_limit_is_at(definitions->limit, model_id))
        inf_buf_puts(out, "it has just been removed, and comes back");
    else
        inf_bring_explain(definitions->bring, model_id, out);
}

/* ---- who waits for the store ---- */

struct completion {
    struct inf_definitions *definitions;
    char *model_id;
    inf_store_done done;
    void *arg;
};

static void on_gathered(void *arg, const struct inf_error *err)
{
    struct completion *completion = arg;

    if (err != NULL)
        completion->done(completion->arg, err);
    else
        inf_deposit_await(completion->definitions->deposit, completion->model_id, completion->done,
                          completion->arg);
    free(completion->model_id);
    free(completion);
}

void inf_definitions_complete(struct inf_definitions *definitions, const char *model_id,
                              inf_store_done done, void *arg)
{
    struct inf_store *store = definitions->means.store;
    struct completion *completion;

    if (!inf_store_awaits_assembly(store, model_id)) {
        if (inf_store_definition_length(store, model_id) > 0)
            inf_deposit_await(definitions->deposit, model_id, done, arg);
        else
            done(arg, NULL);
        return;
    }
    completion = inf_alloc(1, sizeof *completion);
    *completion = (struct completion){definitions, inf_strdup(model_id), done, arg};
    inf_gathering_start(definitions, model_id, on_gathered, completion);
}

void inf_definitions_complete_vocabulary(struct inf_definitions *definitions, const char *model_id,
                                         inf_store_done done, void *arg)
{
    inf_deposit_await_vocabulary(definitions->deposit, model_id, done, arg);
}

void inf_definitions_discard(struct inf_definitions *definitions,
                             const uint8_t sha256[INF_SHA256_SIZE], void (*done)(void *arg),
                             void *arg)
{
    char text[INF_SHA256_TEXT];

    if (definitions->depot == NULL || definitions->stopped || !inf_definitions_is_hash(sha256))
        done(arg);
    else
        inf_discards_add(definitions, inf_sha256_print(sha256, text), done, arg);
}

/* ---- from the beginning to the end ---- */

void inf_definitions_look(struct inf_definitions *definitions)
{
    inf_bring_look(definitions->bring);
    inf_deposit_look(definitions->deposit);
    inf_discards_look(definitions);
    inf_limit_look(definitions->limit);
}

void inf_definitions_hear(struct inf_definitions *definitions, const struct inf_store_news *news)
{
    if (news->of != INF_NEWS_MODEL || definitions->bring == NULL || definitions->stopped)
        return;
    if (news->deleted)
        inf_deposit_forget(definitions->deposit, NULL);
    else
        inf_store_drop_parts(definitions->means.store, news->id);
    inf_definitions_look(definitions);
}

/* What is on its way is asked for often, so that it begins soon; the rest now and then. */
static void on_tick(uv_timer_t *timer)
{
    struct inf_definitions *definitions = timer->data;

    inf_bring_look(definitions->bring);
    if (definitions->ticks++ % LOOK_TICKS != 0)
        return;
    inf_definitions_look(definitions);
    if (inf_bring_is_busy(definitions->bring))
        inf_definitions_arrived(definitions); /* somewhat, which its reason tells */
}

int inf_definitions_open(const struct inf_config *config, struct inf_definitions **ret,
                         struct inf_error *err)
{
    struct inf_definitions *definitions = inf_alloc(1, sizeof *definitions);

    *ret = definitions;
    return inf_depot_settings_read(config, &definitions->settings, err);
}

void inf_definitions_start(struct inf_definitions *definitions,
                           const struct inf_definitions_means *means)
{
    struct inf_error err;

    definitions->means = *means;
    if (definitions->settings.kind != INF_DEPOT_NODES &&
        inf_depot_open(means->loop, &definitions->settings, &definitions->depot, &err) != 0)
        inf_log(INF_LOG_ERROR, "cluster", "the store of definitions cannot be used",
                (const char *[]){"reason", err.reason, NULL});
    if (definitions->depot != NULL) {
        definitions->deposit = inf_deposit_new(definitions);
        if (definitions->settings.max_disk_bytes > 0)
            definitions->limit = inf_limit_new(definitions);
    }
    definitions->bring = inf_bring_new(definitions);
    uv_timer_init(means->loop, &definitions->timer);
    definitions->timer.data = definitions;
    uv_timer_start(&definitions->timer, on_tick, TICK_MS, TICK_MS);
}

void inf_definitions_give_up(struct inf_definitions *definitions)
{
    if (definitions->bring == NULL)
        return;
    inf_deposit_give_up(definitions->deposit);
    inf_gatherings_give_up(definitions);
    inf_discards_give_up(definitions);
}

void inf_definitions_stop(struct inf_definitions *definitions)
{
    if (definitions == NULL || definitions->bring == NULL)
        return;
    definitions->stopped = true;
    inf_gatherings_stop(definitions);
    inf_deposit_stop(definitions->deposit);
    inf_limit_stop(definitions->limit);
    inf_discards_stop(definitions);
    inf_bring_stop(definitions->bring);
    inf_depot_close(definitions->depot);
    uv_close((uv_handle_t *)&definitions->timer, NULL);
}

void inf_definitions_free(struct inf_definitions *definitions)
{
    if (definitions == NULL)
        return;
    inf_strmap_free(definitions->needed);
    inf_bring_free(definitions->bring);
    inf_deposit_free(definitions->deposit);
    inf_limit_free(definitions->limit);
    inf_depot_free(definitions->depot);
    inf_depot_settings_fini(&definitions->settings);
    free(definitions->depot_problem);
    free(definitions);
}
