/* gathering.c - one part after the other, from whichever node has it; then they become one file. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "gathering.h"

#include "inferd/alloc.h"
#include "inferd/log.h"
#include "peer_files.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)8192)

struct inf_gathering {
    struct inf_gathering *next;
    struct inf_definitions *definitions;
    char *model_id;
    int part;     /* that is looked for, -1: none was yet */
    size_t asked; /* members so far */
    struct inf_http_request *request;
    struct inf_fetch *fetch;
    bool storing;        /* the store calls back */
    inf_store_done done; /* NULL: nobody waits any more */
    void *arg;
};

static void tell(struct inf_gathering *gathering, const struct inf_error *err)
{
    inf_store_done done = gathering->done;

    gathering->done = NULL;
    if (done != NULL)
        done(gathering->arg, err);
}

static void finish(struct inf_gathering *gathering, const struct inf_error *err)
{
    struct inf_gathering **at = &gathering->definitions->gathering;

    while (*at != gathering)
        at = &(*at)->next;
    *at = gathering->next;
    tell(gathering, err);
    inf_store_fetch_abort(gathering->fetch);
    free(gathering->model_id);
    free(gathering);
}

static void next_part(struct inf_gathering *gathering);
static void next_member(struct inf_gathering *gathering);

static void on_assembled(void *arg, const struct inf_error *err)
{
    finish(arg, err);
}

static void on_kept(void *arg, const struct inf_error *err)
{
    struct inf_gathering *gathering = arg;

    gathering->storing = false;
    if (gathering->definitions->stopped)
        finish(gathering, NULL);
    else if (err != NULL)
        next_member(gathering);
    else
        next_part(gathering);
}

static void on_part(void *arg, const struct inf_http_result *result)
{
    struct inf_gathering *gathering = arg;
    struct inf_fetch *fetch = gathering->fetch;

    gathering->request = NULL;
    gathering->fetch = NULL;
    if (!result->answered || result->status != 200) {
        inf_store_fetch_abort(fetch);
        next_member(gathering);
        return;
    }
    gathering->storing = true;
    inf_store_fetch_commit(fetch, on_kept, gathering);
}

static void ask(struct inf_gathering *gathering, const struct inf_member *member)
{
    struct inf_error err;
    struct inf_buf path;
    int fd;

    if (inf_store_fetch_part_begin(gathering->definitions->means.store, gathering->model_id,
                                   gathering->part, &gathering->fetch, &fd, &err) != 0) {
        finish(gathering, &err);
        return;
    }
    fd = dup(fd);
    if (fd < 0) {
        inf_error_set(&err, INF_ERR_UNAVAILABLE, "no descriptor is free");
        finish(gathering, &err);
        return;
    }
    inf_buf_init(&path, TEXT_MAX);
    inf_buf_printf(&path, "part/%s/%d", gathering->model_id, gathering->part);
    gathering->request =
        inf_peer_ask(gathering->definitions, member, path.data, fd, 0, on_part, gathering);
    inf_buf_free(&path);
}

static void next_member(struct inf_gathering *gathering)
{
    const struct inf_member *member = inf_peer_next(gathering->definitions, &gathering->asked);
    struct inf_error err;

    if (member != NULL) {
        ask(gathering, member);
        return;
    }
    inf_error_set(&err, INF_ERR_UNAVAILABLE,
                  "definition part [%d] of model [%s] went to a node that cannot be reached now; "
                  "send the last part again when it is back, or delete the model and send all "
                  "parts again",
                  gathering->part, gathering->model_id);
    err.retry_after_s = 1;
    finish(gathering, &err);
}

/* A part that came and is still not here would be asked for without end. */
static void next_part(struct inf_gathering *gathering)
{
    struct inf_store *store = gathering->definitions->means.store;
    int part = inf_store_first_part_elsewhere(store, gathering->model_id);

    if (part < 0) {
        inf_log(INF_LOG_INFO, "cluster", "a definition is made of parts that several nodes had",
                (const char *[]){"model_id", gathering->model_id, NULL});
        gathering->storing = true;
        inf_store_assemble(store, gathering->model_id, on_assembled, gathering);
        return;
    }
    if (part != gathering->part)
        gathering->asked = 0;
    gathering->part = part;
    next_member(gathering);
}

void inf_gathering_start(struct inf_definitions *definitions, const char *model_id,
                         inf_store_done done, void *arg)
{
    struct inf_gathering *gathering = inf_alloc(1, sizeof *gathering);

    *gathering = (struct inf_gathering){.next = definitions->gathering,
                                        .definitions = definitions,
                                        .model_id = inf_strdup(model_id),
                                        .part = -1,
                                        .done = done,
                                        .arg = arg};
    definitions->gathering = gathering;
    next_part(gathering);
}

void inf_gatherings_give_up(struct inf_definitions *definitions)
{
    struct inf_error err;

    inf_definitions_stopping(&err);
    for (struct inf_gathering *one = definitions->gathering; one != NULL; one = one->next)
        tell(one, &err);
}

/* What the store works on comes back by itself. */
void inf_gatherings_stop(struct inf_definitions *definitions)
{
    inf_gatherings_give_up(definitions);
    for (struct inf_gathering *one = definitions->gathering, *next; one != NULL; one = next) {
        next = one->next;
        if (one->request != NULL)
            inf_http_client_cancel(one->request);
        if (!one->storing)
            finish(one, NULL);
    }
}
