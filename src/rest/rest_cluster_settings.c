/* rest_cluster_settings.c - GET and PUT /_cluster/settings: the dynamic settings of this node. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster_settings.h"
#include "inferd/alloc.h"
#include "reply.h"
#include "rest_handlers.h"
#include "settings_tree.h"
#include <stdlib.h>
#include <string.h>

#define SETTINGS_MAX ((size_t)4 << 20)

/* ---- GET ---- */

static struct inf_strmap *layer_values(const struct inf_config *config, enum inf_config_layer layer)
{
    struct inf_strmap *values = inf_strmap_new();
    const char *name;

    for (size_t i = 0; i < inf_config_layer_size(config, layer); i++) {
        const char *text = inf_config_layer_at(config, layer, i, &name);

        inf_strmap_put(values, name, (void *)text);
    }
    return values;
}

static void write_layers(const struct inf_config *config, bool flat, struct inf_jsonw *w)
{
    for (size_t i = 0; i < INF_CONFIG_LAYERS; i++) {
        struct inf_strmap *values = layer_values(config, (enum inf_config_layer)i);

        inf_jsonw_key(w, inf_config_layer_name((enum inf_config_layer)i));
        inf_settings_tree_write(values, flat, w);
        inf_strmap_free(values);
    }
}

enum inf_outcome rest_cluster_settings_get(struct inf_call *call, struct inf_error *err)
{
    const struct inf_config *config = rest_app(call)->config;
    bool flat = inf_call_bool(call, "flat_settings");
    struct inf_jsonw w;
    struct inf_buf body;

    inf_buf_init(&body, SETTINGS_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    write_layers(config, flat, &w);
    if (inf_call_bool(call, "include_defaults")) {
        inf_jsonw_key(&w, "defaults");
        inf_settings_tree_write_start(config, false, flat, &w);
    }
    inf_jsonw_end_object(&w);
    return rest_reply(call, &body, err);
}

/* ---- PUT ---- */

struct put {
    struct inf_settings_change *change;
    bool flat;
};

static void free_put(void *data)
{
    struct put *put = data;

    inf_settings_change_free(put->change);
    free(put);
}

struct reading {
    struct inf_settings_change *change;
    enum inf_config_layer layer;
};

static int read_one(void *arg, const char *name, const char *text, struct inf_error *err)
{
    const struct reading *reading = arg;

    return inf_settings_change_add(reading->change, reading->layer, name, text, err);
}

static int read_change(const struct inf_call *call, struct inf_settings_change *change,
                       struct inf_error *err)
{
    for (size_t i = 0; i < INF_CONFIG_LAYERS; i++) {
        struct reading reading = {.change = change, .layer = (enum inf_config_layer)i};

        if (inf_settings_tree_read(inf_call_json(call, inf_config_layer_name(reading.layer)),
                                   read_one, &reading, err) != 0)
            return -1;
    }
    return 0;
}

static void on_applied(void *arg, const struct inf_error *err)
{
    struct rest_pending *pending = arg;
    const struct put *put = rest_pending_data(pending);
    struct inf_call *call = rest_pending_call(pending);
    struct inf_buf body;
    struct inf_jsonw w;

    if (call != NULL && err != NULL)
        inf_call_fail(call, err);
    else if (call != NULL) {
        inf_buf_init(&body, SETTINGS_MAX);
        inf_jsonw_init(&w, &body);
        inf_jsonw_begin_object(&w);
        inf_jsonw_kv_bool(&w, "acknowledged", true);
        for (size_t i = 0; i < INF_CONFIG_LAYERS; i++) {
            inf_jsonw_key(&w, inf_config_layer_name((enum inf_config_layer)i));
            inf_settings_tree_write(put->change->layers[i], put->flat, &w);
        }
        inf_jsonw_end_object(&w);
        inf_call_reply(call, 200, &body);
    }
    rest_pending_end(pending);
}

void rest_cluster_settings_check(struct inf_call *call, struct inf_validation *validation)
{
    if (inf_json_size(inf_call_json(call, "persistent")) == 0 &&
        inf_json_size(inf_call_json(call, "transient")) == 0)
        inf_validation_add(validation, 0, "no settings to update");
}

enum inf_outcome rest_cluster_settings_put(struct inf_call *call, struct inf_error *err)
{
    struct put *put = inf_alloc(1, sizeof *put);
    struct rest_pending *pending;

    put->change = inf_settings_change_new();
    put->flat = inf_call_bool(call, "flat_settings");
    pending = rest_pending_new(call, put, free_put);
    if (read_change(call, put->change, err) != 0)
        return INF_FAILED;
    rest_pending_begin(pending);
    inf_cluster_settings_apply(rest_app(call)->settings, put->change, on_applied, pending);
    return rest_pending_outcome(pending);
}
