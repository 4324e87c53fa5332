/* restore.h - from the store's record of a deployment to the deployment, and the other way.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_RESTORE_H
#define INFERD_SERVING_RESTORE_H

struct inf_deployment;
struct inf_manager;

/* Begins every deployment that the store remembers; called once, at the start. A record that makes
 * no sense any more (its model is gone) is logged and left. */
void inf_restore_deployments(struct inf_manager *manager);

/* The settings of a deployment as JSON text for the store; the caller frees it. */
char *inf_restore_text(const struct inf_deployment *deployment);

#endif
