/* bring.c - what is missing, one after the other.
 *
 * A model's vocabulary is brought before its definition: whoever has the definition can start. The
 * store is asked first, then one node after the other. A file that broke off on its way from the
 * store stays, and is gone on with when the store answers again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "bring_inner.h"

#include "deposit.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "peer_files.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)8192)
#define PAUSE_MIN_MS UINT64_C(100) /* after a round without success; who has it may be about to */
#define PAUSE_MAX_MS UINT64_C(2000)
#define VOCABULARY_MAX ((size_t)1 << 30)

struct inf_store *inf_bring_store(const struct inf_bring *bring)
{
    return bring->definitions->means.store;
}

const struct inf_model *inf_bring_model(const struct inf_bring *bring)
{
    return inf_store_model(inf_bring_store(bring), bring->model_id);
}

static bool needs_vocabulary(const struct inf_bring *bring, const struct inf_model *model)
{
    return model != NULL && model->has_vocabulary &&
           !inf_vocabulary_set_has(bring->vocabularies, model);
}

/* ---- the end of one ---- */

static void begin_definition(struct inf_bring *bring);

void inf_bring_set_text(char **text, const char *to)
{
    char *copy = to != NULL ? inf_strdup(to) : NULL;

    free(*text);
    *text = copy;
}

void inf_bring_note_problem(struct inf_bring *bring, const char *problem)
{
    inf_bring_set_text(&bring->problem, problem);
    inf_bring_set_text(&bring->problem_of, bring->model_id);
    bring->noted = true;
}

static void drop_fetch(struct inf_bring *bring)
{
    inf_store_fetch_abort(bring->fetch);
    bring->fetch = NULL;
}

/* The present one has come to its end: it is not to be had now. */
void inf_bring_end_without(struct inf_bring *bring, const char *problem)
{
    inf_log(INF_LOG_DEBUG, "cluster", "a model's files were not brought",
            (const char *[]){"model_id", bring->model_id, "reason", problem, NULL});
    inf_bring_note_problem(bring, problem);
    inf_bring_set_text(&bring->model_id, NULL);
    drop_fetch(bring);
    bring->pause_ms = bring->pause_ms == 0 ? PAUSE_MIN_MS : 2 * bring->pause_ms;
    if (bring->pause_ms > PAUSE_MAX_MS)
        bring->pause_ms = PAUSE_MAX_MS;
    bring->next_round_ms = inf_definitions_now_ms(bring->definitions) + bring->pause_ms;
}

/* It is here, or nobody needs it any more. */
void inf_bring_end(struct inf_bring *bring)
{
    inf_bring_set_text(&bring->model_id, NULL);
    inf_bring_set_text(&bring->problem, NULL);
    inf_bring_set_text(&bring->problem_of, NULL);
    drop_fetch(bring);
    bring->pause_ms = 0;
    inf_definitions_arrived(bring->definitions);
    inf_deposit_look(bring->definitions->deposit);
    inf_bring_look(bring);
}

/* A file was written, or not: then the next source is asked. false: there is nothing more to do. */
static bool was_kept(struct inf_bring *bring, const struct inf_error *err)
{
    bring->storing = false;
    if (bring->stopped)
        return false;
    if (err != NULL) {
        inf_bring_note_problem(bring, err->reason);
        inf_bring_next_source(bring);
    }
    return err == NULL;
}

/* ---- the vocabulary ---- */

static void on_vocabulary_kept(void *arg, const struct inf_error *err)
{
    struct inf_bring *bring = arg;

    if (!was_kept(bring, err))
        return;
    inf_vocabulary_set_add(bring->vocabularies, inf_bring_model(bring));
    bring->asked = 0;
    bring->depot_asked = false;
    begin_definition(bring);
}

void inf_bring_keep_vocabulary(struct inf_bring *bring, const char *text, size_t length)
{
    bring->storing = true;
    inf_store_put_vocabulary(inf_bring_store(bring), bring->model_id, text, length,
                             on_vocabulary_kept, bring);
}

