/* config.h - the settings: one table gives name, type, default, range and text.
 *
 * The table (src/base/config_table.c) drives the YAML file loader, `-E name=value`, --print-config
 * and docs/configuration.md. Names are Elasticsearch's where one exists. An unknown or ill-typed
 * setting stops the start with its name, its value and what is allowed.
 *
 * A dynamic setting may have a value given over the API on top, in one of two layers; the last of
 * these wins: default, file, -E, persistent, transient.
 *
 * Thread: loop only (written before the loop runs; dynamic values change on the loop). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_CONFIG_H
#define INFERD_CONFIG_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum inf_setting_type { INF_S_STRING, INF_S_INT, INF_S_BOOL, INF_S_TIME, INF_S_BYTES, INF_S_ENUM };

struct inf_setting {
    const char *name;
    enum inf_setting_type type;
    const char *dflt;    /* in the notation of the file; "" is an empty string */
    int64_t min, max;    /* INT: value, TIME: ms, BYTES: bytes */
    const char *choices; /* ENUM: "a|b|c" */
    bool dynamic;        /* SIGHUP and the API may change it */
    const char *doc;
};

extern const struct inf_setting inf_settings[]; /* ended by name == NULL */

struct inf_config;

struct inf_config *inf_config_new(void); /* all defaults */
void inf_config_free(struct inf_config *config);
/* Reads a YAML file (nested maps or dotted keys). Fails naming file, line, setting, value, bound.
 */
int inf_config_load(struct inf_config *config, const char *path, struct inf_error *err);
/* "name=value" of -E. */
int inf_config_override(struct inf_config *config, const char *assignment, struct inf_error *err);
/* Takes the dynamic settings of `fresh` over; appends the names that changed but need a restart. */
void inf_config_reload(struct inf_config *config, const struct inf_config *fresh,
                       struct inf_buf *ret_needs_restart);

/* ---- values given over the API (compatibility 13.5) ---- */
enum inf_config_layer { INF_CONFIG_PERSISTENT, INF_CONFIG_TRANSIENT, INF_CONFIG_LAYERS };
const char *inf_config_layer_name(enum inf_config_layer layer); /* "persistent", "transient" */
/* May the layer take `text` for a setting? NULL: to be rid of the layer's value, then the name may
 * end in `*`. ILLEGAL_ARGUMENT "persistent setting [x], not recognized", "..., not dynamically
 * updateable", or what the value must be. Beside the table's settings there are levels of single
 * loggers, `logger.<name>`. */
int inf_config_layer_check(enum inf_config_layer layer, const char *name, const char *text,
                           struct inf_error *err);
/* Does what inf_config_layer_check has allowed; it takes effect at once. */
void inf_config_layer_set(struct inf_config *config, enum inf_config_layer layer, const char *name,
                          const char *text);
size_t inf_config_layer_size(const struct inf_config *config, enum inf_config_layer layer);
/* The i-th value of a layer, by name ascending, as it was given. */
const char *inf_config_layer_at(const struct inf_config *config, enum inf_config_layer layer,
                                size_t i, const char **ret_name);
/* Is there a value of the API on top of the one the daemon started with? */
bool inf_config_is_layered(const struct inf_config *config, const char *name);
/* Appends the value that default, file and -E give a setting of the table, in the file's notation
 * but without quotes. */
void inf_config_start_value(const struct inf_config *config, const char *name, struct inf_buf *out);
/* The most verbose of `logger.level` and the levels of single loggers: lines are not written by
 * logger. */
const char *inf_config_log_level(const struct inf_config *config);

/* Getters; name must be in the table and of that type (asserted). Strings live as long as config, a
 * dynamic one's until it changes. */
const char *inf_config_string(const struct inf_config *config, const char *name);
int64_t inf_config_int(const struct inf_config *config, const char *name);
bool inf_config_bool(const struct inf_config *config, const char *name);
int64_t inf_config_ms(const struct inf_config *config, const char *name);
int64_t inf_config_bytes(const struct inf_config *config, const char *name);

void inf_config_print(const struct inf_config *config,
                      struct inf_buf *out);        /* --print-config: YAML */
void inf_config_print_sample(struct inf_buf *out); /* config/inferd.yml: all commented out */
void inf_config_print_docs(struct inf_buf *out);   /* docs/configuration.md */

#endif
