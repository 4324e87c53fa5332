/* team.h - work that the threads of an allocation share: OpenMP's team of the thread that calls,
 * the same that libtorch uses, and as large as it was set.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_TEAM_H
#define INFERD_ENCODER_TEAM_H

#include <stddef.h>

#define INF_TEAM_MOST 256
#define INF_TEAM_WORTH_IT 1000000 /* products, for threads to be worth waking */

/* Of the pieces `first` to `last` (not included), by the member with this number. */
typedef void (*inf_team_work)(void *arg, size_t first, size_t last, size_t member);

/* How many members this thread's team has: 1 to INF_TEAM_MOST. */
size_t inf_team_size(void);
/* Lets up to so many members (at least 1) do `count` pieces, one after the other for each, and
 * waits. With one member, or one piece, the caller does it. */
void inf_team_run(size_t members, size_t count, inf_team_work work, void *arg);

#endif
