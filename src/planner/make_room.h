/* make_room.h - moves an allocation of another deployment so that one more fits. Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_MAKE_ROOM_H
#define INFERD_PLANNER_MAKE_ROOM_H

#include "book.h"

/* How much searching is left; shared by the calls of one attempt, so that a full cluster with
 * thousands of nodes is planned in bounded time. */
struct inf_room_budget {
    int64_t looks;  /* at a share: cheap */
    int64_t trials; /* of a move: dear */
};

/* Tries to place the missing allocations of a normal deployment, one by one, by moving others from
 * node to node; nobody loses one. Returns how many it placed. The book must have its forests, and
 * no node may have room for the deployment as things are. */
int64_t inf_make_room(struct inf_book *book, uint32_t deployment, struct inf_room_budget *budget);

#endif
