/* file_wait.c - a list of waits, looked through whenever a file may have come. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "file_wait.h"
#include "inferd/alloc.h"
#include "inferd/store_shared.h"
#include "manager.h"
#include <stdlib.h>

#define REASON_MAX ((size_t)4096)

struct inf_file_wait {
    struct inf_file_wait *next; /* of manager->file_waits */
    struct inf_manager *manager;
    char *model_id;
    inf_file_wait_done done;
    void *arg;
    uv_timer_t timer;
};

static void on_timer_closed(uv_handle_t *handle)
{
    struct inf_file_wait *wait = handle->data;
    struct inf_manager *manager = wait->manager;

    free(wait->model_id);
    free(wait);
    inf_manager_let_go(manager);
}

static void end(struct inf_file_wait *wait, const struct inf_error *err)
{
    struct inf_file_wait **link = &wait->manager->file_waits;

    while (*link != wait)
        link = &(*link)->next;
    *link = wait->next;
    uv_close((uv_handle_t *)&wait->timer, on_timer_closed);
    wait->done(wait->arg, err);
}

void inf_file_wait_explain(const struct inf_manager *manager, const char *model_id,
                           struct inf_buf *out)
{
    inf_buf_printf(out, "the definition of model [%s] is not on this node yet: ", model_id);
    if (manager->explain_file != NULL)
        manager->explain_file(manager->explain_arg, model_id, out);
}

static void on_timeout(uv_timer_t *timer)
{
    struct inf_file_wait *wait = timer->data;
    struct inf_buf reason;
    struct inf_error err;

    inf_buf_init(&reason, REASON_MAX);
    inf_file_wait_explain(wait->manager, wait->model_id, &reason);
    inf_error_set(&err, INF_ERR_UNAVAILABLE, "%s", reason.data);
    err.retry_after_s = 1;
    inf_buf_free(&reason);
    end(wait, &err);
}

/* Is there nothing more to wait for? err: code NONE, or why in vain. */
static bool is_over(const struct inf_manager *manager, const char *model_id, struct inf_error *err)
{
    const struct inf_model *model = inf_store_model(manager->store, model_id);

    err->code = INF_ERR_NONE;
    if (manager->stopping)
        inf_error_set(err, INF_ERR_UNAVAILABLE, "the server is stopping");
    else if (model == NULL)
        inf_error_set(err, INF_ERR_NOT_FOUND, "Could not find trained model [%s]", model_id);
    else
        return !model->fully_defined || inf_store_has_definition(manager->store, model_id);
    return true;
}

void inf_file_await(struct inf_manager *manager, const char *model_id, int64_t timeout_ms,
                    inf_file_wait_done done, void *arg)
{
    struct inf_file_wait *wait = NULL;
    struct inf_error err;

    if (is_over(manager, model_id, &err)) {
        done(arg, err.code != INF_ERR_NONE ? &err : NULL);
        return;
    }
    wait = inf_alloc(1, sizeof *wait);
    *wait = (struct inf_file_wait){.next = manager->file_waits,
                                   .manager = manager,
                                   .model_id = inf_strdup(model_id),
                                   .done = done,
                                   .arg = arg};
    manager->file_waits = wait;
    uv_timer_init(manager->loop, &wait->timer);
    wait->timer.data = wait;
    inf_manager_hold(manager);
    uv_timer_start(&wait->timer, on_timeout, timeout_ms > 0 ? (uint64_t)timeout_ms : 0, 0);
}

/* `done` may begin another wait, which is at the front then and is over by itself. */
void inf_file_waits_look(struct inf_manager *manager)
{
    struct inf_file_wait *next = NULL;
    struct inf_error err;

    for (struct inf_file_wait *wait = manager->file_waits; wait != NULL; wait = next) {
        next = wait->next;
        if (is_over(manager, wait->model_id, &err))
            end(wait, err.code != INF_ERR_NONE ? &err : NULL);
    }
}

void inf_file_waits_visit(const struct inf_manager *manager,
                          void (*visit)(void *arg, const char *model_id), void *arg)
{
    for (const struct inf_file_wait *wait = manager->file_waits; wait != NULL; wait = wait->next)
        visit(arg, wait->model_id);
}
