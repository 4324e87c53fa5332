/* forest.h - nodes by what is free on them: the tightest that has enough, in logarithmic time.
 *
 * Search trees over the nodes, one for each zone (or one for all), sorted by free processors, then
 * free memory; each knot knows the most memory below it. So "enough processors and enough memory,
 * but as few processors as possible" is one walk down, however many nodes there are.
 * Thread: any. Bound: the node count given at the start. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PLANNER_FOREST_H
#define INFERD_PLANNER_FOREST_H

#include <stdint.h>

struct inf_forest;

struct inf_forest *inf_forest_new(uint32_t node_count, uint32_t tree_count); /* of empty trees */
void inf_forest_free(struct inf_forest *forest);                             /* NULL is fine */
/* A node is in at most one tree at a time. */
void inf_forest_insert(struct inf_forest *forest, uint32_t tree, uint32_t node, int64_t processors,
                       int64_t memory_bytes);
void inf_forest_remove(struct inf_forest *forest, uint32_t tree, uint32_t node);
/* The node other than `except` with the fewest processors, then the least memory, that has both at
 * least; INF_PROBLEM_NONE when there is none. */
uint32_t inf_forest_tightest(const struct inf_forest *forest, uint32_t tree, int64_t processors,
                             int64_t memory_bytes, uint32_t except);
/* The largest figures in a tree, not necessarily of the same node; -1 when it is empty. */
int64_t inf_forest_most_processors(const struct inf_forest *forest, uint32_t tree);
int64_t inf_forest_most_memory(const struct inf_forest *forest, uint32_t tree);

#endif
