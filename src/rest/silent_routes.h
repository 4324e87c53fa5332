/* silent_routes.h - deployments of nodes that did not say how they are. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_SILENT_ROUTES_H
#define INFERD_REST_SILENT_ROUTES_H

#include "gather.h"

/* For each of the others without an answer that runs some of the deployment, as far as it has said
 * before, an entry of _stats: nothing but a failed route with the reason. */
void inf_silent_routes_write(const struct inf_gathered *others, const char *model_id,
                             const char *deployment_id, struct inf_jsonw *w);

#endif
