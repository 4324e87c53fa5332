/* rest_root.c - GET / and HEAD /: who answers here, in the words that clients check.
 *
 * Clients compare version.number's major with their own and look for the tagline; all the rest is
 * information. HEAD is the clients' ping; the server leaves the body out. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"
#include "rest_handlers.h"

#define ROOT_MAX 4096

static void write_version(struct inf_jsonw *w)
{
    inf_jsonw_key(w, "version");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "number", INF_ES_VERSION);
    inf_jsonw_kv_string(w, "build_flavor", "default");
    inf_jsonw_kv_string(w, "build_type", "docker");
    inf_jsonw_kv_string(w, "build_hash", INF_ES_BUILD_HASH);
    inf_jsonw_kv_string(w, "build_date", "2025-10-21T10:06:21.288851013Z");
    inf_jsonw_kv_bool(w, "build_snapshot", false);
    inf_jsonw_kv_string(w, "lucene_version", "10.3.1");
    inf_jsonw_kv_string(w, "minimum_wire_compatibility_version", "8.19.0");
    inf_jsonw_kv_string(w, "minimum_index_compatibility_version", "8.0.0");
    inf_jsonw_end_object(w);
}

enum inf_outcome rest_root(struct inf_call *call, struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    struct inf_jsonw w;
    struct inf_buf body;

    inf_buf_init(&body, ROOT_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "name", inf_config_string(app->config, "node.name"));
    inf_jsonw_kv_string(&w, "cluster_name", inf_config_string(app->config, "cluster.name"));
    inf_jsonw_kv_string(&w, "cluster_uuid", inf_store_cluster_uuid(app->store));
    write_version(&w);
    inf_jsonw_kv_string(&w, "tagline", "You Know, for Search");
    inf_jsonw_end_object(&w);
    return rest_reply(call, &body, err);
}
