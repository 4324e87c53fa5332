/* model_config.h - a model's configuration: from the body of PUT to the stored text, and out again.
 *
 * The stored text is the answer of GET, defaults written out, in Elasticsearch's order of fields.
 * It is parsed again wherever a field is needed, so there is no second form of it that could
 * differ.
 *
 * Thread: any (pure). Bound: the request's body limit. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_MODEL_CONFIG_H
#define INFERD_REST_MODEL_CONFIG_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include "inferd/json.h"
#include "inferd/task.h"
#include <stdbool.h>
#include <stdint.h>

/* Takes one complaint; order as in struct inf_check. */
typedef void (*inf_complain)(void *arg, int order, const char *text);

/* The rules of compatibility 2.1. body's members have the types of the route table. */
void inf_model_config_check(const struct inf_json *body, const char *model_id,
                            inf_complain complain, void *arg);

/* Writes the text to store; after inf_model_config_check had no complaint. ret is initialised by
 * the caller. Fails for whatever is wrong inside the fields, and for what inferd cannot serve. */
int inf_model_config_build(const struct inf_json *body, const char *model_id, int64_t now_ms,
                           struct inf_buf *ret, struct inf_error *err);

struct inf_model_view {
    bool human;             /* adds create_time_string and model_size */
    bool exclude_generated; /* leaves out what a PUT must not set */
    bool definition_status; /* adds fully_defined */
    bool fully_defined;
};

/* Writes a stored text as the answer shows it. */
int inf_model_config_write(const char *config, const struct inf_model_view *view,
                           struct inf_jsonw *w, struct inf_error *err);

/* The inference_config of a stored text. */
int inf_model_config_inference(const char *config, struct inf_inference_config *ret,
                               struct inf_error *err);

/* The tags of a config, stored or in a body: calls visit for each until it returns false. */
void inf_model_config_tags(const struct cJSON *config, bool (*visit)(void *arg, const char *tag),
                           void *arg);

#endif
