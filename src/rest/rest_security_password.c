/* rest_security_password.c - one member of a user changed: its password, or whether it may log in.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "rest_handlers.h"
#include "rest_security.h"
#include <stdlib.h>
#include <string.h>

#define USER_MAX ((size_t)1 << 20)

struct edit {
    struct inf_app *app;
    char *name;
    char *hash;       /* the new password's; NULL: it stays */
    bool enabled;     /* where hash is NULL */
    const char *what; /* for the complaint: there is no such user */
};

static void free_edit(void *data)
{
    struct edit *edit = data;

    free(edit->name);
    free(edit->hash);
    free(edit);
}

static struct rest_pending *begin(struct inf_call *call, const char *name, const char *what)
{
    struct edit *edit = inf_alloc(1, sizeof *edit);

    edit->app = rest_app(call);
    edit->name = inf_strdup(name);
    edit->what = what;
    return rest_pending_new(call, edit, free_edit);
}

/* The stored user with that one member exchanged. */
static void write_edited(const struct edit *edit, const struct cJSON *user, struct inf_buf *out)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    for (const struct cJSON *member = inf_json_first(user); member != NULL;
         member = inf_json_next(member)) {
        const char *key = inf_json_key(member);

        if (strcmp(key, edit->hash != NULL ? "password" : "enabled") == 0)
            continue;
        inf_jsonw_key(&w, key);
        inf_jsonw_value(&w, member);
    }
    if (edit->hash != NULL)
        inf_jsonw_kv_string(&w, "password", edit->hash);
    else
        inf_jsonw_kv_bool(&w, "enabled", edit->enabled);
    inf_jsonw_end_object(&w);
}

static int make_edit(struct inf_change *change, void *arg, struct inf_error *err)
{
    const struct edit *edit = rest_pending_data(arg);
    const struct inf_object *old = inf_store_object(edit->app->store, INF_OBJECT_USER, edit->name);
    struct inf_json doc = {0};
    struct inf_buf text;

    if (old == NULL && strcmp(edit->name, INF_ELASTIC) != 0)
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION, "%s", edit->what);
    if (old != NULL && inf_json_parse_own(old->text, strlen(old->text), NULL, &doc, err) != 0)
        return -1;
    inf_buf_init(&text, USER_MAX);
    write_edited(edit, doc.root, &text);
    inf_change_put(change, INF_OBJECT_USER, edit->name, &text);
    inf_buf_free(&text);
    inf_json_free(&doc);
    return 0;
}

static void on_edited(void *arg, const struct inf_error *err)
{
    struct inf_call *call = rest_pending_call(arg);
    struct inf_buf body;

    if (call != NULL && err != NULL) {
        inf_call_fail(call, err);
    } else if (call != NULL) {
        inf_buf_init(&body, 8);
        inf_buf_puts(&body, "{}");
        inf_call_reply(call, 200, &body);
    }
    rest_pending_end(arg);
}

static void on_hash(void *arg, const char *hash, const struct inf_error *err)
{
    struct edit *edit = rest_pending_data(arg);

    if (err != NULL) {
        on_edited(arg, err);
        return;
    }
    edit->hash = inf_strdup(hash);
    inf_security_change(edit->app->security, make_edit, on_edited, arg);
}

static enum inf_outcome change_password(struct inf_call *call, const char *name,
                                        struct inf_error *err)
{
    const char *password = inf_call_str(call, "password");
    struct inf_security *security = rest_app(call)->security;
    struct rest_pending *pending;

    if (password == NULL) {
        inf_error_invalid(err, INF_ERR_VALIDATION, "password is required");
        return INF_FAILED;
    }
    if (inf_security_check_password(security, password, err) != 0)
        return INF_FAILED;
    pending = begin(call, name, "user must exist in order to change password");
    rest_pending_begin(pending);
    inf_security_hash_password(security, password, on_hash, pending);
    return rest_pending_outcome(pending);
}

enum inf_outcome rest_security_password_put(struct inf_call *call, struct inf_error *err)
{
    return change_password(call, inf_call_str(call, "username"), err);
}

/* A key must not change its owner's password, since it may be allowed less than the owner. */
enum inf_outcome rest_security_own_password_put(struct inf_call *call, struct inf_error *err)
{
    const struct inf_principal *caller = rest_caller(call);

    if (caller->key_id != NULL) {
        inf_error_set(err, INF_ERR_UNAUTHORIZED,
                      "API key id [%s] cannot change the password of user [%.128s]", caller->key_id,
                      caller->username);
        return INF_FAILED;
    }
    return change_password(call, caller->username, err);
}

static enum inf_outcome set_enabled(struct inf_call *call, bool enabled, struct inf_error *err)
{
    const char *name = inf_call_str(call, "username");
    struct rest_pending *pending;
    struct edit *edit;

    if (strcmp(name, INF_ELASTIC) == 0) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "user [" INF_ELASTIC "] is reserved and cannot be enabled or disabled");
        return INF_FAILED;
    }
    pending = begin(call, name,
                    enabled ? "only existing users can be enabled"
                            : "only existing users can be disabled");
    edit = rest_pending_data(pending);
    edit->enabled = enabled;
    rest_pending_begin(pending);
    inf_security_change(edit->app->security, make_edit, on_edited, pending);
    return rest_pending_outcome(pending);
}

enum inf_outcome rest_security_user_enable(struct inf_call *call, struct inf_error *err)
{
    return set_enabled(call, true, err);
}

enum inf_outcome rest_security_user_disable(struct inf_call *call, struct inf_error *err)
{
    return set_enabled(call, false, err);
}
