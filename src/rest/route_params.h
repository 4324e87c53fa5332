/* route_params.h - parameter lists of the route table; each is ended by name == NULL. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_ROUTE_PARAMS_H
#define INFERD_REST_ROUTE_PARAMS_H

#include "inferd/http.h"

extern const struct inf_param inf_health_params[];
extern const struct inf_param inf_index_health_params[];
extern const struct inf_param inf_settings_get_params[];
extern const struct inf_param inf_settings_put_params[];
extern const struct inf_param inf_nodes_params[];
extern const struct inf_param inf_peer_params[];
extern const struct inf_param inf_peer_part_params[];
extern const struct inf_param inf_peer_chunks_params[];
extern const struct inf_param inf_nodes_node_params[];
extern const struct inf_param inf_nodes_node_metric_params[];
extern const struct inf_param inf_node_stats_params[];
extern const struct inf_param inf_node_stats_metric_params[];
extern const struct inf_param inf_node_stats_index_params[];
extern const struct inf_param inf_node_stats_node_params[];
extern const struct inf_param inf_node_stats_node_metric_params[];
extern const struct inf_param inf_node_stats_node_index_params[];
extern const struct inf_param inf_cat_health_params[];
extern const struct inf_param inf_cat_nodes_params[];
extern const struct inf_param inf_cat_models_all_params[];
extern const struct inf_param inf_cat_models_params[];
extern const struct inf_param inf_license_params[];
extern const struct inf_param inf_xpack_params[];
extern const struct inf_param inf_xpack_usage_params[];
extern const struct inf_param inf_ml_memory_params[];
extern const struct inf_param inf_ml_memory_node_params[];
extern const struct inf_param inf_upgrade_mode_params[];
extern const struct inf_param inf_put_params[];
extern const struct inf_param inf_get_params[];
extern const struct inf_param inf_get_all_params[];
extern const struct inf_param inf_delete_params[];
extern const struct inf_param inf_alias_put_params[];
extern const struct inf_param inf_alias_delete_params[];
extern const struct inf_param inf_approval_params[];
extern const struct inf_param inf_approval_put_params[];
extern const struct inf_param inf_part_params[];
extern const struct inf_param inf_vocabulary_params[];
extern const struct inf_param inf_stats_params[];
extern const struct inf_param inf_stats_all_params[];
extern const struct inf_param inf_start_params[];
extern const struct inf_param inf_update_params[];
extern const struct inf_param inf_stop_params[];
extern const struct inf_param inf_cache_clear_params[];
extern const struct inf_param inf_infer_params[];
extern const struct inf_param inf_user_params[];
extern const struct inf_param inf_users_params[];
extern const struct inf_param inf_all_users_params[];
extern const struct inf_param inf_user_put_params[];
extern const struct inf_param inf_password_params[];
extern const struct inf_param inf_own_password_params[];
extern const struct inf_param inf_has_params[];
extern const struct inf_param inf_user_has_params[];
extern const struct inf_param inf_role_params[];
extern const struct inf_param inf_roles_params[];
extern const struct inf_param inf_role_put_params[];
extern const struct inf_param inf_key_create_params[];
extern const struct inf_param inf_key_update_params[];
extern const struct inf_param inf_key_get_params[];
extern const struct inf_param inf_key_query_params[];
extern const struct inf_param inf_key_invalidate_params[];
extern const struct inf_param inf_key_cache_params[];
extern const struct inf_param inf_pipeline_put_params[];
extern const struct inf_param inf_pipeline_get_params[];
extern const struct inf_param inf_pipeline_get_all_params[];
extern const struct inf_param inf_pipeline_delete_params[];
extern const struct inf_param inf_execute_params[];
extern const struct inf_param inf_inference_put_params[];
extern const struct inf_param inf_inference_put_task_params[];
extern const struct inf_param inf_inference_params[];
extern const struct inf_param inf_inference_task_params[];
extern const struct inf_param inf_inference_infer_params[];
extern const struct inf_param inf_inference_infer_task_params[];
extern const struct inf_param inf_inference_update_params[];
extern const struct inf_param inf_inference_update_task_params[];
extern const struct inf_param inf_inference_delete_params[];
extern const struct inf_param inf_inference_delete_task_params[];
extern const struct inf_param inf_simulate_params[];
extern const struct inf_param inf_simulate_stored_params[];

#endif
