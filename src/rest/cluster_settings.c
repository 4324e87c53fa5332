/* cluster_settings.c - the queue of changes, and the document that survives a restart. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster_settings.h"

#include "inferd/alloc.h"
#include "inferd/log.h"
#include "settings_tree.h"
#include <stdlib.h>
#include <string.h>

#define DOCUMENT "cluster.settings" /* id of the store's object */
#define DOCUMENT_MAX ((size_t)1 << 20)

struct waiting {
    struct waiting *next;
    const struct inf_settings_change *change;
    inf_store_done done;
    void *arg;
};

struct inf_cluster_settings {
    struct inf_config *config;
    struct inf_store *store;
    void (*changed)(void *arg);
    void *arg;
    struct waiting *head, *tail;
    bool storing; /* the head's document is on its way to the disk */
};

/* ---- one request ---- */

struct inf_settings_change *inf_settings_change_new(void)
{
    struct inf_settings_change *change = inf_alloc(1, sizeof *change);

    for (size_t i = 0; i < INF_CONFIG_LAYERS; i++)
        change->layers[i] = inf_strmap_new();
    return change;
}

void inf_settings_change_free(struct inf_settings_change *change)
{
    if (change == NULL)
        return;
    for (size_t layer = 0; layer < INF_CONFIG_LAYERS; layer++) {
        for (size_t i = 0; i < inf_strmap_size(change->layers[layer]); i++)
            free(inf_strmap_at(change->layers[layer], i, NULL));
        inf_strmap_free(change->layers[layer]);
    }
    free(change);
}

int inf_settings_change_add(struct inf_settings_change *change, enum inf_config_layer layer,
                            const char *name, const char *text, struct inf_error *err)
{
    if (inf_config_layer_check(layer, name, text, err) != 0)
        return -1;
    free(inf_strmap_put(change->layers[layer], name, text != NULL ? inf_strdup(text) : NULL));
    return 0;
}

/* ---- what a layer will be ---- */

static void remove_matching(struct inf_strmap *values, const char *pattern)
{
    const char *name;

    for (size_t i = inf_strmap_size(values); i > 0; i--) {
        inf_strmap_at(values, i - 1, &name);
        if (inf_wildcard_match(pattern, name))
            inf_strmap_remove(values, name);
    }
}

/* Names to borrowed texts. Resets come first, so that one request can clear a group of settings and
 * set some of them. */
static struct inf_strmap *layer_after(const struct inf_config *config, enum inf_config_layer layer,
                                      const struct inf_strmap *change)
{
    struct inf_strmap *values = inf_strmap_new();
    const char *name;

    for (size_t i = 0; i < inf_config_layer_size(config, layer); i++) {
        const char *text = inf_config_layer_at(config, layer, i, &name);

        inf_strmap_put(values, name, (void *)text);
    }
    for (size_t i = 0; i < inf_strmap_size(change); i++)
        if (inf_strmap_at(change, i, &name) == NULL)
            remove_matching(values, name);
    for (size_t i = 0; i < inf_strmap_size(change); i++) {
        void *text = inf_strmap_at(change, i, &name);

        if (text != NULL)
            inf_strmap_put(values, name, text);
    }
    return values;
}

static int check_size(const struct inf_strmap *values, enum inf_config_layer layer,
                      struct inf_error *err)
{
    if (inf_strmap_size(values) <= INF_CLUSTER_SETTINGS_MAX)
        return 0;
    return inf_error_set(
        err, INF_ERR_ILLEGAL_ARGUMENT, "[%s] would have [%zu] settings, but may have [%d]",
        inf_config_layer_name(layer), inf_strmap_size(values), INF_CLUSTER_SETTINGS_MAX);
}

/* ---- the queue ---- */

static void log_change(enum inf_config_layer layer, const char *name, const char *text)
{
    inf_log(INF_LOG_INFO, "settings", text != NULL ? "setting changed" : "setting reset",
            (const char *[]){"setting", name, "layer", inf_config_layer_name(layer),
                             text != NULL ? "value" : NULL, text, NULL});
}

static void put_in_force(struct inf_config *config, enum inf_config_layer layer,
                         const struct inf_strmap *change)
{
    const char *name;

    for (int resets = 1; resets >= 0; resets--)
        for (size_t i = 0; i < inf_strmap_size(change); i++) {
            const char *text = inf_strmap_at(change, i, &name);

            if ((text == NULL) != (resets == 1))
                continue;
            inf_config_layer_set(config, layer, name, text);
            log_change(layer, name, text);
        }
}

static void finish_first(struct inf_cluster_settings *settings, const struct inf_error *err)
{
    struct waiting *first = settings->head;

    settings->head = first->next;
    if (settings->head == NULL)
        settings->tail = NULL;
    if (err == NULL) {
        for (size_t i = 0; i < INF_CONFIG_LAYERS; i++)
            put_in_force(settings->config, (enum inf_config_layer)i, first->change->layers[i]);
        settings->changed(settings->arg);
    }
    first->done(first->arg, err);
    free(first);
}

