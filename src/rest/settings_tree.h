/* settings_tree.h - settings by their dotted names as a JSON object, flat or nested.
 *
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_SETTINGS_TREE_H
#define INFERD_REST_SETTINGS_TREE_H

#include "inferd/config.h"
#include "inferd/json.h"
#include "inferd/strmap.h"
#include <stdbool.h>

/* Writes {"a.b":"1"}, or {"a":{"b":"1"}} when nested. values: name to const char *; a NULL text is
 * left out. Where one name is the beginning of another ("a" and "a.b"), the longer one stays
 * dotted, since a JSON member cannot be text and object at once. */
void inf_settings_tree_write(const struct inf_strmap *values, bool flat, struct inf_jsonw *w);

/* Writes what default, file and -E gave to the settings; those that have a value of the API on top
 * only when layered_too. */
void inf_settings_tree_write_start(const struct inf_config *config, bool layered_too, bool flat,
                                   struct inf_jsonw *w);

/* What an object of settings holds: names with their texts, NULL for null. */
typedef int (*inf_settings_visit)(void *arg, const char *name, const char *text,
                                  struct inf_error *err);
/* Visits the leaves of a client's object, flat, nested or both, until a visit fails. Numbers and
 * booleans become their text; an array is refused, as no setting takes one. object may be NULL. */
int inf_settings_tree_read(const struct cJSON *object, inf_settings_visit visit, void *arg,
                           struct inf_error *err);

#endif
