/* gathering.h - parts of a definition that went to several nodes come to this one.
 *
 * Thread: loop only. Owns: its gatherings. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_GATHERING_H
#define INFERD_DEFINITIONS_GATHERING_H

#include "definitions_state.h"

/* Every part of the definition has been stored. done without err: it is whole. */
void inf_gathering_start(struct inf_definitions *definitions, const char *model_id,
                         inf_store_done done, void *arg);
void inf_gatherings_give_up(struct inf_definitions *definitions); /* who waits is told */
void inf_gatherings_stop(struct inf_definitions *definitions);

#endif
