/* rest_handlers.h - what the rows of routes.c point to, by file. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_HANDLERS_H
#define INFERD_REST_HANDLERS_H

#include "inferd/http.h"

/* rest_root.c */
enum inf_outcome rest_root(struct inf_call *call, struct inf_error *err);

/* rest_openapi.c */
enum inf_outcome rest_openapi_get(struct inf_call *call, struct inf_error *err);

/* rest_health.c */
enum inf_outcome rest_health_get(struct inf_call *call, struct inf_error *err);

/* rest_cluster_settings.c */
void rest_cluster_settings_check(struct inf_call *call, struct inf_validation *validation);
enum inf_outcome rest_cluster_settings_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_cluster_settings_put(struct inf_call *call, struct inf_error *err);

/* rest_nodes.c, rest_node_stats.c: all nodes, some nodes, some metrics */
enum inf_outcome rest_nodes_get_all(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_nodes_get_some(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_nodes_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_node_stats_get(struct inf_call *call, struct inf_error *err);

/* rest_cat.c, rest_cat_health.c, rest_cat_nodes.c, rest_cat_models.c */
enum inf_outcome rest_cat_list(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_cat_health(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_cat_nodes(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_cat_models(struct inf_call *call, struct inf_error *err);

/* rest_license.c, rest_xpack.c */
enum inf_outcome rest_license_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_license_basic_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_license_trial_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_xpack_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_xpack_usage_get(struct inf_call *call, struct inf_error *err);

/* rest_ml_info.c, rest_ml_memory.c, rest_upgrade_mode.c */
enum inf_outcome rest_ml_info_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_ml_memory_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_upgrade_mode_set(struct inf_call *call, struct inf_error *err);

/* rest_model_put.c, rest_model_get.c, rest_model_delete.c */
enum inf_outcome rest_model_put(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_model_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_model_get_all(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_model_delete(struct inf_call *call, struct inf_error *err);

/* rest_alias.c */
void rest_alias_check(struct inf_call *call, struct inf_validation *validation);
enum inf_outcome rest_alias_put(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_alias_delete(struct inf_call *call, struct inf_error *err);

/* rest_approval.c */
void rest_approval_check(struct inf_call *call, struct inf_validation *validation);
void rest_approval_put_check(struct inf_call *call, struct inf_validation *validation);
enum inf_outcome rest_approval_list(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_approval_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_approval_put(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_approval_delete(struct inf_call *call, struct inf_error *err);

/* rest_upload.c */
int rest_upload_open(struct inf_call *call, struct inf_error *err);
int rest_upload_data(struct inf_call *call, const char *data, size_t length, struct inf_error *err);
enum inf_outcome rest_upload_end(struct inf_call *call, struct inf_error *err);

/* rest_peer.c */
enum inf_outcome rest_peer_definition(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_peer_part(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_peer_vocabulary(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_peer_chunks(struct inf_call *call, struct inf_error *err);

/* rest_vocabulary.c */
void rest_vocabulary_check(struct inf_call *call, struct inf_validation *validation);
enum inf_outcome rest_vocabulary_put(struct inf_call *call, struct inf_error *err);

/* rest_deployment_start.c, rest_deployment_update.c, rest_deployment_stop.c */
void rest_deployment_check(struct inf_call *call, struct inf_validation *validation);
enum inf_outcome rest_deployment_start(struct inf_call *call, struct inf_error *err);
void rest_deployment_update_check(struct inf_call *call, struct inf_validation *validation);
enum inf_outcome rest_deployment_update(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_deployment_stop(struct inf_call *call, struct inf_error *err);

/* rest_cache.c */
enum inf_outcome rest_cache_clear(struct inf_call *call, struct inf_error *err);

/* rest_infer.c */
void rest_infer_check(struct inf_call *call, struct inf_validation *validation);
enum inf_outcome rest_infer(struct inf_call *call, struct inf_error *err);

/* rest_pipeline.c, rest_simulate.c */
enum inf_outcome rest_pipeline_put(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_pipeline_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_pipeline_get_all(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_pipeline_delete(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_processor_list(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_grok_patterns(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_simulate(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_simulate_stored(struct inf_call *call, struct inf_error *err);

/* rest_execute.c */
int rest_execute_open(struct inf_call *call, struct inf_error *err);
int rest_execute_data(struct inf_call *call, const char *data, size_t length,
                      struct inf_error *err);
enum inf_outcome rest_execute_end(struct inf_call *call, struct inf_error *err);

/* rest_inference.c, rest_inference_infer.c */
enum inf_outcome rest_inference_put(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_inference_put_task(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_inference_get_all(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_inference_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_inference_get_task(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_inference_update(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_inference_update_task(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_inference_delete(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_inference_delete_task(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_inference_infer(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_inference_infer_task(struct inf_call *call, struct inf_error *err);

/* rest_stats.c */
enum inf_outcome rest_stats_get(struct inf_call *call, struct inf_error *err);

/* rest_security_caller.c */
enum inf_outcome rest_security_authenticate(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_privileges_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_builtin_privileges_get(struct inf_call *call, struct inf_error *err);

/* rest_security_has.c */
enum inf_outcome rest_security_has_privileges(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_user_has_privileges(struct inf_call *call, struct inf_error *err);

/* rest_security_user.c */
enum inf_outcome rest_security_user_get_all(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_user_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_user_put(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_user_delete(struct inf_call *call, struct inf_error *err);

/* rest_security_password.c */
enum inf_outcome rest_security_password_put(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_own_password_put(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_user_enable(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_user_disable(struct inf_call *call, struct inf_error *err);

/* rest_security_role.c */
enum inf_outcome rest_security_role_get_all(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_role_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_role_put(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_role_delete(struct inf_call *call, struct inf_error *err);

/* rest_security_key.c */
enum inf_outcome rest_security_key_create(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_key_update(struct inf_call *call, struct inf_error *err);

/* rest_security_key_get.c */
enum inf_outcome rest_security_key_get(struct inf_call *call, struct inf_error *err);

/* rest_security_key_query.c */
enum inf_outcome rest_security_key_query(struct inf_call *call, struct inf_error *err);

/* rest_security_key_invalidate.c */
enum inf_outcome rest_security_key_invalidate(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_security_key_clear_cache(struct inf_call *call, struct inf_error *err);

#endif