static void on_vocabulary(void *arg, const struct inf_http_result *result)
{
    struct inf_bring *bring = arg;

    bring->request = NULL;
    if (result->answered && result->status == 200)
        inf_bring_keep_vocabulary(bring, result->body, result->length);
    else
        inf_bring_next_source(bring);
}

/* ---- the definition ---- */

static bool needs_definition(const struct inf_bring *bring, const struct inf_model *model)
{
    return model != NULL && model->fully_defined &&
           inf_definitions_is_wanted(bring->definitions, model->model_id) &&
           !inf_store_has_definition(inf_bring_store(bring), model->model_id);
}

void inf_bring_log(const struct inf_bring *bring, const char *words)
{
    inf_log(INF_LOG_INFO, "cluster", words, (const char *[]){"model_id", bring->model_id, NULL});
}

static void on_peer_file_kept(void *arg, const struct inf_error *err)
{
    struct inf_bring *bring = arg;

    if (!was_kept(bring, err))
        return;
    inf_bring_log(bring, "a definition was brought from another node");
    inf_bring_end(bring);
}

static void on_peer_file(void *arg, const struct inf_http_result *result)
{
    struct inf_bring *bring = arg;
    struct inf_fetch *fetch = bring->fetch;

    bring->request = NULL;
    bring->fetch = NULL;
    if (!result->answered || result->status != 200) {
        inf_store_fetch_abort(fetch);
        inf_bring_next_source(bring);
        return;
    }
    bring->storing = true;
    inf_store_fetch_commit(fetch, on_peer_file_kept, bring);
}

/* A descriptor of the fetch's file for whoever fills it, -1 after the end. */
int inf_bring_begin_file(struct inf_bring *bring)
{
    struct inf_error err;
    int fd;

    if (inf_store_fetch_begin(inf_bring_store(bring), bring->model_id, &bring->fetch, &fd, &err) !=
        0) {
        inf_bring_end_without(bring, err.reason);
        return -1;
    }
    fd = dup(fd);
    if (fd < 0)
        inf_bring_end_without(bring, "no descriptor is free");
    return fd;
}

static void ask_member(struct inf_bring *bring, const struct inf_member *member, bool vocabulary)
{
    struct inf_buf path;
    int fd = -1; /* a file of its own for each attempt, so that no half of one is left in it */

    if (!vocabulary) {
        fd = inf_bring_begin_file(bring);
        if (fd < 0)
            return;
    }
    inf_buf_init(&path, TEXT_MAX);
    inf_buf_printf(&path, "%s/%s", vocabulary ? "vocabulary" : "definition", bring->model_id);
    bring->request = inf_peer_ask(bring->definitions, member, path.data, fd, VOCABULARY_MAX,
                                  vocabulary ? on_vocabulary : on_peer_file, bring);
    inf_buf_free(&path);
}

/* ---- from whom ---- */

static bool is_depots_turn(struct inf_bring *bring)
{
    bool turn = bring->definitions->depot != NULL && !bring->depot_asked &&
                inf_rest_is_over(&bring->rest, inf_definitions_now_ms(bring->definitions));

    bring->depot_asked = true;
    return turn;
}

void inf_bring_next_source(struct inf_bring *bring)
{
    bool vocabulary = needs_vocabulary(bring, inf_bring_model(bring));
    const struct inf_member *member;

    if (is_depots_turn(bring)) {
        inf_bring_ask_store(bring, vocabulary);
        return;
    }
    member = inf_peer_next(bring->definitions, &bring->asked);
    if (member != NULL)
        ask_member(bring, member, vocabulary);
    else
        inf_bring_end_without(bring,
                              bring->noted ? bring->problem : "no node that can be reached has it");
}

static void begin_definition(struct inf_bring *bring)
{
    if (needs_definition(bring, inf_bring_model(bring)))
        inf_bring_next_source(bring);
    else
        inf_bring_end(bring);
}

/* ---- what is missing ---- */

/* Is the vocabulary's text here already? */
static void on_read(void *arg, char *text, size_t length, const struct inf_error *err)
{
    struct inf_bring *bring = arg;

    (void)length;
    free(text);
    bring->storing = false;
    if (bring->stopped)
        return;
    if (err == NULL) {
        inf_vocabulary_set_add(bring->vocabularies, inf_bring_model(bring));
        begin_definition(bring);
    } else {
        inf_bring_next_source(bring);
    }
}

