/* rest_security_key_invalidate.c - API keys made invalid: at once, for good, and durably before it
 * is acknowledged. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/strmap.h"
#include "inferd/wall_clock.h"
#include "rest_handlers.h"
#include "rest_security.h"
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX ((size_t)256 << 20)

struct invalidation {
    struct inf_app *app;
    struct inf_change *change; /* while it is its turn */
    struct inf_json request;
    struct inf_principal *caller;
    bool own_only;
    struct inf_strmap *now, *before; /* ids */
};

static void free_invalidation(void *data)
{
    struct invalidation *invalidation = data;

    inf_json_free(&invalidation->request);
    inf_principal_unref(invalidation->caller);
    inf_strmap_free(invalidation->now);
    inf_strmap_free(invalidation->before);
    free(invalidation);
}

static struct rest_key_filter filter_of(const struct inf_json *request,
                                        const struct inf_principal *caller)
{
    const struct cJSON *root = request->root;

    return (struct rest_key_filter){
        .ids = inf_json_get(root, "ids"),
        .id = inf_json_string(inf_json_get(root, "id")),
        .name = inf_json_string(inf_json_get(root, "name")),
        .username = inf_json_string(inf_json_get(root, "username")),
        .realm = inf_json_string(inf_json_get(root, "realm_name")),
        .owner = inf_json_true(inf_json_get(root, "owner")) ? caller : NULL,
    };
}

static void invalidate(void *arg, struct inf_api_key *key)
{
    struct invalidation *invalidation = arg;
    struct inf_buf text;

    if (key->invalidation_ms != 0) {
        inf_strmap_put(invalidation->before, key->id, invalidation);
        return;
    }
    inf_strmap_put(invalidation->now, key->id, invalidation);
    key->invalidation_ms = inf_wall_ms();
    inf_buf_init(&text, KEYS_MAX);
    inf_api_key_write(key, &text);
    inf_change_put(invalidation->change, INF_OBJECT_API_KEY, key->id, &text);
    inf_buf_free(&text);
}

static int make_invalid(struct inf_change *change, void *arg, struct inf_error *err)
{
    struct invalidation *invalidation = rest_pending_data(arg);
    struct rest_key_filter filter = filter_of(&invalidation->request, invalidation->caller);

    (void)err;
    if (invalidation->own_only)
        filter.owner = invalidation->caller;
    invalidation->change = change;
    rest_keys_each(invalidation->app->store, &filter, invalidate, invalidation);
    return 0;
}

static void write_ids(struct inf_jsonw *w, const char *name, const struct inf_strmap *ids)
{
    inf_jsonw_key(w, name);
    inf_jsonw_begin_array(w);
    for (size_t i = 0; i < inf_strmap_size(ids); i++) {
        const char *id;

        inf_strmap_at(ids, i, &id);
        inf_jsonw_string(w, id);
    }
    inf_jsonw_end_array(w);
}

static void on_invalid(void *arg, const struct inf_error *err)
{
    struct inf_call *call = rest_pending_call(arg);
    const struct invalidation *invalidation = rest_pending_data(arg);
    struct inf_error ignored;
    struct inf_buf body;
    struct inf_jsonw w;

    if (call != NULL && err != NULL) {
        inf_call_fail(call, err);
    } else if (call != NULL) {
        inf_buf_init(&body, KEYS_MAX);
        inf_jsonw_init(&w, &body);
        inf_jsonw_begin_object(&w);
        write_ids(&w, "invalidated_api_keys", invalidation->now);
        write_ids(&w, "previously_invalidated_api_keys", invalidation->before);
        inf_jsonw_kv_int(&w, "error_count", 0);
        inf_jsonw_end_object(&w);
        rest_reply_found(call,
                         inf_strmap_size(invalidation->now) > 0 ||
                             inf_strmap_size(invalidation->before) > 0,
                         &body, &ignored);
    }
    rest_pending_end(arg);
}

static int check_invalidate(const struct inf_call *call, struct inf_error *err)
{
    static const char *const names[] = {"id", "ids", "name", "username", "realm_name"};
    const struct cJSON *ids = inf_call_json(call, "ids");
    bool any = inf_call_has(call, "owner") && inf_call_bool(call, "owner");

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        any = any || inf_call_json(call, names[i]) != NULL;
    if (!any)
        return inf_error_invalid(err, INF_ERR_VALIDATION,
                                 "One of [api key id(s), api key name, username, "
                                 "realm name] must be specified if [owner] flag is false");
    if (inf_json_is_array(ids) && inf_json_size(ids) == 0)
        return inf_error_invalid(err, INF_ERR_VALIDATION, "Field [ids] cannot be an empty array");
    return 0;
}

enum inf_outcome rest_security_key_invalidate(struct inf_call *call, struct inf_error *err)
{
    const struct inf_json *body = inf_call_body(call);
    struct rest_key_filter filter = filter_of(body, rest_caller(call));
    struct invalidation *invalidation;
    struct rest_pending *pending;

    if (check_invalidate(call, err) != 0)
        return INF_FAILED;
    if (filter.id == NULL && inf_json_size(filter.ids) == 1)
        filter.id = inf_json_string(inf_json_first(filter.ids));
    if (filter.id == NULL)
        filter.id = inf_json_string(filter.ids);
    if (rest_key_filter_limit(call, "cluster:admin/xpack/security/api_key/invalidate", &filter,
                              err) != 0)
        return INF_FAILED;
    invalidation = inf_alloc(1, sizeof *invalidation);
    invalidation->app = rest_app(call);
    invalidation->caller = inf_call_caller(call);
    inf_principal_ref(invalidation->caller);
    invalidation->own_only = !rest_caller_may(call, INF_PRIV_MANAGE_API_KEY);
    invalidation->now = inf_strmap_new();
    invalidation->before = inf_strmap_new();
    pending = rest_pending_new(call, invalidation, free_invalidation);
    if (inf_json_parse_own(body->text, body->length, NULL, &invalidation->request, err) != 0)
        return INF_FAILED;
    rest_pending_begin(pending);
    inf_security_change(invalidation->app->security, make_invalid, on_invalid, pending);
    return rest_pending_outcome(pending);
}

/* Nothing that is remembered of keys outlives their change, so there is nothing to clear. */
enum inf_outcome rest_security_key_clear_cache(struct inf_call *call, struct inf_error *err)
{
    const char *name = inf_store_node_id(rest_app(call)->store);
    struct inf_buf body;
    struct inf_jsonw w;

    inf_buf_init(&body, KEYS_MAX);
    inf_jsonw_init(&w, &body);
    inf_buf_puts(&body, "{\"_nodes\":{\"total\":1,\"successful\":1,\"failed\":0}");
    w.comma = true;
    inf_jsonw_kv_string(&w, "cluster_name",
                        inf_config_string(rest_app(call)->config, "cluster.name"));
    inf_jsonw_key(&w, "nodes");
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, name);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "name", inf_config_string(rest_app(call)->config, "node.name"));
    inf_jsonw_end_object(&w);
    inf_jsonw_end_object(&w);
    inf_jsonw_end_object(&w);
    return rest_reply(call, &body, err);
}
