/* deposit.c - what the store has is asked of the store itself, after each start and now and then,
 * so that nothing that is written down about it can be wrong. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "deposit.h"

#include "bring.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/strmap.h"
#include "memory_file.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ASK_ANEW_MS UINT64_C(3600000)

/* What of a model goes to the store. */
enum what { DEFINITION, VOCABULARY, WHATS };

struct waiter {
    struct waiter *next;
    char *model_id;
    enum what what;
    inf_store_done done;
    void *arg;
};

struct inf_deposit {
    struct inf_definitions *definitions;
    struct inf_strmap *known;    /* SHA-256: the store has it */
    struct inf_strmap *doubtful; /* SHA-256: what it has is another thing */
    uint64_t known_since_ms;
    struct waiter *waiters;
    struct inf_rest rest;
    bool stopped;
    /* The one on its way. */
    struct inf_depot_job *job; /* NULL: nothing is */
    char *model_id;
    enum what what;
    char sha256[INF_SHA256_TEXT];
    int64_t length; /* -1: of a vocabulary, which is not known before it is read */
};

/* NULL: the model has none, or its hash is not known. */
static const uint8_t *hash_of(const struct inf_model *model, enum what what)
{
    if (model == NULL)
        return NULL;
    if (what == DEFINITION)
        return model->fully_defined ? model->sha256 : NULL;
    return model->has_vocabulary && inf_definitions_is_hash(model->vocabulary_sha256)
               ? model->vocabulary_sha256
               : NULL;
}

static struct inf_store *store_of(const struct inf_deposit *deposit)
{
    return deposit->definitions->means.store;
}

/* ---- who waits ---- */

static bool waits_for(const struct inf_deposit *deposit, const struct waiter *waiter,
                      const char *sha256)
{
    const uint8_t *hash =
        hash_of(inf_store_model(store_of(deposit), waiter->model_id), waiter->what);
    char text[INF_SHA256_TEXT];

    return hash != NULL && strcmp(inf_sha256_print(hash, text), sha256) == 0;
}

/* Those who wait for this, NULL: all. */
static void tell(struct inf_deposit *deposit, const char *sha256, const struct inf_error *err)
{
    struct waiter *told = NULL, **at = &deposit->waiters;

    while (*at != NULL) {
        struct waiter *waiter = *at;

        if (sha256 == NULL || waits_for(deposit, waiter, sha256)) {
            *at = waiter->next;
            waiter->next = told;
            told = waiter;
        } else {
            at = &waiter->next;
        }
    }
    while (told != NULL) {
        struct waiter *next = told->next;

        told->done(told->arg, err);
        free(told->model_id);
        free(told);
        told = next;
    }
}

/* ---- one of them ---- */

static void let_go(struct inf_deposit *deposit)
{
    deposit->job = NULL;
    free(deposit->model_id);
    deposit->model_id = NULL;
}

static void succeed(struct inf_deposit *deposit, bool put)
{
    if (put)
        inf_log(INF_LOG_INFO, "cluster",
                deposit->what == DEFINITION ? "a definition is in the store now"
                                            : "a vocabulary is in the store now",
                (const char *[]){"model_id", deposit->model_id, NULL});
    inf_rest_ended(&deposit->rest);
    inf_definitions_note_depot(deposit->definitions, NULL);
    inf_strmap_put(deposit->known, deposit->sha256, deposit);
    inf_strmap_remove(deposit->doubtful, deposit->sha256);
    let_go(deposit);
    tell(deposit, deposit->sha256, NULL);
    inf_deposit_look(deposit);
}

static void fail(struct inf_deposit *deposit, const char *problem, int64_t retry_after_ms)
{
    struct inf_error err;

    inf_error_set(&err, INF_ERR_UNAVAILABLE,
                  "the %s of model [%s] is whole on this node, and not in the store yet: %.768s; "
                  "send %s again, to know when it is",
                  deposit->what == DEFINITION ? "definition" : "vocabulary", deposit->model_id,
                  problem, deposit->what == DEFINITION ? "its last part" : "it");
    err.retry_after_s = retry_after_ms >= 2000 ? (int)(retry_after_ms / 1000) : 1;
    inf_definitions_note_depot(deposit->definitions, problem);
    inf_rest_failed(&deposit->rest, inf_definitions_now_ms(deposit->definitions), retry_after_ms);
    let_go(deposit);
    tell(deposit, deposit->sha256, &err);
}

