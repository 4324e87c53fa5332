/* ids.h - what a model id and a tag may look like. Thread: any (pure). */
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

#endif
