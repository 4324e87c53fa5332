/* rest_security_role.c - /_security/role: the built-in roles, and those of users' own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "rest_handlers.h"
#include "rest_security.h"
#include <stdlib.h>
#include <string.h>

#define ROLE_MAX ((size_t)1 << 20)

/* ---- GET ---- */

/* false: there is none of this name. */
static bool write_role(struct inf_jsonw *w, const struct inf_app *app, const char *name)
{
    if (inf_builtin_role(name) == NULL &&
        inf_store_object(app->store, INF_OBJECT_ROLE, name) == NULL)
        return false;
    inf_jsonw_key(w, name);
    return inf_security_write_role(app->security, name, w);
}

static void write_all(struct inf_jsonw *w, const struct inf_app *app)
{
    for (const struct inf_builtin_role *role = inf_builtin_roles; role->name != NULL; role++)
        write_role(w, app, role->name);
    for (size_t i = 0; i < inf_store_object_count(app->store, INF_OBJECT_ROLE); i++)
        write_role(w, app, inf_store_object_at(app->store, INF_OBJECT_ROLE, i)->id);
}

static const struct rest_security_view view = {write_all, write_role};

enum inf_outcome rest_security_role_get_all(struct inf_call *call, struct inf_error *err)
{
    return rest_security_show(call, NULL, &view, err);
}

enum inf_outcome rest_security_role_get(struct inf_call *call, struct inf_error *err)
{
    return rest_security_show(call, inf_call_str(call, "name"), &view, err);
}

/* ---- PUT, DELETE ---- */

struct edit {
    struct inf_app *app;
    char *name;
    struct inf_buf text;
    bool was_there;
};

static void free_edit(void *data)
{
    struct edit *edit = data;

    free(edit->name);
    inf_buf_free(&edit->text);
    free(edit);
}

static int make_put(struct inf_change *change, void *arg, struct inf_error *err)
{
    struct edit *edit = rest_pending_data(arg);

    edit->was_there = inf_store_object(edit->app->store, INF_OBJECT_ROLE, edit->name) != NULL;
    if (!edit->was_there &&
        rest_security_check_room(edit->app->store, INF_OBJECT_ROLE, "roles", err) != 0)
        return -1;
    inf_change_put(change, INF_OBJECT_ROLE, edit->name, &edit->text);
    return 0;
}

static void on_put(void *arg, const struct inf_error *err)
{
    struct inf_call *call = rest_pending_call(arg);
    const struct edit *edit = rest_pending_data(arg);
    struct inf_buf body;

    if (call != NULL && err != NULL) {
        inf_call_fail(call, err);
    } else if (call != NULL) {
        inf_buf_init(&body, 64);
        inf_buf_printf(&body, "{\"role\":{\"created\":%s}}", edit->was_there ? "false" : "true");
        inf_call_reply(call, 200, &body);
    }
    rest_pending_end(arg);
}

static int check_reserved(const char *name, const char *what, struct inf_error *err)
{
    return inf_builtin_role(name) == NULL
               ? 0
               : inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                               "role [%s] is reserved and cannot be %s.", name, what);
}

enum inf_outcome rest_security_role_put(struct inf_call *call, struct inf_error *err)
{
    const char *name = inf_call_str(call, "name");
    struct rest_pending *pending;
    struct edit *edit;
    struct inf_jsonw w;
    uint32_t ignored;

    if (check_reserved(name, "modified", err) != 0 ||
        rest_security_check_name(name, "Role", err) != 0 ||
        inf_role_read(inf_call_body(call)->root, name, &ignored, err) != 0)
        return INF_FAILED;
    edit = inf_alloc(1, sizeof *edit);
    edit->app = rest_app(call);
    edit->name = inf_strdup(name);
    inf_buf_init(&edit->text, ROLE_MAX);
    pending = rest_pending_new(call, edit, free_edit);
    inf_jsonw_init(&w, &edit->text);
    inf_role_write(inf_call_body(call)->root, &w);
    if (edit->text.failed) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "a role takes at most [%zu] bytes", ROLE_MAX);
        return INF_FAILED;
    }
    rest_pending_begin(pending);
    inf_security_change(edit->app->security, make_put, on_put, pending);
    return rest_pending_outcome(pending);
}

enum inf_outcome rest_security_role_delete(struct inf_call *call, struct inf_error *err)
{
    const char *name = inf_call_str(call, "name");

    return check_reserved(name, "deleted", err) != 0
               ? INF_FAILED
               : rest_security_delete(call, INF_OBJECT_ROLE, name);
}
