/* bring.h - definitions and vocabularies that are missing here come here, one at a time.
 *
 * Thread: loop only. Owns: the one on its way. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_BRING_H
#define INFERD_DEFINITIONS_BRING_H

#include "definitions_state.h"

struct inf_bring *inf_bring_new(struct inf_definitions *definitions);
void inf_bring_look(struct inf_bring *bring);
/* Appends what is known of a definition's way here: a clause. */
void inf_bring_explain(const struct inf_bring *bring, const char *model_id, struct inf_buf *out);
/* Is the model's vocabulary known to be on this node? */
bool inf_bring_has_vocabulary(const struct inf_bring *bring, const struct inf_model *model);
/* Is it on its way now? */
bool inf_bring_is_at(const struct inf_bring *bring, const char *model_id);
/* Is something on its way, or has an attempt failed and is followed by another one? */
bool inf_bring_is_busy(const struct inf_bring *bring);
void inf_bring_stop(struct inf_bring *bring);
void inf_bring_free(struct inf_bring *bring); /* when the loop has ended; NULL is fine */

#endif
