/* rest_security_role.c - /_security/role: the built-in roles, and those of users' own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "comma_list.h"
#include "inferd/alloc.h"
#include "rest_handlers.h"
#include "rest_security.h"
#include <stdlib.h>
#include <string.h>

#define ROLE_MAX ((size_t)1 << 20)
#define ROLES_MAX ((size_t)64 << 20)

/* ---- GET ---- */

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

static bool write_some(struct inf_jsonw *w, const struct inf_app *app, const char *names)
{
    struct inf_comma_list list;
    bool found = false;

    inf_comma_list_init(&list, names);
    inf_comma_list_sort(&list);
    for (size_t i = 0; i < list.count; i++)
        found = write_role(w, app, list.items[i]) || found;
    inf_comma_list_free(&list);
    return found;
}

static enum inf_outcome get(struct inf_call *call, const char *names, struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    struct inf_buf body;
    struct inf_jsonw w;
    bool found = true;

    inf_buf_init(&body, ROLES_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    if (names == NULL)
        write_all(&w, app);
    else
        found = write_some(&w, app, names);
    inf_jsonw_end_object(&w);
    return rest_security_reply(call, found, &body, err);
}

enum inf_outcome rest_security_role_get_all(struct inf_call *call, struct inf_error *err)
{
    return get(call, NULL, err);
}

enum inf_outcome rest_security_role_get(struct inf_call *call, struct inf_error *err)
{
    return get(call, inf_call_str(call, "name"), err);
}

/* ---- PUT, DELETE ---- */

struct edit {
    struct inf_app *app;
    char *name;
    struct inf_buf text; /* of a put */
    bool was_there;
};

static void free_edit(void *data)
{
    struct edit *edit = data;

    free(edit->name);
    inf_buf_free(&edit->text);
    free(edit);
}

static struct rest_pending *begin(struct inf_call *call)
{
    struct edit *edit = inf_alloc(1, sizeof *edit);

    edit->app = rest_app(call);
    edit->name = inf_strdup(inf_call_str(call, "name"));
    inf_buf_init(&edit->text, ROLE_MAX);
    return rest_pending_new(call, edit, free_edit);
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

static int make_delete(struct inf_change *change, void *arg, struct inf_error *err)
{
    struct edit *edit = rest_pending_data(arg);

    (void)err;
    edit->was_there = inf_store_object(edit->app->store, INF_OBJECT_ROLE, edit->name) != NULL;
    if (edit->was_there)
        inf_change_delete(change, INF_OBJECT_ROLE, edit->name);
    return 0;
}

static void finish(struct rest_pending *pending, const struct inf_error *err, bool deleted)
{
    struct inf_call *call = rest_pending_call(pending);
    const struct edit *edit = rest_pending_data(pending);
    struct inf_error ignored;
    struct inf_buf body;

    if (call != NULL && err != NULL) {
        inf_call_fail(call, err);
    } else if (call != NULL) {
        inf_buf_init(&body, 64);
        if (deleted)
            inf_buf_printf(&body, "{\"found\":%s}", edit->was_there ? "true" : "false");
        else
            inf_buf_printf(&body, "{\"role\":{\"created\":%s}}",
                           edit->was_there ? "false" : "true");
        rest_security_reply(call, !deleted || edit->was_there, &body, &ignored);
    }
    rest_pending_end(pending);
}

static void on_put(void *arg, const struct inf_error *err)
{
    finish(arg, err, false);
}

static void on_deleted(void *arg, const struct inf_error *err)
{
    finish(arg, err, true);
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
    pending = begin(call);
    edit = rest_pending_data(pending);
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
    struct rest_pending *pending;

    if (check_reserved(inf_call_str(call, "name"), "deleted", err) != 0)
        return INF_FAILED;
    pending = begin(call);
    rest_pending_begin(pending);
    inf_security_change(rest_app(call)->security, make_delete, on_deleted, pending);
    return rest_pending_outcome(pending);
}