static void run_queue(struct inf_cluster_settings *settings);

static void on_stored(void *arg, const struct inf_error *err)
{
    struct inf_cluster_settings *settings = arg;

    settings->storing = false;
    finish_first(settings, err);
    run_queue(settings);
}

static void store_document(struct inf_cluster_settings *settings, const struct inf_strmap *values)
{
    struct inf_object object = {.id = DOCUMENT};
    struct inf_buf text;
    struct inf_jsonw w;

    settings->storing = true;
    if (inf_strmap_size(values) == 0) {
        inf_store_delete_object(settings->store, INF_OBJECT_SETTING, DOCUMENT, on_stored, settings);
        return;
    }
    inf_buf_init(&text, DOCUMENT_MAX);
    inf_jsonw_init(&w, &text);
    inf_settings_tree_write(values, true, &w);
    object.text = text.data;
    inf_store_put_object(settings->store, INF_OBJECT_SETTING, &object, true, on_stored, settings);
    inf_buf_free(&text);
}

/* Begins with the first change; true when it has to wait for the disk. */
static int begin_first(struct inf_cluster_settings *settings, struct inf_error *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < INF_CONFIG_LAYERS; i++) {
        enum inf_config_layer layer = (enum inf_config_layer)(INF_CONFIG_LAYERS - 1 - i);
        const struct inf_strmap *change = settings->head->change->layers[layer];
        struct inf_strmap *values = layer_after(settings->config, layer, change);

        rc = check_size(values, layer, err);
        if (rc == 0 && layer == INF_CONFIG_PERSISTENT && inf_strmap_size(change) > 0)
            store_document(settings, values);
        inf_strmap_free(values);
    }
    return rc;
}

static void run_queue(struct inf_cluster_settings *settings)
{
    struct inf_error err;

    while (settings->head != NULL && !settings->storing) {
        int rc = begin_first(settings, &err);

        if (!settings->storing)
            finish_first(settings, rc != 0 ? &err : NULL);
    }
}

void inf_cluster_settings_apply(struct inf_cluster_settings *settings,
                                const struct inf_settings_change *change, inf_store_done done,
                                void *arg)
{
    struct waiting *waiting = inf_alloc(1, sizeof *waiting);

    *waiting = (struct waiting){.change = change, .done = done, .arg = arg};
    if (settings->tail != NULL)
        settings->tail->next = waiting;
    else
        settings->head = waiting;
    settings->tail = waiting;
    run_queue(settings);
}

/* ---- begin and end ---- */

static int restore_one(void *arg, const char *name, const char *text, struct inf_error *err)
{
    struct inf_cluster_settings *settings = arg;

    if (text != NULL && inf_config_layer_check(INF_CONFIG_PERSISTENT, name, text, err) == 0)
        inf_config_layer_set(settings->config, INF_CONFIG_PERSISTENT, name, text);
    else
        inf_log(INF_LOG_WARN, "settings", "a kept setting is not one of this version; left out",
                (const char *[]){"setting", name, "reason", text != NULL ? err->reason : "", NULL});
    return 0;
}

static void restore(struct inf_cluster_settings *settings)
{
    const struct inf_object *object =
        inf_store_object(settings->store, INF_OBJECT_SETTING, DOCUMENT);
    struct inf_json document;
    struct inf_error err;

    if (object == NULL)
        return;
    if (inf_json_parse_own(object->text, strlen(object->text), NULL, &document, &err) != 0) {
        inf_log(INF_LOG_ERROR, "settings", "the kept settings are damaged; left out",
                (const char *[]){"reason", err.reason, NULL});
        return;
    }
    inf_settings_tree_read(document.root, restore_one, settings, &err);
    inf_json_free(&document);
}

void inf_cluster_settings_hear(struct inf_cluster_settings *settings, const char *id)
{
    if (strcmp(id, DOCUMENT) != 0)
        return;
    inf_config_layer_set(settings->config, INF_CONFIG_PERSISTENT, "*", NULL);
    restore(settings);
    inf_log(INF_LOG_INFO, "settings", "another node has changed the cluster's settings", NULL);
    settings->changed(settings->arg);
}

struct inf_cluster_settings *inf_cluster_settings_new(struct inf_config *config,
                                                      struct inf_store *store,
                                                      void (*changed)(void *arg), void *arg)
{
    struct inf_cluster_settings *settings = inf_alloc(1, sizeof *settings);

    *settings = (struct inf_cluster_settings){
        .config = config, .store = store, .changed = changed, .arg = arg};
    restore(settings);
    changed(arg);
    return settings;
}

void inf_cluster_settings_free(struct inf_cluster_settings *settings)
{
    free(settings);
}
