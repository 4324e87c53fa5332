/* _infer and cache/_clear as the API gives them: which deployment an id means and whether it can
 * take a request now, in Elasticsearch's order (compatibility 8.4, 8.5). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "adaptive.h"
#include "away.h"
#include "command.h"
#include "discard.h"
#include <string.h>

/* started before starting before stopping before failed. */
static int preference(const struct inf_deployment *deployment)
{
    static const int by_state[] = {[INF_DEPLOYMENT_STARTED] = 3,
                                   [INF_DEPLOYMENT_STARTING] = 2,
                                   [INF_DEPLOYMENT_STOPPING] = 1,
                                   [INF_DEPLOYMENT_FAILED] = 0};

    return by_state[inf_deployment_state(deployment)];
}

/* The id of the deployment that an inference endpoint shares, else the id itself: an endpoint's own
 * deployment is called as it is. */
static const char *shared_deployment(const struct inf_manager *manager, const char *id)
{
    const struct inf_object *endpoint = inf_store_object(manager->store, INF_OBJECT_ENDPOINT, id);
    const struct inf_deployment *deployment = NULL;
    struct inf_json json;
    struct inf_error ignored;
    const char *name;

    if (endpoint == NULL ||
        inf_json_parse_own(endpoint->text, strlen(endpoint->text), NULL, &json, &ignored) != 0)
        return id;
    name = inf_json_string(inf_json_get_path(json.root, "service_settings.deployment_id"));
    if (name != NULL)
        deployment = inf_strmap_get(manager->deployments, name);
    inf_json_free(&json);
    return deployment != NULL ? deployment->id : id;
}

/* The model's id where the id is an alias, the deployment's where it is an endpoint's, else the id
 * itself. */
static const char *concrete(const struct inf_manager *manager, const char *id)
{
    const struct inf_object *alias = inf_store_object(manager->store, INF_OBJECT_ALIAS, id);

    if (alias != NULL)
        return alias->model_id;
    return inf_strmap_get(manager->deployments, id) != NULL ? id : shared_deployment(manager, id);
}

/* In better state, or else with allocations on this node, or else with a shorter queue. */
static bool is_better(const struct inf_deployment *one, const struct inf_deployment *other)
{
    int difference = preference(one) - preference(other);

    if (difference == 0)
        difference = (one->current > 0) - (other->current > 0);
    return difference != 0 ? difference > 0 : one->queue.size < other->queue.size;
}

/* A deployment id, else the best deployment of the model. */
static struct inf_deployment *resolve(const struct inf_manager *manager, const char *id)
{
    struct inf_deployment *best = inf_strmap_get(manager->deployments, id);

    if (best != NULL)
        return best;
    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        struct inf_deployment *other = inf_strmap_at(manager->deployments, i, NULL);
        if (strcmp(other->model_id, id) != 0)
            continue;
        if (best == NULL || is_better(other, best))
            best = other;
    }
    return best;
}

struct inf_deployment *inf_command_resolve(const struct inf_manager *manager, const char *id)
{
    return resolve(manager, concrete(manager, id));
}

/* asked: the id as the client wrote it; id: the concrete one. */
static int check_infer(const struct inf_manager *manager, const char *asked, const char *id,
                       const struct inf_deployment *deployment, struct inf_error *err)
{
    if (manager->stopping)
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "the server is stopping");
    if (deployment == NULL && inf_store_model(manager->store, id) == NULL)
        return inf_error_set(err, INF_ERR_NOT_FOUND, "Could not find trained model [%s]", asked);
    if (deployment == NULL)
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "Model [%s] must be deployed to use. Please deploy with the start "
                             "trained model deployment API.",
                             id);
    if (deployment->state == INF_DEPLOYMENT_STOPPING || deployment->state == INF_DEPLOYMENT_FAILED)
        return inf_error_set(err, INF_ERR_CONFLICT, "Trained model [%s] is [%s]", deployment->id,
                             inf_deployment_state_name(deployment->state));
    /* One that has served before keeps its queue open while its worker is made anew. */
    if (deployment->number_of_allocations > 0 ? deployment->serving : deployment->scaling != NULL)
        return 0;
    inf_deployment_no_place_error(asked, err);
    return -1;
}

