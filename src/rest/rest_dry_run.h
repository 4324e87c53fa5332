/* rest_dry_run.h - what a _start with dry_run=true answers.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_DRY_RUN_H
#define INFERD_REST_DRY_RUN_H

#include "inferd/http.h"
#include "inferd/serving.h"

/* Answers the call with the report, now or later. */
enum inf_outcome rest_dry_run(struct inf_call *call, const struct inf_deployment_params *params);

#endif
