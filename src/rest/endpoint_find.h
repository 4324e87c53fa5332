/* endpoint_find.h - endpoints among what else there is: the store, models, deployments.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_ENDPOINT_FIND_H
#define INFERD_REST_ENDPOINT_FIND_H

#include "endpoint_cache.h"

/* The stored endpoint, borrowed, which must be of the task where that is not NULL; or NULL with
 * err. */
struct inf_endpoint_entry *inf_endpoint_find(const struct inf_app *app, const char *id,
                                             const char *task, struct inf_error *err);
/* The same as a copy that may be changed, the caller's. */
int inf_endpoint_copy(const struct inf_app *app, const char *id, const char *task,
                      struct inf_endpoint *ret, struct inf_error *err);
/* Its model must be there and have the task that it wants. */
int inf_endpoint_check_model(const struct inf_app *app, const struct inf_endpoint *endpoint,
                             struct inf_error *err);
/* Allocations of the deployment that serves it; 0: it is not deployed. */
int inf_endpoint_allocations(const struct inf_app *app, const struct inf_endpoint *endpoint);
/* For the start of its own deployment. Borrows from the endpoint. */
struct inf_deployment_params inf_endpoint_params(const struct inf_endpoint *endpoint);
/* Is there an endpoint that a deployment serves? Its id goes into ret_id (may be NULL). */
bool inf_endpoint_user_of(const struct inf_app *app, const char *deployment_id,
                          struct inf_buf *ret_id);
/* The same, of a model. */
bool inf_endpoint_user_of_model(const struct inf_app *app, const char *model_id,
                                struct inf_buf *ret_id);
/* The warning about the service's older name. */
void inf_endpoint_warn_elser(struct inf_call *call, const struct inf_endpoint *endpoint);

#endif
