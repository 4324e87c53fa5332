/* rest_security_caller.c - who the caller is, and what it or another user may do. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rest_handlers.h"
#include "rest_security.h"
#include <string.h>

#define ANSWER_MAX ((size_t)4 << 20)

/* ---- _authenticate ---- */

static void write_realm(struct inf_jsonw *w, const char *key, const char *name, const char *type)
{
    inf_jsonw_key(w, key);
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "name", name);
    inf_jsonw_kv_string(w, "type", type);
    inf_jsonw_end_object(w);
}

/* What is only known of users that are stored. */
static void write_details(struct inf_jsonw *w, const struct cJSON *user, bool reserved)
{
    static const char *const names[] = {"full_name", "email", "metadata"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct cJSON *value = inf_json_get(user, names[i]);

        inf_jsonw_key(w, names[i]);
        if (value != NULL)
            inf_jsonw_value(w, value);
        else if (strcmp(names[i], "metadata") != 0)
            inf_jsonw_null(w);
        else
            inf_jsonw_raw(w, reserved ? "{\"_reserved\":true}" : "{}", reserved ? 18 : 2);
    }
}

static void write_caller(const struct inf_principal *caller, const struct cJSON *user,
                         struct inf_jsonw *w)
{
    bool is_key = caller->key_id != NULL;

    inf_jsonw_kv_string(w, "username", caller->username);
    inf_jsonw_key(w, "roles");
    inf_jsonw_begin_array(w);
    for (size_t i = 0; i < caller->role_count; i++)
        inf_jsonw_string(w, caller->roles[i]);
    inf_jsonw_end_array(w);
    write_details(w, user, !is_key && strcmp(caller->realm, "reserved") == 0);
    inf_jsonw_kv_bool(w, "enabled", true);
    write_realm(w, "authentication_realm", is_key ? "_es_api_key" : caller->realm,
                is_key ? "_es_api_key" : caller->realm_type);
    write_realm(w, "lookup_realm", is_key ? "_es_api_key" : caller->realm,
                is_key ? "_es_api_key" : caller->realm_type);
    inf_jsonw_kv_string(w, "authentication_type", is_key ? "api_key" : "realm");
    if (is_key) {
        inf_jsonw_key(w, "api_key");
        inf_jsonw_begin_object(w);
        inf_jsonw_kv_string(w, "id", caller->key_id);
        inf_jsonw_kv_string(w, "name", caller->key_name);
        inf_jsonw_end_object(w);
    }
}

enum inf_outcome rest_security_authenticate(struct inf_call *call, struct inf_error *err)
{
    const struct inf_principal *caller = rest_caller(call);
    const struct inf_object *object =
        inf_store_object(rest_app(call)->store, INF_OBJECT_USER, caller->username);
    struct inf_json doc = {0};
    struct inf_buf body;
    struct inf_jsonw w;

    if (caller->key_id == NULL && object != NULL &&
        inf_json_parse_own(object->text, strlen(object->text), NULL, &doc, err) != 0)
        return INF_FAILED;
    inf_buf_init(&body, ANSWER_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    write_caller(caller, doc.root, &w);
    inf_jsonw_end_object(&w);
    inf_json_free(&doc);
    return rest_reply(call, &body, err);
}

/* ---- privileges ---- */

/* The names in the set that no other one in it contains. */
static void write_widest(uint32_t set, struct inf_jsonw *w)
{
    inf_jsonw_begin_array(w);
    for (int i = INF_PRIV_MONITOR_ML; i < INF_PRIV_COUNT; i++) {
        bool contained = false;

        for (int other = INF_PRIV_MONITOR_ML; other < INF_PRIV_COUNT; other++)
            contained = contained ||
                        (other != i && (set >> other & 1) != 0 &&
                         inf_privilege_in((enum inf_privilege)i,
                                          inf_privilege_with_contained((enum inf_privilege)other)));
        if ((set >> i & 1) != 0 && !contained)
            inf_jsonw_string(w, inf_privilege_name((enum inf_privilege)i));
    }
    inf_jsonw_end_array(w);
}

static void write_empty(struct inf_jsonw *w, const char *key)
{
    inf_jsonw_key(w, key);
    inf_jsonw_raw(w, "[]", 2);
}

enum inf_outcome rest_security_privileges_get(struct inf_call *call, struct inf_error *err)
{
    struct inf_buf body;
    struct inf_jsonw w;

    inf_buf_init(&body, ANSWER_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "cluster");
    write_widest(rest_caller(call)->privileges, &w);
    write_empty(&w, "global");
    write_empty(&w, "indices");
    write_empty(&w, "applications");
    write_empty(&w, "run_as");
    inf_jsonw_end_object(&w);
    return rest_reply(call, &body, err);
}

enum inf_outcome rest_security_builtin_privileges_get(struct inf_call *call, struct inf_error *err)
{
    struct inf_buf body;
    struct inf_jsonw w;

    inf_buf_init(&body, ANSWER_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "cluster");
    inf_jsonw_begin_array(&w);
    for (int i = INF_PRIV_MONITOR_ML; i < INF_PRIV_COUNT; i++)
        inf_jsonw_string(&w, inf_privilege_name((enum inf_privilege)i));
    inf_jsonw_end_array(&w);
    write_empty(&w, "index");
    write_empty(&w, "remote_cluster");
    inf_jsonw_end_object(&w);
    return rest_reply(call, &body, err);
}
