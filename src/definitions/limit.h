/* limit.h - definitions that are here, beyond what they may take, go.
 *
 * Thread: loop only. Owns: the question on its way. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_LIMIT_H
#define INFERD_DEFINITIONS_LIMIT_H

#include "definitions_state.h"

/* All take NULL, where there is no limit. */
struct inf_limit *inf_limit_new(struct inf_definitions *definitions);
void inf_limit_look(struct inf_limit *limit);
/* Is its file being removed? */
bool inf_limit_is_at(const struct inf_limit *limit, const char *model_id);
void inf_limit_stop(struct inf_limit *limit);
void inf_limit_free(struct inf_limit *limit); /* when the loop has ended */

#endif
