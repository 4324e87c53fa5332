/* command.h - checks of the commands that more than one of them makes.
 *
 * Thread: loop only. Owns: nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_COMMAND_H
#define INFERD_SERVING_COMMAND_H

#include "manager.h"

/* Everything about a _start that can be said before a deployment is made, in the order of
 * compatibility 8.1; *ret is the model, whose id the expression in params stands for. */
int inf_command_check_start(const struct inf_manager *manager,
                            const struct inf_deployment_params *params,
                            const struct inf_model **ret, struct inf_error *err);
/* The deployment that a _start of this model asks for, in no map yet. */
struct inf_deployment *inf_command_newcomer(struct inf_manager *manager,
                                            const struct inf_deployment_params *params,
                                            const struct inf_model *model);

/* The deployment that a deployment's, model's, alias's or endpoint's id means: of a model's several
 * the one that is best off. NULL: there is none. */
struct inf_deployment *inf_command_resolve(const struct inf_manager *manager, const char *id);
/* The deployment that a request with this id goes to now, whose model is there; NULL with the error
 * that the request would be told. */
struct inf_deployment *inf_command_served(const struct inf_manager *manager, const char *id,
                                          struct inf_error *err);

#endif
