/* route_params.h - parameter lists of the route table; each is ended by name == NULL. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_ROUTE_PARAMS_H
#define INFERD_REST_ROUTE_PARAMS_H

#include "inferd/http.h"

extern const struct inf_param inf_health_params[];
extern const struct inf_param inf_index_health_params[];
extern const struct inf_param inf_put_params[];
extern const struct inf_param inf_get_params[];
extern const struct inf_param inf_get_all_params[];
extern const struct inf_param inf_delete_params[];
extern const struct inf_param inf_part_params[];
extern const struct inf_param inf_vocabulary_params[];
extern const struct inf_param inf_stats_params[];
extern const struct inf_param inf_stats_all_params[];
extern const struct inf_param inf_start_params[];
extern const struct inf_param inf_stop_params[];
extern const struct inf_param inf_infer_params[];

#endif
