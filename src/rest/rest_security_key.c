/* rest_security_key.c - API keys: made and changed.
 *
 * A key can do what its role descriptors say, within what its owner can do at that moment; both are
 * stored with it. Its secret is told once, in the answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/wall_clock.h"
#include "rest_handlers.h"
#include "rest_security.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX ((size_t)1 << 20)

enum { KEY_NAME_MAX = 256 };

/* A key on its way into the store. */
struct edit {
    struct inf_app *app;
    struct inf_principal *owner;
    struct inf_json request; /* own copy of the body: the call may be gone when its turn comes */
    int64_t expires_in_ms;   /* 0: never, or as before */
    bool is_new, changed;
    struct inf_new_api_key made; /* of a new one */
    char *id;                    /* of the other */
    int64_t expiration_ms;
};

static void free_edit(void *data)
{
    struct edit *edit = data;

    inf_principal_unref(edit->owner);
    inf_json_free(&edit->request);
    explicit_bzero(&edit->made, sizeof edit->made);
    free(edit->id);
    free(edit);
}

static const struct cJSON *asked(const struct edit *edit, const char *name)
{
    const struct cJSON *value = inf_json_get(edit->request.root, name);

    return inf_json_is_null(value) ? NULL : value;
}

/* ---- rules ---- */

static int check_name(const char *name, struct inf_error *err)
{
    size_t length = name != NULL ? strlen(name) : 0;

    if (length == 0)
        return inf_error_invalid(err, INF_ERR_VALIDATION, "api key name is required");
    if (length > KEY_NAME_MAX)
        return inf_error_invalid(err, INF_ERR_VALIDATION,
                                 "api key name may not be more than 256 characters long");
    if (isspace((unsigned char)name[0]) || isspace((unsigned char)name[length - 1]))
        return inf_error_invalid(err, INF_ERR_VALIDATION,
                                 "api key name may not begin or end with whitespace");
    return name[0] == '_' ? inf_error_invalid(err, INF_ERR_VALIDATION,
                                              "api key name may not begin with an underscore")
                          : 0;
}

static int check_common(const struct inf_call *call, struct inf_error *err)
{
    uint32_t ignored;

    for (const struct cJSON *one = inf_json_first(inf_call_json(call, "metadata")); one != NULL;
         one = inf_json_next(one))
        if (inf_json_key(one)[0] == '_')
            return inf_error_invalid(err, INF_ERR_VALIDATION,
                                     "API key metadata keys may not start with [_]");
    if (inf_call_has(call, "expiration") && inf_call_int(call, "expiration") <= 0)
        return inf_error_invalid(err, INF_ERR_VALIDATION, "[expiration] must be greater than 0");
    return inf_roles_read(inf_call_json(call, "role_descriptors"), &ignored, err);
}

/* A key can only make keys that can do nothing, for it may be limited where its owner is not. */
static int check_derived(const struct inf_call *call, struct inf_error *err)
{
    const struct cJSON *descriptors = inf_call_json(call, "role_descriptors");
    uint32_t set = 0;

    if (rest_caller(call)->key_id == NULL)
        return 0;
    if (inf_json_size(descriptors) > 0 && inf_roles_read(descriptors, &set, err) == 0 && set == 0)
        return 0;
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "creating derived api keys requires an explicit role descriptor that is "
                         "empty (has no privileges)");
}

/* ---- writing ---- */

/* old: the text that is stored; nothing is written when it is the same. NULL: there is none. */
static int write_key(struct inf_change *change, struct edit *edit, struct inf_api_key *key,
                     const char *old, struct inf_error *err)
{
    struct inf_buf limits, text;
    struct inf_json limited_by = {0};
    struct inf_jsonw w;
    int rc;

    inf_buf_init(&limits, KEY_MAX);
    inf_jsonw_init(&w, &limits);
    inf_security_write_limits(edit->app->security, edit->owner, &w);
    rc = limits.failed ? inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                       "the roles of user [%.128s] take more than [%zu] bytes",
                                       edit->owner->username, KEY_MAX)
                       : inf_json_parse_own(limits.data, limits.length, NULL, &limited_by, err);
    if (rc == 0) {
        key->limited_by = limited_by.root;
        inf_buf_init(&text, 4 * KEY_MAX);
        inf_api_key_write(key, &text);
        rc = text.failed ? inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                         "an API key takes at most [%zu] bytes", 4 * KEY_MAX)
                         : 0;
        edit->changed = rc == 0 && (old == NULL || strcmp(old, text.data) != 0);
        if (edit->changed)
            inf_change_put(change, INF_OBJECT_API_KEY, key->id, &text);
        inf_buf_free(&text);
    }
    inf_json_free(&limited_by);
    inf_buf_free(&limits);
    return rc;
}

static int make_new(struct inf_change *change, void *arg, struct inf_error *err)
{
    struct edit *edit = rest_pending_data(arg);
    const int64_t now_ms = inf_wall_ms();
    struct inf_api_key key = {
        .id = edit->made.id,
        .name = inf_json_string(asked(edit, "name")),
        .hash = edit->made.hash,
        .username = edit->owner->username,
        .realm = edit->owner->realm,
        .realm_type = edit->owner->realm_type,
        .creation_ms = now_ms,
        .expiration_ms = edit->expires_in_ms > 0 ? now_ms + edit->expires_in_ms : 0,
        .role_descriptors = asked(edit, "role_descriptors"),
        .metadata = asked(edit, "metadata"),
    };

    edit->expiration_ms = key.expiration_ms;
    inf_security_remove_old_keys(edit->app->security, change, now_ms);
    if (rest_security_check_room(edit->app->store, INF_OBJECT_API_KEY, "API keys", err) != 0)
        return -1;
    return write_key(change, edit, &key, NULL, err);
}

