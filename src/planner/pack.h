/* pack.h - chooses the nodes for so many allocations of one deployment. Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_PACK_H
#define INFERD_PLANNER_PACK_H

#include "book.h"

/* Puts up to `count` allocations, even over the zones; in a zone first on nodes that hold the
 * deployment, then on those that hold its model, then on the node that takes most of the rest with
 * the least left over. Returns how many found a place: all that fit when thorough; else it may
 * miss nodes where they fit only because the model is there, and has a bounded cost. The book must
 * have its forests. */
int64_t inf_pack(struct inf_book *book, uint32_t deployment, int64_t count, bool thorough);

#endif
