/* needed.c - which definitions a node of a cluster has to have, and what is said of one that is not
 * there yet. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "deployment.h"
#include "file_wait.h"
#include "inferd/serving_cluster.h"
#include "manager.h"

void inf_manager_each_needed(const struct inf_manager *manager,
                             void (*visit)(void *arg, const char *model_id), void *arg)
{
    const char *own = inf_store_node_id(manager->store);

    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *one = inf_strmap_at(manager->deployments, i, NULL);

        if (one->assigned > 0 || one->worker != NULL || inf_routing_target(&one->routing, own) > 0)
            visit(arg, one->model_id);
    }
    inf_file_waits_visit(manager, visit, arg);
}

void inf_manager_explain_by(struct inf_manager *manager,
                            void (*explain_file)(void *arg, const char *model_id,
                                                 struct inf_buf *out),
                            void *arg)
{
    manager->explain_file = explain_file;
    manager->explain_arg = arg;
}
