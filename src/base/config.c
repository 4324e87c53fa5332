/* config.c - the values of all settings: defaults, setting by name, reload and typed getters.
 *
 * A value is checked when it is set, never when it is read, so a getter cannot fail; asking for a
 * name or type that the table lacks is a mistake in the program. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/config.h"

#include "config_value.h"
#include "inferd/alloc.h"
#include "inferd/similarity.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 128

/* ---- the table ---- */

size_t inf_config_count(void)
{
    size_t count = 0;
    while (inf_settings[count].name) {
        count++;
    }
    return count;
}

int inf_config_find(const char *name)
{
    for (int i = 0; inf_settings[i].name; i++) {
        if (strcmp(inf_settings[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

/* ---- life ---- */

struct inf_config *inf_config_new(void)
{
    struct inf_config *config = inf_alloc(1, sizeof *config);
    struct inf_error err;
    config->count = inf_config_count();
    config->values = inf_alloc(config->count, sizeof *config->values);
    for (size_t i = 0; i < config->count; i++) {
        const struct inf_setting *setting = &inf_settings[i];
        if (inf_config_value_parse(setting, setting->dflt, &config->values[i], &err)) {
            abort(); /* a default that its own row forbids */
        }
    }
    inf_config_layers_init(config);
    return config;
}

void inf_config_free(struct inf_config *config)
{
    if (!config) {
        return;
    }
    for (size_t i = 0; i < config->count; i++) {
        free(config->values[i].text);
    }
    free(config->values);
    inf_config_layers_fini(config);
    free(config);
}

/* ---- setting ---- */

static int fail_unknown(const char *where, const char *name, struct inf_error *err)
{
    const char *names[256];
    size_t count = 0;
    struct inf_buf hint;
    for (; inf_settings[count].name && count < sizeof names / sizeof *names; count++) {
        names[count] = inf_settings[count].name;
    }
    inf_buf_init(&hint, INF_REASON_MAX);
    inf_suggest(&hint, ", ", name, names, count);
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "%sunknown setting [%.128s]%s", where, name,
                  hint.data ? hint.data : "; --print-config prints every setting there is");
    inf_buf_free(&hint);
    return -1;
}

int inf_config_set(struct inf_config *config, const char *where, const char *name, const char *text,
                   struct inf_error *err)
{
    struct inf_config_value value;
    int i = inf_config_find(name);
    if (i < 0) {
        return fail_unknown(where, name, err);
    }
    if (inf_config_value_parse(&inf_settings[i], text, &value, err)) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "%s%s", where, err->reason);
    }
    free(config->values[i].text);
    config->values[i] = value;
    return 0;
}

int inf_config_override(struct inf_config *config, const char *assignment, struct inf_error *err)
{
    char name[NAME_MAX_BYTES];
    size_t length = strcspn(assignment, "=");
    if (assignment[length] == '\0' || length == 0) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "-E takes setting=value, such as -E http.port=9201, not [%.128s]",
                             assignment);
    }
    length = length < sizeof name ? length : sizeof name - 1;
    memcpy(name, assignment, length);
    name[length] = '\0';
    return inf_config_set(config, "-E: ", name, strchr(assignment, '=') + 1, err);
}

static bool same(const struct inf_config_value *a, const struct inf_config_value *b)
{
    return a->text ? strcmp(a->text, b->text) == 0 : a->number == b->number;
}

void inf_config_reload(struct inf_config *config, const struct inf_config *fresh,
                       struct inf_buf *ret_needs_restart)
{
    for (size_t i = 0; i < config->count; i++) {
        struct inf_config_value *now = &config->values[i];
        const struct inf_config_value *next = &fresh->values[i];
        if (same(now, next)) {
            continue;
        }
        if (!inf_settings[i].dynamic) {
            inf_buf_printf(ret_needs_restart, "%s%s", ret_needs_restart->length ? ", " : "",
                           inf_settings[i].name);
            continue;
        }
        free(now->text);
        *now = *next;
        now->text = next->text ? inf_strdup(next->text) : NULL;
    }
}

/* ---- getters ---- */

static const struct inf_config_value *get(const struct inf_config *config, const char *name,
                                          enum inf_setting_type type)
{
    int i = inf_config_find(name);
    const struct inf_config_value *layered;
    assert(i >= 0);
    assert(inf_settings[i].type == type ||
           (type == INF_S_STRING && inf_settings[i].type == INF_S_ENUM));
    layered = inf_settings[i].dynamic ? inf_config_layered(config, name) : NULL;
    return layered ? layered : &config->values[i];
}

const char *inf_config_string(const struct inf_config *config, const char *name)
{
    return get(config, name, INF_S_STRING)->text;
}

int64_t inf_config_int(const struct inf_config *config, const char *name)
{
    return get(config, name, INF_S_INT)->number;
}

bool inf_config_bool(const struct inf_config *config, const char *name)
{
    return get(config, name, INF_S_BOOL)->number != 0;
}

int64_t inf_config_ms(const struct inf_config *config, const char *name)
{
    return get(config, name, INF_S_TIME)->number;
}

int64_t inf_config_bytes(const struct inf_config *config, const char *name)
{
    return get(config, name, INF_S_BYTES)->number;
}