static void on_put(void *arg, const struct inf_depot_result *result)
{
    struct inf_deposit *deposit = arg;

    deposit->job = NULL;
    if (result->fine)
        succeed(deposit, true);
    else
        fail(deposit, result->problem, result->retry_after_ms);
}

static void put_file(struct inf_deposit *deposit, int fd, int64_t length)
{
    deposit->job =
        inf_depot_ask(deposit->definitions->depot, &(struct inf_depot_wish){.verb = INF_DEPOT_PUT,
                                                                            .name = deposit->sha256,
                                                                            .fd = fd,
                                                                            .length = length,
                                                                            .done = on_put,
                                                                            .arg = deposit});
}

static void on_text(void *arg, char *text, size_t length, const struct inf_error *err)
{
    struct inf_deposit *deposit = arg;
    int fd = text != NULL && !deposit->stopped ? inf_memory_file(text, length) : -1;

    free(text);
    if (deposit->stopped) {
        if (fd >= 0)
            close(fd);
        return;
    }
    if (fd >= 0)
        put_file(deposit, fd, (int64_t)length);
    else
        fail(deposit, err != NULL ? err->reason : "not enough memory for it", 0);
}

static void put(struct inf_deposit *deposit)
{
    struct inf_error err;
    int64_t length;
    int fd;

    if (deposit->what == VOCABULARY) {
        inf_store_read_vocabulary(store_of(deposit), deposit->model_id, on_text, deposit);
    } else if (inf_store_open_definition(store_of(deposit), deposit->model_id, &fd, &length,
                                         &err) == 0) {
        put_file(deposit, fd, length);
    } else {
        fail(deposit, err.reason, 0);
    }
}

static void on_looked(void *arg, const struct inf_depot_result *result)
{
    struct inf_deposit *deposit = arg;

    deposit->job = NULL;
    if (result->fine && (deposit->length < 0 || result->length == deposit->length))
        succeed(deposit, false);
    else if (result->fine || result->missing)
        put(deposit);
    else
        fail(deposit, result->problem, result->retry_after_ms);
}

static void begin(struct inf_deposit *deposit, const struct inf_model *model, enum what what)
{
    deposit->model_id = inf_strdup(model->model_id);
    deposit->what = what;
    inf_sha256_print(hash_of(model, what), deposit->sha256);
    deposit->length =
        what == DEFINITION ? inf_store_definition_length(store_of(deposit), model->model_id) : -1;
    if (inf_strmap_get(deposit->doubtful, deposit->sha256) != NULL) {
        put(deposit);
        return;
    }
    deposit->job =
        inf_depot_ask(deposit->definitions->depot, &(struct inf_depot_wish){.verb = INF_DEPOT_LOOK,
                                                                            .name = deposit->sha256,
                                                                            .fd = -1,
                                                                            .done = on_looked,
                                                                            .arg = deposit});
}

/* ---- which one ---- */

/* Whoever has just stored a vocabulary knows that it is here. */
static bool is_here(const struct inf_deposit *deposit, const struct inf_model *model,
                    enum what what, bool awaited)
{
    if (hash_of(model, what) == NULL)
        return false;
    return what == DEFINITION
               ? inf_store_has_definition(store_of(deposit), model->model_id)
               : awaited || inf_bring_has_vocabulary(deposit->definitions->bring, model);
}

static bool is_known(const struct inf_deposit *deposit, const struct inf_model *model,
                     enum what what)
{
    char sha256[INF_SHA256_TEXT];

    return inf_strmap_get(deposit->known, inf_sha256_print(hash_of(model, what), sha256)) != NULL;
}

static bool begin_awaited(struct inf_deposit *deposit)
{
    while (deposit->waiters != NULL) {
        struct waiter *first = deposit->waiters;
        const struct inf_model *model = inf_store_model(store_of(deposit), first->model_id);

        if (is_here(deposit, model, first->what, true)) {
            begin(deposit, model, first->what);
            return true;
        }
        deposit->waiters = first->next; /* deleted, or it is here no more */
        first->done(first->arg, NULL);
        free(first->model_id);
        free(first);
    }
    return false;
}

static void begin_unknown(struct inf_deposit *deposit)
{
    for (size_t i = 0; i < inf_store_model_count(store_of(deposit)); i++) {
        const struct inf_model *model = inf_store_model_at(store_of(deposit), i);

        for (enum what what = 0; what < WHATS; what++)
            if (hash_of(model, what) != NULL && !is_known(deposit, model, what) &&
                is_here(deposit, model, what, false)) {
                begin(deposit, model, what);
                return;
            }
    }
}

