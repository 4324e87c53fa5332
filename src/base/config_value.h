/* config_value.h - one setting's value, and what the files of the configuration share.
 *
 * Thread: loop only. Owns: text of a value. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_BASE_CONFIG_VALUE_H
#define INFERD_BASE_CONFIG_VALUE_H

#include "inferd/config.h"
#include <stddef.h>

struct inf_config_value {
    char *text;     /* STRING and ENUM; NULL otherwise */
    int64_t number; /* INT, BOOL (0, 1), TIME (ms), BYTES */
};

struct inf_config {
    size_t count;
    struct inf_config_value *values; /* of default, file and -E; parallel to inf_settings */
    struct inf_strmap *layers[INF_CONFIG_LAYERS]; /* name to struct inf_config_given */
};

/* A value given over the API. */
struct inf_config_given {
    char *text; /* as given */
    struct inf_config_value value;
};

size_t inf_config_count(void);
/* Index in inf_settings, or -1. */
int inf_config_find(const char *name);

/* Strict reading of one value. Fails with "setting [name] has the value [x], but must be ...". */
int inf_config_value_parse(const struct inf_setting *setting, const char *text,
                           struct inf_config_value *ret, struct inf_error *err);
/* Appends what a value may be: "an integer from 0 to 65535". */
void inf_config_allowed(const struct inf_setting *setting, struct inf_buf *out);
/* Appends a value in the file's notation. */
void inf_config_value_print(const struct inf_setting *setting, const struct inf_config_value *value,
                            struct inf_buf *out);

/* config_layers.c: the value that a layer has for a setting of the table, or NULL. */
const struct inf_config_value *inf_config_layered(const struct inf_config *config,
                                                  const char *name);
void inf_config_layers_init(struct inf_config *config);
void inf_config_layers_fini(struct inf_config *config);

/* Sets one setting by name. `where` stands before every complaint ("inferd.yml:3: "). */
int inf_config_set(struct inf_config *config, const char *where, const char *name, const char *text,
                   struct inf_error *err);

#endif
