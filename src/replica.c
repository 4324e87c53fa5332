/* replica.c - what is missing, one after the other.
 *
 * A model's vocabulary is brought before its definition: whoever has the definition can start. What
 * comes proves itself by its SHA-256, so it does not matter which node it comes from. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "replica.h"

#include "inferd/alloc.h"
#include "inferd/http_client.h"
#include "inferd/log.h"
#include "inferd/serving_cluster.h"
#include "inferd/store_shared.h"
#include "inferd/strmap.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define LOOK_MS 2000
#define TEXT_MAX ((size_t)8192)
#define VOCABULARIES_SPARE 64
#define VOCABULARY_MAX ((size_t)1 << 30)
#define DEFINITION_MS (3600 * INT64_C(1000))
#define VOCABULARY_MS (60 * INT64_C(1000))

struct inf_replica {
    struct inf_app *app;
    uv_timer_t timer;
    struct inf_strmap *vocabularies; /* "<model>/<creation>": its vocabulary is here */
    char *last;                      /* model that was looked at last, so that each gets its turn */
    bool stopped;
    /* The one on its way. */
    char *model_id; /* NULL: nothing is */
    size_t asked;   /* members so far */
    struct inf_http_request *request;
    struct inf_fetch *fetch;
    bool storing;
};

/* ---- which vocabularies are here ---- */

static char *key_of(const struct inf_model *model)
{
    struct inf_buf key;

    inf_buf_init(&key, TEXT_MAX);
    inf_buf_printf(&key, "%s/%lld", model->model_id, (long long)model->create_time_ms);
    return inf_buf_take(&key, NULL);
}

static bool needs_vocabulary(const struct inf_replica *replica, const struct inf_model *model)
{
    char *key;
    bool needs;

    if (model == NULL || !model->has_vocabulary)
        return false;
    key = key_of(model);
    needs = inf_strmap_get(replica->vocabularies, key) == NULL;
    free(key);
    return needs;
}

static void note_vocabulary(struct inf_replica *replica)
{
    const struct inf_model *model = inf_store_model(replica->app->store, replica->model_id);
    char *key = model != NULL ? key_of(model) : NULL;

    if (key != NULL)
        inf_strmap_put(replica->vocabularies, key, replica);
    free(key);
}

/* Models that are gone leave theirs behind; now and then all are looked at anew. */
static void forget_old(struct inf_replica *replica)
{
    if (inf_strmap_size(replica->vocabularies) <=
        2 * inf_store_model_count(replica->app->store) + VOCABULARIES_SPARE)
        return;
    inf_strmap_free(replica->vocabularies);
    replica->vocabularies = inf_strmap_new();
}

static void next_member(struct inf_replica *replica);
static void begin_definition(struct inf_replica *replica);

/* The present one has come to its end, in whatever way. */
static void end(struct inf_replica *replica, const char *problem)
{
    if (problem != NULL)
        inf_log(INF_LOG_DEBUG, "cluster", "a model's files were not brought from another node",
                (const char *[]){"model_id", replica->model_id, "reason", problem, NULL});
    free(replica->model_id);
    replica->model_id = NULL;
    inf_store_fetch_abort(replica->fetch);
    replica->fetch = NULL;
    if (problem == NULL)
        inf_replica_look(replica);
}

/* ---- one question ---- */

static char *print_url(const struct inf_member *member, const char *what, const char *model_id)
{
    struct inf_buf url;

    inf_buf_init(&url, TEXT_MAX);
    inf_member_print_url(member, &url);
    inf_buf_printf(&url, "/_inferd/%s/%s", what, model_id);
    return inf_buf_take(&url, NULL);
}

/* fd: of the definition's file, taken; -1: the vocabulary is asked for. */
static void ask(struct inf_replica *replica, const struct inf_member *member, int fd,
                void (*done)(void *arg, const struct inf_http_result *result))
{
    bool is_definition = fd >= 0;
    char *url = print_url(member, is_definition ? "definition" : "vocabulary", replica->model_id);
    const char *headers[] = {NULL, NULL};
    struct inf_buf authorization;

    inf_buf_init(&authorization, TEXT_MAX);
    inf_buf_printf(&authorization, "Authorization: " INF_PEER_SCHEME " %s",
                   replica->app->peer_secret);
    headers[0] = authorization.data;
    replica->request = inf_http_client_send(
        replica->app->peers, &(struct inf_http_question){
                                 .method = "GET",
                                 .url = url,
                                 .headers = headers,
                                 .answer_max = is_definition ? (size_t)INT64_MAX : VOCABULARY_MAX,
                                 .fd = fd,
                                 .timeout_ms = is_definition ? DEFINITION_MS : VOCABULARY_MS,
                                 .done = done,
                                 .arg = replica});
    explicit_bzero(authorization.data, authorization.length);
    inf_buf_free(&authorization);
    free(url);
}

/* ---- the vocabulary ---- */

static void on_vocabulary_kept(void *arg, const struct inf_error *err)
{
    struct inf_replica *replica = arg;

    replica->storing = false;
    if (replica->stopped)
        return;
    if (err != NULL) {
        end(replica, err->reason);
        return;
    }
    note_vocabulary(replica);
    replica->asked = 0;
    begin_definition(replica);
}

static void on_vocabulary(void *arg, const struct inf_http_result *result)
{
    struct inf_replica *replica = arg;

    replica->request = NULL;
    if (!result->answered || result->status != 200) {
        next_member(replica);
        return;
    }
    replica->storing = true;
    inf_store_put_vocabulary(replica->app->store, replica->model_id, result->body, result->length,
                             on_vocabulary_kept, replica);
}

