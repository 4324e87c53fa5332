/* discards.h - definitions that no model has any more go from the store.
 *
 * Thread: loop only. Owns: what is still to go. Bound: INF_DISCARDS_MAX; more are left to lie. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_DISCARDS_H
#define INFERD_DEFINITIONS_DISCARDS_H

#include "definitions_state.h"

#define INF_DISCARDS_MAX 1000

/* done after the first attempt; may run before this returns. */
void inf_discards_add(struct inf_definitions *definitions, const char *sha256,
                      void (*done)(void *arg), void *arg);
void inf_discards_look(struct inf_definitions *definitions);    /* at those that failed */
void inf_discards_give_up(struct inf_definitions *definitions); /* who waits need not any more */
void inf_discards_stop(struct inf_definitions *definitions);    /* and frees them */

#endif
