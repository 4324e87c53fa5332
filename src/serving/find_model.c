/* Which model an id means: its own, an alias, or a pattern that matches exactly one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "find_model.h"
#include <stdio.h>
#include <string.h>

const struct inf_model *inf_manager_find_model(const struct inf_manager *manager,
                                               const char *id_or_alias)
{
    const struct inf_model *model = inf_store_model(manager->store, id_or_alias);
    const struct inf_object *alias = NULL;

    if (model != NULL)
        return model;
    alias = inf_store_object(manager->store, INF_OBJECT_ALIAS, id_or_alias);
    return alias != NULL ? inf_store_model(manager->store, alias->model_id) : NULL;
}

static int too_many(const struct inf_manager *manager, const char *pattern, struct inf_error *err)
{
    char matches[INF_REASON_MAX / 2] = "";
    size_t length = 0;

    for (size_t i = 0; i < inf_store_model_count(manager->store); i++) {
        const char *model_id = inf_store_model_at(manager->store, i)->model_id;
        if (length < sizeof matches && inf_wildcard_match(pattern, model_id))
            length += (size_t)snprintf(matches + length, sizeof matches - length, "%s%s",
                                       length > 0 ? ", " : "", model_id);
    }
    return inf_error_set(
        err, INF_ERR_BAD_REQUEST,
        "cannot deploy more than one model at the same time; [%s] matches models [[%s]]", pattern,
        matches);
}

const struct inf_model *inf_find_one_model(const struct inf_manager *manager,
                                           const char *expression, struct inf_error *err)
{
    const struct inf_model *found = inf_manager_find_model(manager, expression);
    size_t count = found != NULL ? 1 : 0;

    for (size_t i = 0; count == 0 && i < inf_store_model_count(manager->store); i++) {
        const struct inf_model *model = inf_store_model_at(manager->store, i);
        if (!inf_wildcard_match(expression, model->model_id))
            continue;
        if (found != NULL) {
            too_many(manager, expression, err);
            return NULL;
        }
        found = model;
    }
    if (found == NULL)
        inf_error_set(err, INF_ERR_NOT_FOUND, "No known trained model with model_id [%s]",
                      expression);
    return found;
}

bool inf_find_other_model(const struct inf_manager *manager, const char *id,
                          const struct inf_model *model)
{
    const struct inf_model *other = inf_manager_find_model(manager, id);

    return other != NULL && strcmp(other->model_id, model->model_id) != 0;
}
