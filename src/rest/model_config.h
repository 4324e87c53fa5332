/* model_config.h - a model's configuration: from the body of PUT to the stored text, and out again.
 *
 * Elasticsearch judges a body in three steps: a strict parse, whose complaints name a place in the
 * body, a numbered list of broken rules, and what the node cannot do. So does inferd, by parse,
 * check and servable, in this order; print then makes the text.
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
#include "inferd/store.h"
#include "inferd/task.h"
#include <stdbool.h>
#include <stdint.h>

/* The members that are not stored as they came. */
struct inf_model_config {
    struct inf_inference_config *inference; /* NULL when the body has none */
    int64_t model_size_bytes, estimated_operations;
};

/* body's members have the types of the route table, here and below. Fails for whatever is wrong
 * inside them, and for models of a type that inferd does not serve. *ret is the caller's to free
 * with inf_model_config_fini in any case. */
int inf_model_config_parse(const struct inf_json *body, const char *model_id,
                           struct inf_model_config *ret, struct inf_error *err);

/* Gives up what parse took; a zeroed one is fine. */
void inf_model_config_fini(struct inf_model_config *config);

/* Takes one complaint; order as in struct inf_check. */
typedef void (*inf_complain)(void *arg, int order, const char *text);

/* The rules of compatibility 2.1. */
void inf_model_config_check(const struct inf_json *body, const char *model_id,
                            inf_complain complain, void *arg);

/* Fails for what is legal, but beyond a server that does not download models and takes definitions
 * in parts only. */
int inf_model_config_servable(const struct inf_json *body, const char *model_id,
                              struct inf_error *err);

/* Writes the text to store. ret is initialised by the caller, with the most that it may hold. */
int inf_model_config_print(const struct inf_json *body, const char *model_id,
                           const struct inf_model_config *config, int64_t now_ms,
                           struct inf_buf *ret, struct inf_error *err);

/* Parses a stored text. The caller frees *ret with inf_json_free. */
int inf_model_config_open(const char *config, struct inf_json *ret, struct inf_error *err);

struct inf_model_view {
    bool human;             /* adds create_time_string and model_size */
    bool exclude_generated; /* leaves out what a PUT must not set */
    bool definition_status; /* adds fully_defined */
    bool fully_defined;
    const struct inf_object *const *aliases; /* shown in the metadata, in this order */
    size_t alias_count;
    /* Writes further members behind the others; NULL: there are none. */
    void (*write_more)(void *arg, struct inf_jsonw *w);
    void *arg;
};

/* Writes a stored text as the answer shows it. */
int inf_model_config_write(const char *config, const struct inf_model_view *view,
                           struct inf_jsonw *w, struct inf_error *err);

/* The inference_config of a stored text. One reference is the caller's. */
int inf_model_config_inference(const char *config, struct inf_inference_config **ret,
                               struct inf_error *err);

/* Whether the input fields of two stored texts differ so much that a client which does not know of
 * the change gets other results (compatibility 8.6). */
int inf_model_config_inputs_differ(const char *config, const char *old_config, bool *ret,
                                   struct inf_error *err);

/* The tags of a config, stored or in a body: calls visit for each until it returns false. */
void inf_model_config_tags(const struct cJSON *config, bool (*visit)(void *arg, const char *tag),
                           void *arg);

#endif
