/* cluster_settings.h - changes of dynamic settings over the API: kept first, then in force.
 *
 * All persistent values are one document of the store, so that a change of several is kept as a
 * whole or not at all. Changes wait for each other, since each rewrites that document.
 *
 * Thread: loop only. Bound: INF_CLUSTER_SETTINGS_MAX values a layer; what waits is bounded by the
 * connections. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_CLUSTER_SETTINGS_H
#define INFERD_REST_CLUSTER_SETTINGS_H

#include "inferd/rest.h"
#include "inferd/strmap.h"

#define INF_CLUSTER_SETTINGS_MAX 256

/* The settings of one request: for each layer, names to their new text (owned), NULL to reset. */
struct inf_settings_change {
    struct inf_strmap *layers[INF_CONFIG_LAYERS];
};

struct inf_settings_change *inf_settings_change_new(void);
void inf_settings_change_free(struct inf_settings_change *change); /* NULL is fine */
/* Adds one setting; fails as inf_config_layer_check does. */
int inf_settings_change_add(struct inf_settings_change *change, enum inf_config_layer layer,
                            const char *name, const char *text, struct inf_error *err);

/* `done` runs once the change is durable and in force, or with the error that kept it from both;
 * maybe before this returns. change has to live until then. */
void inf_cluster_settings_apply(struct inf_cluster_settings *settings,
                                const struct inf_settings_change *change, inf_store_done done,
                                void *arg);

#endif
