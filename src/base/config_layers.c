/* config_layers.c - values given over the API, on top of what the daemon started with.
 *
 * A layer is a map of names to values; a getter looks into the layers first. A reload of the file
 * changes only what lies below, so the two never undo each other. A value is kept as it was given,
 * too, because it is shown and stored that way. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_value.h"
#include "inferd/alloc.h"
#include "inferd/strmap.h"

#include <stdlib.h>
#include <string.h>

#define LOGGER "logger."
#define LEVEL "logger.level"
#define LOGGER_NAME_MAX 255 /* bytes; clients make these names up */
#define VALUE_MAX 255

const char *inf_config_layer_name(enum inf_config_layer layer)
{
    return layer == INF_CONFIG_PERSISTENT ? "persistent" : "transient";
}

/* ---- which settings ---- */

/* A single logger's level is read as logger.level is. NULL: there is no such setting. */
static const struct inf_setting *find_setting(const char *name)
{
    int i = inf_config_find(name);
    if (i < 0 && strncmp(name, LOGGER, strlen(LOGGER)) == 0 && name[strlen(LOGGER)] != '\0' &&
        strlen(name) <= LOGGER_NAME_MAX) {
        i = inf_config_find(LEVEL);
    }
    return i < 0 ? NULL : &inf_settings[i];
}

static bool is_wildcard(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && name[length - 1] == '*';
}

/* The complaint names the setting that was asked for, which a single logger's row does not. */
static int check_value(const struct inf_setting *setting, const char *name, const char *text,
                       struct inf_error *err)
{
    struct inf_setting named = *setting;
    struct inf_config_value value;
    named.name = name;
    if (strlen(text) > VALUE_MAX) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "setting [%s] has a value of [%zu] bytes, but may have [%d]", name,
                             strlen(text), VALUE_MAX);
    }
    if (inf_config_value_parse(&named, text, &value, err) != 0) {
        return -1;
    }
    free(value.text);
    return 0;
}

int inf_config_layer_check(enum inf_config_layer layer, const char *name, const char *text,
                           struct inf_error *err)
{
    const struct inf_setting *setting = find_setting(name);
    if (!text && is_wildcard(name)) {
        return 0;
    }
    if (!setting || is_wildcard(name)) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "%s setting [%s], not recognized",
                             inf_config_layer_name(layer), name);
    }
    if (!setting->dynamic) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "%s setting [%s], not dynamically updateable",
                             inf_config_layer_name(layer), name);
    }
    return text ? check_value(setting, name, text, err) : 0;
}

/* ---- the maps ---- */

static void free_given(struct inf_config_given *given)
{
    if (given) {
        free(given->text);
        free(given->value.text);
        free(given);
    }
}

void inf_config_layers_init(struct inf_config *config)
{
    for (size_t i = 0; i < INF_CONFIG_LAYERS; i++) {
        config->layers[i] = inf_strmap_new();
    }
}

static void reset(struct inf_strmap *map, const char *pattern)
{
    const char *name;
    for (size_t i = inf_strmap_size(map); i > 0; i--) {
        inf_strmap_at(map, i - 1, &name);
        if (inf_wildcard_match(pattern, name)) {
            free_given(inf_strmap_remove(map, name));
        }
    }
}

void inf_config_layers_fini(struct inf_config *config)
{
    for (size_t i = 0; i < INF_CONFIG_LAYERS; i++) {
        reset(config->layers[i], "*");
        inf_strmap_free(config->layers[i]);
    }
}

void inf_config_layer_set(struct inf_config *config, enum inf_config_layer layer, const char *name,
                          const char *text)
{
    struct inf_strmap *map = config->layers[layer];
    struct inf_config_given *given;
    struct inf_error ignored;
    if (!text) {
        reset(map, name);
        return;
    }
    given = inf_alloc(1, sizeof *given);
    given->text = inf_strdup(text);
    if (inf_config_value_parse(find_setting(name), text, &given->value, &ignored) != 0) {
        abort(); /* the caller has not asked inf_config_layer_check */
    }
    free_given(inf_strmap_put(map, name, given));
}

size_t inf_config_layer_size(const struct inf_config *config, enum inf_config_layer layer)
{
    return inf_strmap_size(config->layers[layer]);
}

const char *inf_config_layer_at(const struct inf_config *config, enum inf_config_layer layer,
                                size_t i, const char **ret_name)
{
    const struct inf_config_given *given = inf_strmap_at(config->layers[layer], i, ret_name);
    return given->text;
}

/* ---- what is in force ---- */

const struct inf_config_value *inf_config_layered(const struct inf_config *config, const char *name)
{
    for (size_t i = INF_CONFIG_LAYERS; i > 0; i--) {
        const struct inf_config_given *given = inf_strmap_get(config->layers[i - 1], name);
        if (given) {
            return &given->value;
        }
    }
    return NULL;
}

bool inf_config_is_layered(const struct inf_config *config, const char *name)
{
    return inf_config_layered(config, name) != NULL;
}

void inf_config_start_value(const struct inf_config *config, const char *name, struct inf_buf *out)
{
    int i = inf_config_find(name);
    if (inf_settings[i].type == INF_S_STRING) {
        inf_buf_puts(out, config->values[i].text);
    } else {
        inf_config_value_print(&inf_settings[i], &config->values[i], out);
    }
}

/* The choices of logger.level stand in its row from the most verbose on. */
static const char *more_verbose(const char *a, const char *b)
{
    const char *choices = inf_settings[inf_config_find(LEVEL)].choices;
    return strstr(choices, a) < strstr(choices, b) ? a : b;
}

const char *inf_config_log_level(const struct inf_config *config)
{
    const char *level = inf_config_string(config, LEVEL), *name;
    for (size_t layer = 0; layer < INF_CONFIG_LAYERS; layer++) {
        for (size_t i = 0; i < inf_strmap_size(config->layers[layer]); i++) {
            inf_strmap_at(config->layers[layer], i, &name);
            if (strncmp(name, LOGGER, strlen(LOGGER)) == 0) {
                level = more_verbose(level, inf_config_layered(config, name)->text);
            }
        }
    }
    return level;
}
