/* endpoint.h - an inference endpoint: its configuration as given, kept and shown.
 *
 * An endpoint is a name for a task that a deployment serves: its own, which has the endpoint's id
 * and is started with it, or another one's (deployment_id).
 *
 * Thread: loop only. Owns: its copies. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_ENDPOINT_H
#define INFERD_REST_ENDPOINT_H

#include "inferd/json_edit.h"
#include "inferd/rest.h"

enum inf_endpoint_task {
    INF_ENDPOINT_TEXT_EMBEDDING,
    INF_ENDPOINT_SPARSE_EMBEDDING,
    INF_ENDPOINT_RERANK,
    INF_ENDPOINT_TASKS
};

struct inf_endpoint {
    char *id, *model_id;
    char *deployment_id; /* NULL: its own */
    enum inf_endpoint_task task;
    bool elser;      /* given by the service's older name */
    int allocations; /* 0: not given */
    int threads;     /* 0: not given */
    struct inf_adaptive adaptive;
    int dimensions;         /* of a text_embedding endpoint; 0: not known */
    char *similarity;       /* likewise; NULL: not given */
    struct cJSON *chunking; /* with its defaults; NULL of a rerank endpoint */
    bool return_documents;  /* of a rerank endpoint */
};

const char *inf_endpoint_task_name(enum inf_endpoint_task task); /* "text_embedding" */
/* The name of the models' task behind it: "text_expansion". */
const char *inf_endpoint_model_task(enum inf_endpoint_task task);
/* Of a name in a path; -1: none that is served. */
int inf_endpoint_task_find(const char *name);

/* Reads the body of a PUT. task: of the path, or NULL. */
int inf_endpoint_parse(const char *id, const char *task, const struct cJSON *body,
                       struct inf_endpoint *ret, struct inf_error *err);
/* Reads what inf_endpoint_write wrote. */
int inf_endpoint_load(const struct inf_object *object, struct inf_endpoint *ret,
                      struct inf_error *err);
void inf_endpoint_fini(struct inf_endpoint *endpoint); /* zeroed is fine */
/* The endpoint as an object; live: allocations as the deployment has them now (0: as given). */
void inf_endpoint_write(const struct inf_endpoint *endpoint, int live, struct inf_jsonw *w);
/* The id of the deployment that serves it. */
const char *inf_endpoint_deployment(const struct inf_endpoint *endpoint);
/* The members of "service_settings" that an _update may change; anything else is refused. */
int inf_endpoint_parse_update(const struct cJSON *body, struct inf_deployment_update *ret,
                              struct inf_error *err);

#endif
