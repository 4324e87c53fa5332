/* rest_security_named.c - users and roles alike: shown by their names, and deleted. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "comma_list.h"
#include "inferd/alloc.h"
#include "rest_security.h"
#include <stdlib.h>

#define ANSWER_MAX ((size_t)64 << 20)

/* ---- GET ---- */

/* Returns whether any of them is there. */
static bool write_some(struct inf_jsonw *w, const struct inf_app *app, const char *names,
                       const struct rest_security_view *view)
{
    struct inf_comma_list list;
    bool found = false;

    inf_comma_list_init(&list, names);
    inf_comma_list_sort(&list);
    for (size_t i = 0; i < list.count; i++)
        found = view->write_one(w, app, list.items[i]) || found;
    inf_comma_list_free(&list);
    return found;
}

enum inf_outcome rest_security_show(struct inf_call *call, const char *names,
                                    const struct rest_security_view *view, struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    struct inf_buf body;
    struct inf_jsonw w;
    bool found = true;

    inf_buf_init(&body, ANSWER_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    if (names == NULL)
        view->write_all(&w, app);
    else
        found = write_some(&w, app, names, view);
    inf_jsonw_end_object(&w);
    return rest_reply_found(call, found, &body, err);
}

/* ---- DELETE ---- */

struct deletion {
    const struct inf_store *store;
    enum inf_object_kind kind;
    char *name;
    bool found;
};

static void free_deletion(void *data)
{
    struct deletion *deletion = data;

    free(deletion->name);
    free(deletion);
}

static int make_deletion(struct inf_change *change, void *arg, struct inf_error *err)
{
    struct deletion *deletion = rest_pending_data(arg);

    (void)err;
    deletion->found = inf_store_object(deletion->store, deletion->kind, deletion->name) != NULL;
    if (deletion->found)
        inf_change_delete(change, deletion->kind, deletion->name);
    return 0;
}

static void on_deleted(void *arg, const struct inf_error *err)
{
    struct inf_call *call = rest_pending_call(arg);
    const struct deletion *deletion = rest_pending_data(arg);
    struct inf_error ignored;
    struct inf_buf body;

    if (call != NULL && err != NULL) {
        inf_call_fail(call, err);
    } else if (call != NULL) {
        inf_buf_init(&body, 64);
        inf_buf_printf(&body, "{\"found\":%s}", deletion->found ? "true" : "false");
        rest_reply_found(call, deletion->found, &body, &ignored);
    }
    rest_pending_end(arg);
}

enum inf_outcome rest_security_delete(struct inf_call *call, enum inf_object_kind kind,
                                      const char *name)
{
    const struct inf_app *app = rest_app(call);
    struct deletion *deletion = inf_alloc(1, sizeof *deletion);
    struct rest_pending *pending = NULL;

    *deletion = (struct deletion){.store = app->store, .kind = kind, .name = inf_strdup(name)};
    pending = rest_pending_new(call, deletion, free_deletion);
    rest_pending_begin(pending);
    inf_security_change(app->security, make_deletion, on_deleted, pending);
    return rest_pending_outcome(pending);
}
