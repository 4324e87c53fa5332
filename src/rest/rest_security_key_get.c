/* rest_security_key_get.c - API keys: which are meant, and how they are shown. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/strmap.h"
#include "inferd/wall_clock.h"
#include "rest_handlers.h"
#include "rest_security.h"
#include <string.h>

#define KEYS_MAX ((size_t)256 << 20)

/* ---- which ---- */

static bool is_any(const char *text)
{
    return text == NULL || text[0] == '\0';
}

/* ids: an array, or a string, which counts as one. */
static bool is_listed(const struct cJSON *ids, const char *id)
{
    if (inf_json_is_string(ids))
        return strcmp(inf_json_string(ids), id) == 0;
    for (const struct cJSON *one = inf_json_first(ids); one != NULL; one = inf_json_next(one))
        if (inf_json_string(one) != NULL && strcmp(inf_json_string(one), id) == 0)
            return true;
    return false;
}

bool rest_key_filter_matches(const struct rest_key_filter *filter, const struct inf_api_key *key)
{
    return (filter->ids == NULL || is_listed(filter->ids, key->id)) &&
           (is_any(filter->id) || strcmp(filter->id, key->id) == 0) &&
           (is_any(filter->name) || inf_wildcard_match(filter->name, key->name)) &&
           (is_any(filter->username) || strcmp(filter->username, key->username) == 0) &&
           (is_any(filter->realm) || strcmp(filter->realm, key->realm) == 0) &&
           (filter->owner == NULL || rest_security_owns(filter->owner, key)) &&
           (!filter->active_only || inf_api_key_active(key, inf_wall_ms()));
}

/* Whoever may manage only its own keys has to ask for those. */
int rest_key_filter_limit(const struct inf_call *call, const char *action,
                          struct rest_key_filter *filter, struct inf_error *err)
{
    const struct inf_principal *caller = rest_caller(call);

    if (rest_caller_may(call, INF_PRIV_MANAGE_API_KEY) || filter->owner != NULL)
        return 0;
    if (caller->key_id != NULL && !is_any(filter->id) && strcmp(filter->id, caller->key_id) == 0)
        return 0;
    if (caller->key_id == NULL && !is_any(filter->username) &&
        strcmp(filter->username, caller->username) == 0) {
        filter->owner = caller;
        return 0;
    }
    return inf_security_authorize(caller, INF_PRIV_MANAGE_API_KEY, action, err);
}

/* ---- shown ---- */

static void write_object(struct inf_jsonw *w, const char *name, const struct cJSON *value)
{
    inf_jsonw_key(w, name);
    inf_jsonw_value(w, value);
}

void rest_key_write_open(const struct inf_api_key *key, bool with_limits, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "id", key->id);
    inf_jsonw_kv_string(w, "name", key->name);
    inf_jsonw_kv_string(w, "type", "rest");
    inf_jsonw_kv_int(w, "creation", key->creation_ms);
    if (key->expiration_ms != 0)
        inf_jsonw_kv_int(w, "expiration", key->expiration_ms);
    inf_jsonw_kv_bool(w, "invalidated", key->invalidation_ms != 0);
    if (key->invalidation_ms != 0)
        inf_jsonw_kv_int(w, "invalidation", key->invalidation_ms);
    inf_jsonw_kv_string(w, "username", key->username);
    inf_jsonw_kv_string(w, "realm", key->realm);
    inf_jsonw_kv_string(w, "realm_type", key->realm_type);
    write_object(w, "metadata", key->metadata);
    write_object(w, "role_descriptors", key->role_descriptors);
    if (with_limits) {
        inf_jsonw_key(w, "limited_by");
        inf_jsonw_begin_array(w);
        inf_jsonw_value(w, key->limited_by);
        inf_jsonw_end_array(w);
    }
}

/* ---- each ---- */

static void visit_one(const struct inf_object *object, const struct rest_key_filter *filter,
                      void (*visit)(void *arg, struct inf_api_key *key), void *arg)
{
    struct inf_api_key key;

    if (object == NULL || inf_api_key_read(object, &key) != 0)
        return;
    if (rest_key_filter_matches(filter, &key))
        visit(arg, &key);
    inf_api_key_free(&key);
}

void rest_keys_each(const struct inf_store *store, const struct rest_key_filter *filter,
                    void (*visit)(void *arg, struct inf_api_key *key), void *arg)
{
    if (!is_any(filter->id)) {
        visit_one(inf_store_object(store, INF_OBJECT_API_KEY, filter->id), filter, visit, arg);
    } else if (inf_json_is_array(filter->ids)) {
        for (const struct cJSON *one = inf_json_first(filter->ids); one != NULL;
             one = inf_json_next(one))
            visit_one(inf_store_object(store, INF_OBJECT_API_KEY, inf_json_string(one)), filter,
                      visit, arg);
    } else {
        for (size_t i = 0; i < inf_store_object_count(store, INF_OBJECT_API_KEY); i++)
            visit_one(inf_store_object_at(store, INF_OBJECT_API_KEY, i), filter, visit, arg);
    }
}

struct listing {
    struct inf_jsonw w;
    bool with_limits, found;
};

static void list_key(void *arg, struct inf_api_key *key)
{
    struct listing *listing = arg;

    rest_key_write_open(key, listing->with_limits, &listing->w);
    inf_jsonw_end_object(&listing->w);
    listing->found = true;
}

enum inf_outcome rest_security_key_get(struct inf_call *call, struct inf_error *err)
{
    struct rest_key_filter filter = {
        .id = inf_call_str(call, "id"),
        .name = inf_call_str(call, "name"),
        .username = inf_call_str(call, "username"),
        .realm = inf_call_str(call, "realm_name"),
        .owner = inf_call_bool(call, "owner") ? rest_caller(call) : NULL,
        .active_only = inf_call_bool(call, "active_only"),
    };
    struct listing listing = {.with_limits = inf_call_bool(call, "with_limited_by")};
    struct inf_buf body;

    if (rest_key_filter_limit(call, "cluster:admin/xpack/security/api_key/get", &filter, err) != 0)
        return INF_FAILED;
    inf_buf_init(&body, KEYS_MAX);
    inf_jsonw_init(&listing.w, &body);
    inf_jsonw_begin_object(&listing.w);
    inf_jsonw_key(&listing.w, "api_keys");
    inf_jsonw_begin_array(&listing.w);
    rest_keys_each(rest_app(call)->store, &filter, list_key, &listing);
    inf_jsonw_end_array(&listing.w);
    inf_jsonw_end_object(&listing.w);
    return rest_reply_found(call, listing.found || is_any(filter.id), &body, err);
}
