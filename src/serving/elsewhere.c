/* elsewhere.c - what other nodes of the cluster run. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "elsewhere.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "record.h"
#include <stdlib.h>
#include <string.h>

static const struct inf_stored_deployment *find(const struct inf_manager *manager, const char *id,
                                                bool of_model)
{
    for (size_t i = 0; i < inf_store_deployment_count(manager->store); i++) {
        const struct inf_stored_deployment *stored = inf_store_deployment_at(manager->store, i);

        if (strcmp(of_model ? stored->model_id : stored->deployment_id, id) == 0)
            return stored;
    }
    return NULL;
}

static bool runs_here(const struct inf_manager *manager, const char *id)
{
    if (inf_strmap_get(manager->deployments, id) != NULL)
        return true;
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *one = inf_strmap_at(manager->deployments, i, NULL);

        if (strcmp(one->model_id, id) == 0)
            return true;
    }
    return false;
}

char *inf_manager_elsewhere(const struct inf_manager *manager, const char *id)
{
    const struct inf_object *alias = inf_store_object(manager->store, INF_OBJECT_ALIAS, id);
    const struct inf_stored_deployment *stored;
    char *node_id;

    if (!inf_store_is_shared(manager->store))
        return NULL;
    if (alias != NULL)
        id = alias->model_id;
    if (runs_here(manager, id))
        return NULL;
    stored = find(manager, id, false);
    if (stored == NULL)
        stored = find(manager, id, true);
    node_id = stored != NULL ? inf_record_node(stored) : NULL;
    if (node_id != NULL && strcmp(node_id, inf_store_node_id(manager->store)) == 0) {
        free(node_id); /* it is about to be started or stopped here */
        node_id = NULL;
    }
    return node_id;
}

bool inf_elsewhere_runs(const struct inf_manager *manager, const char *deployment_id)
{
    return inf_store_is_shared(manager->store) &&
           inf_strmap_get(manager->deployments, deployment_id) == NULL &&
           find(manager, deployment_id, false) != NULL;
}

int inf_elsewhere_check(const struct inf_manager *manager, const char *id, struct inf_error *err)
{
    char *node_id = inf_manager_elsewhere(manager, id);
    int rc = 0;

    if (node_id != NULL)
        rc = inf_error_set(err, INF_ERR_UNAVAILABLE,
                           "[%s] is deployed on node [%s], and not on this one", id, node_id);
    free(node_id);
    return rc;
}

/* Is it another node's now, by its record? */
static bool is_given_away(const struct inf_manager *manager, const char *deployment_id)
{
    const struct inf_stored_deployment *stored = find(manager, deployment_id, false);
    char *node_id = stored != NULL ? inf_record_node(stored) : NULL;
    bool given = node_id != NULL && strcmp(node_id, inf_store_node_id(manager->store)) != 0;

    free(node_id);
    return given;
}

void inf_manager_hear(struct inf_manager *manager, const struct inf_store_news *news)
{
    struct inf_deployment *deployment;

    if (news->of != INF_NEWS_DEPLOYMENT || manager->stopping)
        return;
    deployment = inf_strmap_get(manager->deployments, news->id);
    if (deployment == NULL) {
        if (!news->deleted)
            inf_manager_adopt(manager);
        return;
    }
    if (deployment->recording > 0 || (!news->deleted && !is_given_away(manager, news->id)))
        return;
    inf_log(INF_LOG_INFO, "serving", "another node has ended a deployment of this one, or got it",
            (const char *[]){"deployment_id", news->id, NULL});
    deployment->recordless = true;
    inf_deployment_stop(deployment, false);
}