static int not_yours(const char *id, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_NOT_FOUND,
                         "no API key owned by requesting user found for ID [%.64s]", id);
}

static int change_key(struct inf_change *change, struct edit *edit, struct inf_api_key *key,
                      const char *old, struct inf_error *err)
{
    const int64_t now_ms = inf_wall_ms();

    if (!rest_security_owns(edit->owner, key))
        return not_yours(edit->id, err);
    if (!inf_api_key_active(key, now_ms))
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "cannot update %s API key [%s]",
                             key->invalidation_ms != 0 ? "invalidated" : "expired", key->id);
    if (asked(edit, "role_descriptors") != NULL)
        key->role_descriptors = asked(edit, "role_descriptors");
    if (asked(edit, "metadata") != NULL)
        key->metadata = asked(edit, "metadata");
    if (edit->expires_in_ms > 0)
        key->expiration_ms = now_ms + edit->expires_in_ms;
    return write_key(change, edit, key, old, err);
}

static int make_changed(struct inf_change *change, void *arg, struct inf_error *err)
{
    struct edit *edit = rest_pending_data(arg);
    const struct inf_object *object =
        inf_store_object(edit->app->store, INF_OBJECT_API_KEY, edit->id);
    struct inf_api_key key;
    int rc;

    if (object == NULL || inf_api_key_read(object, &key) != 0)
        return not_yours(edit->id, err);
    rc = change_key(change, edit, &key, object->text, err);
    inf_api_key_free(&key);
    return rc;
}

/* ---- answers ---- */

static void write_new(const struct edit *edit, struct inf_jsonw *w)
{
    inf_jsonw_kv_string(w, "id", edit->made.id);
    inf_jsonw_kv_string(w, "name", inf_json_string(asked(edit, "name")));
    if (edit->expiration_ms != 0)
        inf_jsonw_kv_int(w, "expiration", edit->expiration_ms);
    inf_jsonw_kv_string(w, "api_key", edit->made.secret);
    inf_jsonw_kv_string(w, "encoded", edit->made.encoded);
}

static void on_done(void *arg, const struct inf_error *err)
{
    struct inf_call *call = rest_pending_call(arg);
    const struct edit *edit = rest_pending_data(arg);
    struct inf_buf body;
    struct inf_jsonw w;

    if (call != NULL && err != NULL) {
        inf_call_fail(call, err);
    } else if (call != NULL) {
        inf_buf_init(&body, KEY_MAX);
        inf_jsonw_init(&w, &body);
        inf_jsonw_begin_object(&w);
        if (edit->is_new)
            write_new(edit, &w);
        else
            inf_jsonw_kv_bool(&w, "updated", edit->changed);
        inf_jsonw_end_object(&w);
        inf_call_reply(call, 200, &body);
    }
    rest_pending_end(arg);
}

/* The pending has what of the request is needed when it is the change's turn. */
static struct rest_pending *begin(struct inf_call *call, struct inf_error *err)
{
    const struct inf_json *body = inf_call_body(call);
    struct edit *edit = inf_alloc(1, sizeof *edit);
    struct rest_pending *pending = rest_pending_new(call, edit, free_edit);

    edit->app = rest_app(call);
    edit->owner = inf_call_caller(call);
    inf_principal_ref(edit->owner);
    if (inf_call_has(call, "expiration"))
        edit->expires_in_ms = inf_call_int(call, "expiration");
    if (body != NULL &&
        inf_json_parse_own(body->text, body->length, NULL, &edit->request, err) != 0)
        return NULL;
    return pending;
}

enum inf_outcome rest_security_key_create(struct inf_call *call, struct inf_error *err)
{
    struct rest_pending *pending;
    struct edit *edit;

    if (check_name(inf_call_str(call, "name"), err) != 0 || check_common(call, err) != 0 ||
        check_derived(call, err) != 0 || (pending = begin(call, err)) == NULL)
        return INF_FAILED;
    edit = rest_pending_data(pending);
    edit->is_new = true;
    inf_api_key_make(&edit->made);
    rest_pending_begin(pending);
    inf_security_change(edit->app->security, make_new, on_done, pending);
    return rest_pending_outcome(pending);
}

enum inf_outcome rest_security_key_update(struct inf_call *call, struct inf_error *err)
{
    struct rest_pending *pending;
    struct edit *edit;

    if (rest_caller(call)->key_id != NULL) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "authentication via API key not supported: only the owner user can update "
                      "an API key");
        return INF_FAILED;
    }
    if (check_common(call, err) != 0 || (pending = begin(call, err)) == NULL)
        return INF_FAILED;
    edit = rest_pending_data(pending);
    edit->id = inf_strdup(inf_call_str(call, "id"));
    rest_pending_begin(pending);
    inf_security_change(edit->app->security, make_changed, on_done, pending);
    return rest_pending_outcome(pending);
}