static void begin(struct inf_bring *bring, const char *model_id)
{
    inf_bring_set_text(&bring->model_id, model_id);
    bring->noted = false;
    bring->asked = 0;
    bring->breaks = 0;
    bring->depot_asked = false;
    if (needs_vocabulary(bring, inf_bring_model(bring))) {
        bring->storing = true;
        inf_store_read_vocabulary(inf_bring_store(bring), model_id, on_read, bring);
    } else {
        begin_definition(bring);
    }
}

static const struct inf_model *find_missing(const struct inf_bring *bring, const char *after)
{
    const struct inf_store *store = inf_bring_store(bring);

    for (size_t i = 0; i < inf_store_model_count(store); i++) {
        const struct inf_model *model = inf_store_model_at(store, i);

        if ((after == NULL || strcmp(model->model_id, after) > 0) &&
            (needs_definition(bring, model) || needs_vocabulary(bring, model)))
            return model;
    }
    return NULL;
}

void inf_bring_look(struct inf_bring *bring)
{
    const struct inf_model *model = NULL;
    size_t first = 0;

    if (bring->stopped || bring->model_id != NULL ||
        inf_definitions_now_ms(bring->definitions) < bring->next_round_ms ||
        (bring->definitions->depot == NULL && inf_peer_next(bring->definitions, &first) == NULL))
        return;
    inf_vocabulary_set_trim(bring->vocabularies, inf_store_model_count(inf_bring_store(bring)));
    if (bring->last != NULL)
        model = find_missing(bring, bring->last);
    if (model == NULL)
        model = find_missing(bring, NULL);
    if (model == NULL)
        return;
    inf_bring_set_text(&bring->last, model->model_id);
    begin(bring, bring->last);
}

void inf_bring_explain(const struct inf_bring *bring, const char *model_id, struct inf_buf *out)
{
    if (inf_bring_is_at(bring, model_id) && bring->fetch != NULL)
        inf_buf_printf(out, "[%lld] of [%lld] bytes have come",
                       (long long)inf_store_fetch_length(bring->fetch),
                       (long long)inf_store_definition_length(inf_bring_store(bring), model_id));
    else if (bring->problem != NULL && strcmp(bring->problem_of, model_id) == 0)
        inf_buf_puts(out, bring->problem);
    else
        inf_buf_puts(out, bring->model_id != NULL ? "another one is on its way before it"
                                                  : "it is about to be brought");
}

bool inf_bring_has_vocabulary(const struct inf_bring *bring, const struct inf_model *model)
{
    return inf_vocabulary_set_has(bring->vocabularies, model);
}

bool inf_bring_is_busy(const struct inf_bring *bring)
{
    return bring->model_id != NULL || bring->problem != NULL;
}

bool inf_bring_is_at(const struct inf_bring *bring, const char *model_id)
{
    return bring->model_id != NULL && strcmp(bring->model_id, model_id) == 0;
}

struct inf_bring *inf_bring_new(struct inf_definitions *definitions)
{
    struct inf_bring *bring = inf_alloc(1, sizeof *bring);

    bring->definitions = definitions;
    bring->memory = -1;
    bring->vocabularies = inf_vocabulary_set_new();
    return bring;
}

void inf_bring_stop(struct inf_bring *bring)
{
    bring->stopped = true;
    if (bring->request != NULL)
        inf_http_client_cancel(bring->request);
    inf_depot_cancel(bring->job);
    bring->request = NULL;
    bring->job = NULL;
    drop_fetch(bring);
    inf_bring_drop_half(bring);
    if (bring->memory >= 0)
        close(bring->memory);
    bring->memory = -1;
}

void inf_bring_free(struct inf_bring *bring)
{
    if (bring == NULL)
        return;
    inf_vocabulary_set_free(bring->vocabularies);
    free(bring->model_id);
    free(bring->last);
    free(bring->problem);
    free(bring->problem_of);
    free(bring);
}
