/* rest_handlers.h - what the rows of routes.c point to, by file. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_HANDLERS_H
#define INFERD_REST_HANDLERS_H

#include "inferd/http.h"

/* rest_root.c */
enum inf_outcome rest_root(struct inf_call *call, struct inf_error *err);

/* rest_health.c */
enum inf_outcome rest_health_get(struct inf_call *call, struct inf_error *err);

/* rest_model_put.c, rest_model_get.c, rest_model_delete.c */
void rest_model_check(struct inf_call *call, struct inf_validation *validation);
enum inf_outcome rest_model_put(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_model_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_model_get_all(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_model_delete(struct inf_call *call, struct inf_error *err);

/* rest_upload.c */
int rest_upload_open(struct inf_call *call, struct inf_error *err);
int rest_upload_data(struct inf_call *call, const char *data, size_t length, struct inf_error *err);
enum inf_outcome rest_upload_end(struct inf_call *call, struct inf_error *err);

/* rest_vocabulary.c */
void rest_vocabulary_check(struct inf_call *call, struct inf_validation *validation);
enum inf_outcome rest_vocabulary_put(struct inf_call *call, struct inf_error *err);

/* rest_deployment.c */
void rest_deployment_check(struct inf_call *call, struct inf_validation *validation);
enum inf_outcome rest_deployment_start(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_deployment_stop(struct inf_call *call, struct inf_error *err);

/* rest_infer.c */
void rest_infer_check(struct inf_call *call, struct inf_validation *validation);
enum inf_outcome rest_infer(struct inf_call *call, struct inf_error *err);

/* rest_stats.c */
enum inf_outcome rest_stats_get(struct inf_call *call, struct inf_error *err);
enum inf_outcome rest_stats_get_all(struct inf_call *call, struct inf_error *err);

#endif
