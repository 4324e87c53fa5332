/* rest_security_user.c - /_security/user: who may log in, with which roles. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "rest_handlers.h"
#include "rest_security.h"
#include <stdlib.h>
#include <string.h>

#define USER_MAX ((size_t)1 << 20)

/* ---- GET ---- */

static void write_text(struct inf_jsonw *w, const struct cJSON *user, const char *name)
{
    const char *text = inf_json_string(inf_json_get(user, name));

    inf_jsonw_key(w, name);
    if (text != NULL)
        inf_jsonw_string(w, text);
    else
        inf_jsonw_null(w);
}

static void write_value(struct inf_jsonw *w, const char *name, const struct cJSON *value,
                        const char *otherwise)
{
    inf_jsonw_key(w, name);
    if (value != NULL && !inf_json_is_null(value))
        inf_jsonw_value(w, value);
    else
        inf_jsonw_raw(w, otherwise, strlen(otherwise));
}

/* user: the stored document; NULL of [elastic]. */
static void write_user(struct inf_jsonw *w, const char *name, const struct cJSON *user)
{
    bool elastic = strcmp(name, INF_ELASTIC) == 0;

    inf_jsonw_key(w, name);
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "username", name);
    write_value(w, "roles", elastic ? NULL : inf_json_get(user, "roles"),
                elastic ? "[\"" INF_SUPERUSER "\"]" : "[]");
    write_text(w, elastic ? NULL : user, "full_name");
    write_text(w, elastic ? NULL : user, "email");
    write_value(w, "metadata", elastic ? NULL : inf_json_get(user, "metadata"),
                elastic ? "{\"_reserved\":true}" : "{}");
    inf_jsonw_kv_bool(w, "enabled", elastic || inf_json_true(inf_json_get(user, "enabled")));
    inf_jsonw_end_object(w);
}

/* False: there is no such user. */
static bool write_stored(struct inf_jsonw *w, const struct inf_object *object)
{
    struct inf_json doc;
    struct inf_error ignored;

    if (object == NULL ||
        inf_json_parse_own(object->text, strlen(object->text), NULL, &doc, &ignored) != 0)
        return false;
    write_user(w, object->id, doc.root);
    inf_json_free(&doc);
    return true;
}

static void write_all(struct inf_jsonw *w, const struct inf_app *app)
{
    write_user(w, INF_ELASTIC, NULL);
    for (size_t i = 0; i < inf_store_object_count(app->store, INF_OBJECT_USER); i++) {
        const struct inf_object *object = inf_store_object_at(app->store, INF_OBJECT_USER, i);

        if (strcmp(object->id, INF_ELASTIC) != 0)
            write_stored(w, object);
    }
}

static bool write_one(struct inf_jsonw *w, const struct inf_app *app, const char *name)
{
    if (strcmp(name, INF_ELASTIC) != 0)
        return write_stored(w, inf_store_object(app->store, INF_OBJECT_USER, name));
    write_user(w, INF_ELASTIC, NULL);
    return true;
}

static const struct rest_security_view view = {write_all, write_one};

enum inf_outcome rest_security_user_get_all(struct inf_call *call, struct inf_error *err)
{
    return rest_security_show(call, NULL, &view, err);
}

enum inf_outcome rest_security_user_get(struct inf_call *call, struct inf_error *err)
{
    return rest_security_show(call, inf_call_str(call, "username"), &view, err);
}

/* ---- PUT ---- */

struct put {
    struct inf_app *app;
    char *name, *hash;      /* hash NULL: the password stays */
    struct inf_buf members; /* all but the password, without the brace that begins the object */
    bool created;
};

static void free_put(void *data)
{
    struct put *put = data;

    free(put->name);
    free(put->hash);
    inf_buf_free(&put->members);
    free(put);
}

/* A single name counts as a list of one. */
static void write_roles(const struct cJSON *roles, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "roles");
    if (!inf_json_is_string(roles)) {
        inf_jsonw_value(w, roles);
        return;
    }
    inf_jsonw_begin_array(w);
    inf_jsonw_value(w, roles);
    inf_jsonw_end_array(w);
}

static void write_members(const struct inf_call *call, struct inf_buf *out)
{
    static const char *const texts[] = {"full_name", "email"};
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    write_roles(inf_call_json(call, "roles"), &w);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        write_value(&w, texts[i], inf_call_json(call, texts[i]), "null");
    write_value(&w, "metadata", inf_call_json(call, "metadata"), "{}");
    inf_jsonw_kv_bool(&w, "enabled", inf_call_bool(call, "enabled"));
    inf_buf_puts(out, "}");
}

