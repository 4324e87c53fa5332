/* limit.c - the one that was used longest ago goes first, one at a time.
 *
 * Right before it goes, the store is asked whether it has it: what is only here stays, whatever the
 * limit says. So does what a deployment of this node needs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "limit.h"

#include "bring.h"
#include "deposit.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/strmap.h"
#include "inferd/wall_clock.h"
#include <stdlib.h>
#include <string.h>

#define USED_MS UINT64_C(60000) /* so often it is noted that one is in use */
#define GRACE_MS 2000           /* one that has just come may be about to be vetted, or started */

struct inf_limit {
    struct inf_definitions *definitions;
    struct inf_strmap *spared; /* SHA-256 that the store did not have when it was asked */
    struct inf_rest rest;
    uint64_t noted_ms;
    bool stopped, removing;
    /* The one that is to go. */
    char *model_id; /* NULL: none is */
    struct inf_depot_job *job;
    char sha256[INF_SHA256_TEXT];
};

static struct inf_store *store_of(const struct inf_limit *limit)
{
    return limit->definitions->means.store;
}

static bool may_go(const struct inf_limit *limit, const char *model_id)
{
    struct inf_definitions *definitions = limit->definitions;

    return !inf_definitions_is_wanted(definitions, model_id) &&
           !inf_bring_is_at(definitions->bring, model_id) &&
           !inf_deposit_is_at(definitions->deposit, model_id) &&
           inf_store_has_definition(definitions->means.store, model_id);
}

static void let_go(struct inf_limit *limit)
{
    limit->job = NULL;
    limit->removing = false;
    free(limit->model_id);
    limit->model_id = NULL;
}

static void on_removed(void *arg, const struct inf_error *err)
{
    struct inf_limit *limit = arg;

    if (err == NULL)
        inf_log(INF_LOG_INFO, "cluster",
                "a definition was removed from this disk, which the store has",
                (const char *[]){"model_id", limit->model_id, NULL});
    let_go(limit);
    if (limit->stopped)
        return;
    inf_bring_look(limit->definitions->bring);
    if (err == NULL)
        inf_limit_look(limit);
}

static void on_looked(void *arg, const struct inf_depot_result *result)
{
    struct inf_limit *limit = arg;
    int64_t length = inf_store_definition_length(store_of(limit), limit->model_id);

    limit->job = NULL;
    if (result->fine && result->length == length && may_go(limit, limit->model_id)) {
        limit->removing = true;
        inf_store_drop_definition(store_of(limit), limit->model_id, on_removed, limit);
        return;
    }
    if (result->fine || result->missing) {
        inf_strmap_put(limit->spared, limit->sha256, limit);
        if (result->missing)
            inf_deposit_forget(limit->definitions->deposit, limit->sha256);
    } else {
        inf_definitions_note_depot(limit->definitions, result->problem);
        inf_rest_failed(&limit->rest, inf_definitions_now_ms(limit->definitions),
                        result->retry_after_ms);
    }
    let_go(limit);
}

static void begin(struct inf_limit *limit, const struct inf_model *model)
{
    limit->model_id = inf_strdup(model->model_id);
    inf_sha256_print(model->sha256, limit->sha256);
    limit->job =
        inf_depot_ask(limit->definitions->depot, &(struct inf_depot_wish){.verb = INF_DEPOT_LOOK,
                                                                          .name = limit->sha256,
                                                                          .fd = -1,
                                                                          .done = on_looked,
                                                                          .arg = limit});
}

/* What has not been used for longest, of what may go. */
static const struct inf_model *find_oldest(const struct inf_limit *limit)
{
    const struct inf_model *oldest = NULL;
    int64_t oldest_ms = 0, wall_ms = inf_wall_ms();

    for (size_t i = 0; i < inf_store_model_count(store_of(limit)); i++) {
        const struct inf_model *model = inf_store_model_at(store_of(limit), i);
        char sha256[INF_SHA256_TEXT];
        int64_t used_ms;

        if (!model->fully_defined ||
            inf_strmap_get(limit->spared, inf_sha256_print(model->sha256, sha256)) != NULL ||
            !may_go(limit, model->model_id))
            continue;
        used_ms = inf_store_definition_used_ms(store_of(limit), model->model_id);
        if (used_ms <= wall_ms - GRACE_MS && (oldest == NULL || used_ms < oldest_ms)) {
            oldest = model;
            oldest_ms = used_ms;
        }
    }
    return oldest;
}

static int64_t count_bytes(const struct inf_limit *limit)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < inf_store_model_count(store_of(limit)); i++) {
        const char *model_id = inf_store_model_at(store_of(limit), i)->model_id;

        if (inf_store_has_definition(store_of(limit), model_id))
            bytes += inf_store_definition_length(store_of(limit), model_id);
    }
    return bytes;
}

static void note_uses(struct inf_limit *limit)
{
    uint64_t now_ms = inf_definitions_now_ms(limit->definitions);

    if (limit->noted_ms != 0 && now_ms - limit->noted_ms < USED_MS)
        return;
    limit->noted_ms = now_ms;
    inf_strmap_free(limit->spared);
    limit->spared = inf_strmap_new();
    for (size_t i = 0; i < inf_store_model_count(store_of(limit)); i++) {
        const char *model_id = inf_store_model_at(store_of(limit), i)->model_id;

        if (inf_definitions_is_wanted(limit->definitions, model_id))
            inf_store_use_definition(store_of(limit), model_id);
    }
}

void inf_limit_look(struct inf_limit *limit)
{
    const struct inf_model *model;

    if (limit == NULL || limit->stopped || limit->model_id != NULL ||
        !inf_rest_is_over(&limit->rest, inf_definitions_now_ms(limit->definitions)))
        return;
    note_uses(limit);
    if (count_bytes(limit) <= limit->definitions->settings.max_disk_bytes)
        return;
    model = find_oldest(limit);
    if (model != NULL)
        begin(limit, model);
}

bool inf_limit_is_at(const struct inf_limit *limit, const char *model_id)
{
    return limit != NULL && limit->removing && strcmp(limit->model_id, model_id) == 0;
}

struct inf_limit *inf_limit_new(struct inf_definitions *definitions)
{
    struct inf_limit *limit = inf_alloc(1, sizeof *limit);

    limit->definitions = definitions;
    limit->spared = inf_strmap_new();
    return limit;
}

void inf_limit_stop(struct inf_limit *limit)
{
    if (limit == NULL)
        return;
    limit->stopped = true;
    inf_depot_cancel(limit->job);
    limit->job = NULL;
}

void inf_limit_free(struct inf_limit *limit)
{
    if (limit == NULL)
        return;
    inf_strmap_free(limit->spared);
    free(limit->model_id);
    free(limit);
}
