/* worker_users.h - the deployments that share a worker.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_WORKER_USERS_H
#define INFERD_SERVING_WORKER_USERS_H

#include <stdbool.h>
#include <stddef.h>

struct inf_deployment;
struct inf_worker;

/* The `left` with which a walk over a worker's deployments begins. */
size_t inf_worker_users_begin(const struct inf_worker *worker);
/* The next of them, borrowed; NULL after the last. The one that it returned may leave the manager
 * before the next call. */
struct inf_deployment *inf_worker_next_user(const struct inf_worker *worker, size_t *left);
/* Did one of them serve before? Then it is to do so again. */
bool inf_worker_is_wanted_back(const struct inf_worker *worker);

#endif