static int make_put(struct inf_change *change, void *arg, struct inf_error *err)
{
    struct put *put = rest_pending_data(arg);
    const struct inf_object *old = inf_store_object(put->app->store, INF_OBJECT_USER, put->name);
    struct inf_json doc = {0};
    struct inf_buf text;
    struct inf_jsonw w;
    const char *hash = put->hash;
    int rc = 0;

    put->created = old == NULL;
    if (hash == NULL && old != NULL &&
        inf_json_parse_own(old->text, strlen(old->text), NULL, &doc, err) == 0)
        hash = inf_json_string(inf_json_get(doc.root, "password"));
    if (hash == NULL)
        rc = inf_error_invalid(err, INF_ERR_VALIDATION,
                               "password must be specified unless you are "
                               "updating an existing user");
    else if (old == NULL)
        rc = rest_security_check_room(put->app->store, INF_OBJECT_USER, "users", err);
    if (rc == 0) {
        inf_buf_init(&text, USER_MAX);
        inf_jsonw_init(&w, &text);
        inf_jsonw_begin_object(&w);
        inf_jsonw_kv_string(&w, "password", hash);
        inf_buf_puts(&text, ",");
        inf_buf_append(&text, put->members.data, put->members.length);
        inf_change_put(change, INF_OBJECT_USER, put->name, &text);
        inf_buf_free(&text);
    }
    inf_json_free(&doc);
    return rc;
}

static void on_put(void *arg, const struct inf_error *err)
{
    struct inf_call *call = rest_pending_call(arg);
    const struct put *put = rest_pending_data(arg);
    struct inf_buf body;

    if (call != NULL && err != NULL) {
        inf_call_fail(call, err);
    } else if (call != NULL) {
        inf_buf_init(&body, 64);
        inf_buf_printf(&body, "{\"created\":%s}", put->created ? "true" : "false");
        inf_call_reply(call, 200, &body);
    }
    rest_pending_end(arg);
}

static void on_hash(void *arg, const char *hash, const struct inf_error *err)
{
    struct put *put = rest_pending_data(arg);

    if (err != NULL) {
        on_put(arg, err);
        return;
    }
    put->hash = inf_strdup(hash);
    inf_security_change(put->app->security, make_put, on_put, arg);
}

static int check_put(const struct inf_call *call, struct inf_error *err)
{
    const char *name = inf_call_str(call, "username");
    const char *password = inf_call_str(call, "password");

    if (strcmp(name, INF_ELASTIC) == 0)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "user [" INF_ELASTIC "] is reserved and only the password can be "
                             "changed");
    if (rest_security_check_name(name, "User", err) != 0)
        return -1;
    if (inf_call_json(call, "roles") == NULL)
        return inf_error_invalid(err, INF_ERR_VALIDATION, "roles are missing");
    return password != NULL ? inf_security_check_password(rest_app(call)->security, password, err)
                            : 0;
}

enum inf_outcome rest_security_user_put(struct inf_call *call, struct inf_error *err)
{
    const char *password = inf_call_str(call, "password");
    struct rest_pending *pending;
    struct put *put;

    if (check_put(call, err) != 0)
        return INF_FAILED;
    put = inf_alloc(1, sizeof *put);
    put->app = rest_app(call);
    put->name = inf_strdup(inf_call_str(call, "username"));
    inf_buf_init(&put->members, USER_MAX / 2);
    write_members(call, &put->members);
    pending = rest_pending_new(call, put, free_put);
    if (put->members.failed) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "a user takes at most [%zu] bytes",
                      USER_MAX / 2);
        return INF_FAILED;
    }
    rest_pending_begin(pending);
    if (password != NULL)
        inf_security_hash_password(put->app->security, password, on_hash, pending);
    else
        inf_security_change(put->app->security, make_put, on_put, pending);
    return rest_pending_outcome(pending);
}

/* ---- DELETE ---- */

enum inf_outcome rest_security_user_delete(struct inf_call *call, struct inf_error *err)
{
    const char *name = inf_call_str(call, "username");

    if (strcmp(name, INF_ELASTIC) != 0)
        return rest_security_delete(call, INF_OBJECT_USER, name);
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                  "user [" INF_ELASTIC "] is reserved and cannot be deleted");
    return INF_FAILED;
}
