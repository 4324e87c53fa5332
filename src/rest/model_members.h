/* model_members.h - members of a model's configuration that the rules and the text both read.
 *
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_MODEL_MEMBERS_H
#define INFERD_REST_MODEL_MEMBERS_H

#include "inferd/json.h"
#include <stdbool.h>

/* Walks an array of strings; a single string counts as an array of one. */
const struct cJSON *inf_strings_first(const struct cJSON *strings);
const struct cJSON *inf_strings_next(const struct cJSON *strings, const struct cJSON *item);
bool inf_member_present(const struct cJSON *object, const char *key); /* there and not null */
bool inf_has_definition(const struct cJSON *root); /* in the body, plain or compressed */

#endif