static int begin(struct inf_deployment *deployment, const struct inf_infer_request *request,
                 struct inf_infer **ret, struct inf_error *err)
{
    if (deployment->number_of_allocations == 0 && inf_adaptive_wake(deployment, err) != 0)
        return -1;
    if (deployment->number_of_allocations == 0 || deployment->waking ||
        deployment->worker == NULL || deployment->worker->runtime == NULL)
        return inf_held_add(deployment, request, ret, err);
    return inf_infer_begin(deployment, request, ret, err);
}

void inf_manager_infer(struct inf_manager *manager, const char *id,
                       const struct inf_infer_request *request, struct inf_infer **ret)
{
    const char *concrete_id = concrete(manager, id);
    struct inf_deployment *deployment = resolve(manager, concrete_id);
    struct inf_error err;

    *ret = NULL;
    if (inf_away_begin(manager, id, request, ret))
        return;
    if (check_infer(manager, id, concrete_id, deployment, &err) != 0 ||
        begin(deployment, request, ret, &err) != 0)
        request->done(request->arg, &err, NULL);
}

struct inf_deployment *inf_command_served(const struct inf_manager *manager, const char *id,
                                          struct inf_error *err)
{
    const char *concrete_id = concrete(manager, id);
    struct inf_deployment *deployment = resolve(manager, concrete_id);

    if (check_infer(manager, id, concrete_id, deployment, err) != 0)
        return NULL;
    if (deployment->worker != NULL && deployment->worker->runtime != NULL)
        return deployment;
    inf_deployment_no_place_error(id, err);
    return NULL;
}

static void put_input(const struct inf_runtime *runtime, enum inf_prefix prefix,
                      struct inf_model_input *ret)
{
    inf_buf_puts(&ret->field, runtime->input_field);
    if (runtime->prefixes[prefix] != NULL)
        inf_buf_puts(&ret->begin, runtime->prefixes[prefix]);
}

bool inf_manager_input(const struct inf_manager *manager, const char *id, enum inf_prefix prefix,
                       struct inf_model_input *ret)
{
    const char *concrete_id = concrete(manager, id);
    const struct inf_deployment *deployment = resolve(manager, concrete_id);
    const struct inf_model *model;
    struct inf_runtime unserved = {.refs = 1};
    struct inf_json json = {0};
    struct inf_error ignored;

    inf_buf_init(&ret->field, INF_REASON_MAX);
    inf_buf_init(&ret->begin, SIZE_MAX / 2);
    if (deployment != NULL && deployment->worker != NULL && deployment->worker->runtime != NULL) {
        put_input(deployment->worker->runtime, prefix, ret);
        return true;
    }
    /* Rare: nothing serves it now. */
    model =
        inf_store_model(manager->store, deployment != NULL ? deployment->model_id : concrete_id);
    if (model == NULL || inf_runtime_read_input(&unserved, model->config, &json, &ignored) != 0) {
        inf_buf_puts(&ret->field, "input");
        return false;
    }
    put_input(&unserved, prefix, ret);
    inf_runtime_free_input(&unserved);
    inf_json_free(&json);
    return true;
}

int inf_manager_clear_cache(struct inf_manager *manager, const char *deployment_id,
                            struct inf_error *err)
{
    struct inf_deployment *deployment = inf_strmap_get(manager->deployments, deployment_id);

    if (deployment == NULL)
        return inf_error_set(err, INF_ERR_NOT_FOUND, "No known model deployment with id [%s]",
                             deployment_id);
    /* What is computed at this moment may enter the new one. It cannot be stale: a result depends
     * on the model's file, the settings and the text, and the first never changes under a
     * deployment.
     */
    inf_discard_cache(manager, deployment->cache);
    deployment->cache = inf_cache_new(deployment->cache_bytes);
    return 0;
}