/* ---- the definition ---- */

static void on_definition_kept(void *arg, const struct inf_error *err)
{
    struct inf_replica *replica = arg;

    replica->storing = false;
    if (replica->stopped)
        return;
    if (err == NULL)
        inf_log(INF_LOG_INFO, "cluster", "a definition was brought from another node",
                (const char *[]){"model_id", replica->model_id, NULL});
    if (err == NULL)
        inf_manager_definition_came(replica->app->manager);
    end(replica, err != NULL ? err->reason : NULL);
}

static void on_definition(void *arg, const struct inf_http_result *result)
{
    struct inf_replica *replica = arg;
    struct inf_fetch *fetch = replica->fetch;

    replica->request = NULL;
    replica->fetch = NULL;
    if (!result->answered || result->status != 200) {
        inf_store_fetch_abort(fetch);
        next_member(replica);
        return;
    }
    replica->storing = true;
    inf_store_fetch_commit(fetch, on_definition_kept, replica);
}

static bool needs_definition(const struct inf_replica *replica, const struct inf_model *model)
{
    return model != NULL && model->fully_defined &&
           !inf_store_has_definition(replica->app->store, model->model_id);
}

/* A file of its own for each attempt, so that no half of one is left in it. */
static void ask_definition(struct inf_replica *replica, const struct inf_member *member)
{
    struct inf_error err;
    int fd;

    if (inf_store_fetch_begin(replica->app->store, replica->model_id, &replica->fetch, &fd, &err) !=
        0) {
        end(replica, err.reason);
        return;
    }
    fd = dup(fd);
    if (fd < 0)
        end(replica, "no descriptor is free");
    else
        ask(replica, member, fd, on_definition);
}

static void next_member(struct inf_replica *replica)
{
    const struct inf_membership *membership = replica->app->membership;
    const char *own = inf_store_node_id(replica->app->store);
    const struct inf_member *member;

    while (replica->asked < inf_membership_count(membership)) {
        member = inf_membership_at(membership, replica->asked++);
        if (strcmp(member->node_id, own) == 0)
            continue;
        if (needs_vocabulary(replica, inf_store_model(replica->app->store, replica->model_id)))
            ask(replica, member, -1, on_vocabulary);
        else
            ask_definition(replica, member);
        return;
    }
    end(replica, "no node that can be reached has them");
}

static void begin_definition(struct inf_replica *replica)
{
    if (needs_definition(replica, inf_store_model(replica->app->store, replica->model_id)))
        next_member(replica);
    else
        end(replica, NULL);
}

/* ---- what is missing ---- */

/* Is the vocabulary's text here already? */
static void on_read(void *arg, char *text, size_t length, const struct inf_error *err)
{
    struct inf_replica *replica = arg;

    (void)length;
    free(text);
    replica->storing = false;
    if (replica->stopped)
        return;
    if (err == NULL) {
        note_vocabulary(replica);
        begin_definition(replica);
    } else {
        next_member(replica);
    }
}

static void begin(struct inf_replica *replica, const char *model_id)
{
    replica->model_id = inf_strdup(model_id);
    replica->asked = 0;
    if (needs_vocabulary(replica, inf_store_model(replica->app->store, replica->model_id))) {
        replica->storing = true;
        inf_store_read_vocabulary(replica->app->store, model_id, on_read, replica);
    } else {
        begin_definition(replica);
    }
}

static const struct inf_model *find_missing(const struct inf_replica *replica, const char *after)
{
    const struct inf_store *store = replica->app->store;

    for (size_t i = 0; i < inf_store_model_count(store); i++) {
        const struct inf_model *model = inf_store_model_at(store, i);

        if ((after == NULL || strcmp(model->model_id, after) > 0) &&
            (needs_definition(replica, model) || needs_vocabulary(replica, model)))
            return model;
    }
    return NULL;
}

void inf_replica_look(struct inf_replica *replica)
{
    const struct inf_model *model = NULL;

    if (replica->stopped || replica->model_id != NULL || replica->app->peers == NULL ||
        replica->app->peer_secret == NULL || inf_membership_count(replica->app->membership) < 2)
        return;
    forget_old(replica);
    if (replica->last != NULL)
        model = find_missing(replica, replica->last);
    if (model == NULL)
        model = find_missing(replica, NULL);
    if (model == NULL)
        return;
    free(replica->last);
    replica->last = inf_strdup(model->model_id);
    begin(replica, model->model_id);
}

static void on_timer(uv_timer_t *timer)
{
    inf_replica_look(timer->data);
}

struct inf_replica *inf_replica_start(struct inf_app *app)
{
    struct inf_replica *replica = inf_alloc(1, sizeof *replica);

    replica->app = app;
    replica->vocabularies = inf_strmap_new();
    uv_timer_init(app->loop, &replica->timer);
    replica->timer.data = replica;
    uv_timer_start(&replica->timer, on_timer, LOOK_MS, LOOK_MS);
    return replica;
}

void inf_replica_stop(struct inf_replica *replica)
{
    if (replica == NULL)
        return;
    replica->stopped = true;
    if (replica->request != NULL)
        inf_http_client_cancel(replica->request);
    inf_store_fetch_abort(replica->fetch);
    replica->fetch = NULL;
    uv_close((uv_handle_t *)&replica->timer, NULL);
}

void inf_replica_free(struct inf_replica *replica)
{
    if (replica == NULL)
        return;
    inf_strmap_free(replica->vocabularies);
    free(replica->model_id);
    free(replica->last);
    free(replica);
}
