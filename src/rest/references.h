/* references.h - what refers to a model or deployment, and so forbids to stop or delete it.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_REFERENCES_H
#define INFERD_REST_REFERENCES_H

#include "inferd/rest.h"

/* The model's id, its aliases and the ids of its deployments: all names by which a pipeline may
 * mean it. Ends with NULL; the list is the caller's, the names are borrowed until control returns
 * to the loop. */
const char **rest_references_names(const struct inf_app *app, const char *model_id);

/* CONFLICT when a pipeline refers to the deployment, or to an alias of its model. */
int rest_references_check_stop(const struct inf_app *app, const char *deployment_id,
                               struct inf_error *err);
/* CONFLICT when a pipeline refers to the model or an alias of it. */
int rest_references_check_delete(const struct inf_app *app, const char *model_id,
                                 struct inf_error *err);

#endif
