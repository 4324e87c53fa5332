/* elsewhere.h - what other nodes of the cluster run. Thread: loop only. Owns: nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_ELSEWHERE_H
#define INFERD_SERVING_ELSEWHERE_H

#include "inferd/serving_cluster.h"

/* Has a deployment of exactly this id a record, though this node does not run it? */
bool inf_elsewhere_runs(const struct inf_manager *manager, const char *deployment_id);
/* 0, or UNAVAILABLE that names the node that runs the deployment, or one of the model or alias. */
int inf_elsewhere_check(const struct inf_manager *manager, const char *id, struct inf_error *err);

#endif
