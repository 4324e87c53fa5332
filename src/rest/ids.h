/* ids.h - what a model id, a tag and an alias may look like. Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_IDS_H
#define INFERD_REST_IDS_H

#include <stdbool.h>

#define INF_ID_MAX 64 /* characters */

/* Lower-case letters and digits at both ends, with '_', '-' and '.' allowed between them. */
bool inf_id_spelled_well(const char *id);
bool inf_id_short_enough(const char *id);
/* Both of the above. */
bool inf_id_valid(const char *id);
/* A model of Elasticsearch's own, which it downloads: its id begins with a dot. */
bool inf_id_is_packaged(const char *id);
/* The rule for an id behind the dot; a suffix _SNAPSHOT does not count. */
bool inf_packaged_id_spelled_well(const char *id);
/* As an id, but a digit may end it only when it is all there is; of any length. */
bool inf_alias_spelled_well(const char *alias);

#endif
