/* keep.h - which of the running allocations stay when fewer are requested. Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_KEEP_H
#define INFERD_PLANNER_KEEP_H

#include "problem.h"

/* Sets `keep` of each of the deployment's running entries: all that run, or as many as are wanted,
 * even over the zones and in a zone where most of them run, so that small shares make room. */
void inf_keep_choose(const struct inf_problem *problem, struct inf_problem_deployment *deployment);

#endif
