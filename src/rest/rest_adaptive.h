/* rest_adaptive.h - "adaptive_allocations" and the other parameters that _start and _update share.
 *
 * Thread: loop only. Owns: nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_ADAPTIVE_H
#define INFERD_REST_ADAPTIVE_H

#include "inferd/http.h"
#include "inferd/serving.h"

/* What the body says of adaptive allocations: the has_* members, removes_adaptive and adaptive; a
 * bound that is null is named and -1. *ret is zeroed first. */
int rest_adaptive_parse(const struct inf_call *call, struct inf_deployment_update *ret,
                        struct inf_error *err);
/* The complaints about it. `numbered`: a number of allocations is given, too. */
void rest_adaptive_check(const struct inf_deployment_update *update, bool numbered,
                         struct inf_validation *validation);

/* An inf_deployment_done that answers {"assignment":{..}} or the error; arg is the pending. */
void rest_deployment_answer(void *arg, const struct inf_error *failed,
                            const struct inf_deployment *deployment);
/* A number that may be given as 64 bits, as allocations: cut where nothing could hold so many. */
int rest_deployment_count(int64_t number);

#endif
