/* config.h - the settings: one table gives name, type, default, range and text.
 *
 * The table (src/base/config_table.c) drives the YAML file loader, `-E name=value`, --print-config
 * and docs/configuration.md. Names are Elasticsearch's where one exists. An unknown or ill-typed
 * setting stops the start with its name, its value and what is allowed.
 *
 * Thread: loop only (written before the loop runs; a reload replaces dynamic values on the loop).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_CONFIG_H
#define INFERD_CONFIG_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include <stdbool.h>
#include <stdint.h>

enum inf_setting_type { INF_S_STRING, INF_S_INT, INF_S_BOOL, INF_S_TIME, INF_S_BYTES, INF_S_ENUM };

struct inf_setting {
    const char *name;
    enum inf_setting_type type;
    const char *dflt;    /* in the notation of the file; "" is an empty string */
    int64_t min, max;    /* INT: value, TIME: ms, BYTES: bytes */
    const char *choices; /* ENUM: "a|b|c" */
    bool dynamic;        /* SIGHUP takes a new value */
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

/* Getters; name must be in the table and of that type (asserted). Strings live as long as config.
 */
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
