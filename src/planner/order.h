/* order.h - which deployment is placed first. Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_ORDER_H
#define INFERD_PLANNER_ORDER_H

#include "problem.h"

/* By size, which is an allocation's threads times its memory: large ones first find a place more
 * easily, small ones first are more that fit. From INF_ORDER_SHUFFLED on, each number is a random
 * order of its own, the same every time. The order of the normal deployments does not depend on
 * those of low priority. */
enum { INF_ORDER_LARGE_FIRST, INF_ORDER_SMALL_FIRST, INF_ORDER_SHUFFLED };

/* All deployments in the order; the caller frees it. */
uint32_t *inf_order_make(const struct inf_problem *problem, unsigned order);

#endif