static void ask_anew(struct inf_deposit *deposit)
{
    uint64_t now_ms = inf_definitions_now_ms(deposit->definitions);

    if (now_ms - deposit->known_since_ms < ASK_ANEW_MS)
        return;
    deposit->known_since_ms = now_ms;
    inf_strmap_free(deposit->known);
    deposit->known = inf_strmap_new();
}

void inf_deposit_look(struct inf_deposit *deposit)
{
    if (deposit == NULL || deposit->stopped || deposit->model_id != NULL ||
        !inf_rest_is_over(&deposit->rest, inf_definitions_now_ms(deposit->definitions)))
        return;
    ask_anew(deposit);
    if (!begin_awaited(deposit))
        begin_unknown(deposit);
}

static void await(struct inf_deposit *deposit, const char *model_id, enum what what,
                  inf_store_done done, void *arg)
{
    struct waiter **last, *waiter;

    if (deposit == NULL || deposit->stopped) {
        done(arg, NULL);
        return;
    }
    waiter = inf_alloc(1, sizeof *waiter);
    *waiter = (struct waiter){NULL, inf_strdup(model_id), what, done, arg};
    for (last = &deposit->waiters; *last != NULL; last = &(*last)->next) {
    }
    *last = waiter;
    deposit->rest.until_ms = 0; /* somebody waits for the answer */
    inf_deposit_look(deposit);
}

void inf_deposit_await(struct inf_deposit *deposit, const char *model_id, inf_store_done done,
                       void *arg)
{
    await(deposit, model_id, DEFINITION, done, arg);
}

void inf_deposit_await_vocabulary(struct inf_deposit *deposit, const char *model_id,
                                  inf_store_done done, void *arg)
{
    await(deposit, model_id, VOCABULARY, done, arg);
}

void inf_deposit_doubt(struct inf_deposit *deposit, const uint8_t sha256[INF_SHA256_SIZE])
{
    char text[INF_SHA256_TEXT];

    if (deposit == NULL)
        return;
    inf_strmap_put(deposit->doubtful, inf_sha256_print(sha256, text), deposit);
    inf_strmap_remove(deposit->known, text);
}

static void forget_unused(struct inf_strmap *map, const struct inf_definitions *definitions)
{
    for (size_t i = 0; i < inf_strmap_size(map);) {
        const char *sha256;

        inf_strmap_at(map, i, &sha256);
        if (inf_definitions_in_use(definitions, sha256))
            i++;
        else
            inf_strmap_remove(map, sha256);
    }
}

void inf_deposit_forget(struct inf_deposit *deposit, const char *sha256)
{
    if (deposit == NULL)
        return;
    if (sha256 != NULL) {
        inf_strmap_remove(deposit->known, sha256);
        return;
    }
    forget_unused(deposit->known, deposit->definitions);
    forget_unused(deposit->doubtful, deposit->definitions);
}

bool inf_deposit_is_at(const struct inf_deposit *deposit, const char *model_id)
{
    if (deposit == NULL)
        return false;
    for (const struct waiter *waiter = deposit->waiters; waiter != NULL; waiter = waiter->next)
        if (strcmp(waiter->model_id, model_id) == 0)
            return true;
    return deposit->model_id != NULL && strcmp(deposit->model_id, model_id) == 0;
}

struct inf_deposit *inf_deposit_new(struct inf_definitions *definitions)
{
    struct inf_deposit *deposit = inf_alloc(1, sizeof *deposit);

    deposit->definitions = definitions;
    deposit->known = inf_strmap_new();
    deposit->doubtful = inf_strmap_new();
    deposit->known_since_ms = inf_definitions_now_ms(definitions);
    return deposit;
}

void inf_deposit_give_up(struct inf_deposit *deposit)
{
    struct inf_error err;

    if (deposit == NULL)
        return;
    inf_definitions_stopping(&err);
    tell(deposit, NULL, &err);
}

void inf_deposit_stop(struct inf_deposit *deposit)
{
    if (deposit == NULL)
        return;
    deposit->stopped = true;
    inf_depot_cancel(deposit->job);
    deposit->job = NULL;
    inf_deposit_give_up(deposit);
}

void inf_deposit_free(struct inf_deposit *deposit)
{
    if (deposit == NULL)
        return;
    inf_strmap_free(deposit->known);
    inf_strmap_free(deposit->doubtful);
    free(deposit->model_id);
    free(deposit);
}
