/* bring_store.c - from the bucket or the directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "bring_inner.h"
#include "deposit.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "memory_file.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BREAKS_MAX 8 /* that are gone on with at once, in one round */

void inf_bring_drop_half(struct inf_bring *bring)
{
    inf_store_fetch_abort(bring->half);
    bring->half = NULL;
    inf_bring_set_text(&bring->half_of, NULL);
}

/* ---- from the store ---- */

static void on_depot_file_kept(void *arg, const struct inf_error *err)
{
    struct inf_bring *bring = arg;
    const struct inf_model *model = inf_bring_model(bring);

    bring->storing = false;
    if (bring->stopped)
        return;
    if (err == NULL) {
        inf_bring_log(bring, "a definition was brought from the store");
        inf_bring_end(bring);
        return;
    }
    inf_log(INF_LOG_WARN, "cluster", "what the store has of a definition cannot be used",
            (const char *[]){"model_id", bring->model_id, "reason", err->reason, NULL});
    inf_bring_note_problem(bring, err->reason);
    if (model != NULL)
        inf_deposit_doubt(bring->definitions->deposit, model->sha256);
    inf_bring_next_source(bring);
}

static void keep_depot_file(struct inf_bring *bring)
{
    struct inf_fetch *fetch = bring->fetch;

    bring->fetch = NULL;
    bring->storing = true;
    inf_store_fetch_commit(fetch, on_depot_file_kept, bring);
}

static void ask_definition(struct inf_bring *bring);

/* What has come stays for the next attempt. */
static void break_off(struct inf_bring *bring, const struct inf_depot_result *result)
{
    uint64_t now_ms = inf_definitions_now_ms(bring->definitions);
    bool moved = inf_store_fetch_length(bring->fetch) > bring->job_from;

    inf_bring_drop_half(bring);
    bring->half = bring->fetch;
    bring->fetch = NULL;
    inf_bring_set_text(&bring->half_of, bring->model_id);
    if (result->anew && bring->job_from > 0)
        inf_bring_drop_half(bring);
    inf_bring_note_problem(bring, result->problem);
    if (moved && bring->breaks++ < BREAKS_MAX) {
        ask_definition(bring);
        return;
    }
    inf_definitions_note_depot(bring->definitions, result->problem);
    inf_rest_failed(&bring->rest, now_ms, result->retry_after_ms);
    inf_bring_next_source(bring);
}

static void on_depot_file(void *arg, const struct inf_depot_result *result)
{
    struct inf_bring *bring = arg;

    bring->job = NULL;
    if (result->fine || result->missing) {
        inf_rest_ended(&bring->rest);
        inf_definitions_note_depot(bring->definitions, NULL);
    }
    if (result->fine) {
        keep_depot_file(bring);
    } else if (result->missing) {
        inf_bring_note_problem(bring, result->problem);
        inf_store_fetch_abort(bring->fetch);
        bring->fetch = NULL;
        inf_bring_next_source(bring);
    } else {
        break_off(bring, result);
    }
}

/* Goes on with what broke off, if it is this model's. */
static int take_half(struct inf_bring *bring)
{
    int fd;

    if (bring->half == NULL || strcmp(bring->half_of, bring->model_id) != 0)
        return inf_bring_begin_file(bring);
    bring->fetch = bring->half;
    bring->half = NULL;
    fd = inf_store_fetch_resume(bring->fetch);
    if (fd < 0)
        inf_bring_end_without(bring, "what broke off cannot be gone on with");
    return fd;
}

static void ask_definition(struct inf_bring *bring)
{
    const struct inf_model *model = inf_bring_model(bring);
    int64_t length = inf_store_definition_length(inf_bring_store(bring), bring->model_id);
    char name[INF_SHA256_TEXT];
    int fd;

    if (model == NULL || length <= 0) {
        inf_bring_end_without(bring, "the model is gone");
        return;
    }
    fd = take_half(bring);
    if (fd < 0)
        return;
    bring->job_from = inf_store_fetch_length(bring->fetch);
    if (bring->job_from >= length) { /* all has come but its end */
        close(fd);
        keep_depot_file(bring);
        return;
    }
    bring->job =
        inf_depot_ask(bring->definitions->depot,
                      &(struct inf_depot_wish){.verb = INF_DEPOT_GET,
                                               .name = inf_sha256_print(model->sha256, name),
                                               .fd = fd,
                                               .from = bring->job_from,
                                               .length = length,
                                               .done = on_depot_file,
                                               .arg = bring});
}

/* ---- a vocabulary: short enough for memory ---- */

static void on_vocabulary(void *arg, const struct inf_depot_result *result)
{
    struct inf_bring *bring = arg;
    int fd = bring->memory;
    char *text = NULL;
    size_t length;

    bring->job = NULL;
    bring->memory = -1;
    if (result->fine || result->missing) {
        inf_rest_ended(&bring->rest);
        inf_definitions_note_depot(bring->definitions, NULL);
    } else {
        inf_rest_failed(&bring->rest, inf_definitions_now_ms(bring->definitions),
                        result->retry_after_ms);
        inf_definitions_note_depot(bring->definitions, result->problem);
    }
    if (result->fine)
        text = inf_memory_file_read(fd, &length);
    close(fd);
    if (text != NULL) {
        inf_bring_keep_vocabulary(bring, text, length);
        free(text);
        return;
    }
    inf_bring_note_problem(bring, result->fine ? "not enough memory for it" : result->problem);
    inf_bring_next_source(bring);
}

static void ask_vocabulary(struct inf_bring *bring)
{
    const struct inf_model *model = inf_bring_model(bring);
    char name[INF_SHA256_TEXT];
    int fd = model != NULL && inf_definitions_is_hash(model->vocabulary_sha256)
                 ? inf_memory_file("", 0)
                 : -1;

    if (fd < 0) {
        inf_bring_next_source(bring);
        return;
    }
    bring->memory = fd;
    bring->job = inf_depot_ask(
        bring->definitions->depot,
        &(struct inf_depot_wish){.verb = INF_DEPOT_GET,
                                 .name = inf_sha256_print(model->vocabulary_sha256, name),
                                 .fd = dup(fd),
                                 .length = -1,
                                 .done = on_vocabulary,
                                 .arg = bring});
}

void inf_bring_ask_store(struct inf_bring *bring, bool vocabulary)
{
    if (vocabulary)
        ask_vocabulary(bring);
    else
        ask_definition(bring);
}
