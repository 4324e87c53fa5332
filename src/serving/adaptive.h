/* adaptive.h - adaptive allocations: looks at every deployment that has them enabled, lets the
 * scaler decide and changes their number (compatibility 9.7). Nothing is decided while a deployment
 * is not STARTED.
 *
 * Thread: loop only. Owns: deployment->scaling. Bound: O(deployments) an interval. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_ADAPTIVE_H
#define INFERD_SERVING_ADAPTIVE_H

#include "deployment.h"

/* A deployment has come, its settings have changed, it goes. What the change of a bound calls for
 * comes with the next look. */
void inf_adaptive_begin(struct inf_deployment *deployment);
void inf_adaptive_changed(struct inf_deployment *deployment);
void inf_adaptive_end(struct inf_deployment *deployment);

/* Looks at all deployments, if deployment.adaptive_interval has passed since the last time. */
void inf_adaptive_look(struct inf_manager *manager, uint64_t now_ns);

/* A request has come for a deployment without allocations: asks for the first ones. 0: they are on
 * their way, or will be asked for again; -1 with err (TOO_MANY): there is no room. */
int inf_adaptive_wake(struct inf_deployment *deployment, struct inf_error *err);

/* ---- in a cluster ---- */
/* What this node has counted, for the one that scales. */
struct inf_load inf_adaptive_load(const struct inf_deployment *deployment);
bool inf_adaptive_has_worked(const struct inf_load *load); /* is there anything to be told? */

#endif
