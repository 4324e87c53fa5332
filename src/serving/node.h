/* node.h - what this machine, or the container that we are in, lets us use.
 *
 * Thread: any; reads files of the kernel, so call it once at the start. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_NODE_H
#define INFERD_SERVING_NODE_H

#include <stdint.h>

#define INF_NODE_RANDOM_ID 23 /* 22 letters and the end */

/* Processors that this process may run on: its affinity, and the quota of its control group. >= 1.
 */
int inf_node_processors(void);
/* Bytes of memory: the machine's, or the limit of the control group when that is less. */
int64_t inf_node_memory(void);
/* The quota of a cpu.max line ("150000 100000", "max 100000") in processors, rounded up; 0: none.
 * Pure. */
int inf_node_quota_processors(const char *cpu_max);
/* 22 random letters of base64url. */
void inf_node_random_id(char text[INF_NODE_RANDOM_ID]);

#endif
