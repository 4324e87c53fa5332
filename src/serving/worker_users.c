/* worker_users.c - walks backwards over the map, since what was returned may leave it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker_users.h"
#include "deployment.h"
#include "worker.h"

size_t inf_worker_users_begin(const struct inf_worker *worker)
{
    return inf_strmap_size(worker->manager->deployments);
}

struct inf_deployment *inf_worker_next_user(const struct inf_worker *worker, size_t *left)
{
    while (*left > 0) {
        struct inf_deployment *deployment =
            inf_strmap_at(worker->manager->deployments, --*left, NULL);
        if (deployment->worker == worker)
            return deployment;
    }
    return NULL;
}

bool inf_worker_is_wanted_back(const struct inf_worker *worker)
{
    size_t left = inf_worker_users_begin(worker);
    const struct inf_deployment *deployment = NULL;

    while ((deployment = inf_worker_next_user(worker, &left)) != NULL)
        if (deployment->serving)
            return true;
    return false;
}
