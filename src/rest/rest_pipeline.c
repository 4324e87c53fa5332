/* rest_pipeline.c - ingest pipelines: put, shown, deleted. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "comma_list.h"
#include "inferd/alloc.h"
#include "inferd/ingest.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

/* ---- PUT ---- */

enum inf_outcome rest_pipeline_put(struct inf_call *call, struct inf_error *err)
{
    struct rest_pending *pending = rest_pending_new(call, NULL, NULL);
    int64_t if_version = inf_call_has(call, "if_version") ? inf_call_int(call, "if_version") : -1;

    rest_pending_begin(pending);
    if (inf_ingest_put(rest_app(call)->ingest, inf_call_str(call, "id"), inf_call_body(call)->root,
                       if_version, rest_pending_acknowledge, pending, err) == 0)
        return rest_pending_outcome(pending);
    rest_pending_end(pending);
    return INF_FAILED;
}

/* ---- GET ---- */

/* Without what it does. */
static void write_summary(const char *text, struct inf_jsonw *w)
{
    struct inf_json definition;
    struct inf_error err;

    inf_jsonw_begin_object(w);
    if (inf_json_parse_own(text, strlen(text), NULL, &definition, &err) == 0) {
        for (const struct cJSON *member = inf_json_first(definition.root); member != NULL;
             member = inf_json_next(member))
            if (strcmp(inf_json_key(member), "processors") != 0 &&
                strcmp(inf_json_key(member), "on_failure") != 0) {
                inf_jsonw_key(w, inf_json_key(member));
                inf_jsonw_value(w, member);
            }
        inf_json_free(&definition);
    }
    inf_jsonw_end_object(w);
}

static enum inf_outcome show(struct inf_call *call, const char *ids, struct inf_error *err)
{
    const struct inf_ingest *ingest = rest_app(call)->ingest;
    bool summary = inf_call_bool(call, "summary");
    struct inf_comma_list list;
    struct inf_buf body;
    struct inf_jsonw w;
    size_t shown = 0;

    inf_comma_list_init(&list, ids);
    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    for (size_t i = 0; i < inf_ingest_count(ingest); i++) {
        const struct inf_pipeline *pipeline = inf_ingest_at(ingest, i);
        const char *text = inf_pipeline_text(pipeline);

        if (!inf_comma_list_matches(&list, inf_pipeline_id(pipeline)))
            continue;
        shown++;
        inf_jsonw_key(&w, inf_pipeline_id(pipeline));
        if (summary)
            write_summary(text, &w);
        else
            inf_jsonw_raw(&w, text, strlen(text));
    }
    inf_jsonw_end_object(&w);
    inf_comma_list_free(&list);
    return rest_reply_found(call, shown > 0 || ids == NULL || strcmp(ids, "*") == 0, &body, err);
}

enum inf_outcome rest_pipeline_get(struct inf_call *call, struct inf_error *err)
{
    return show(call, inf_call_str(call, "id"), err);
}

enum inf_outcome rest_pipeline_get_all(struct inf_call *call, struct inf_error *err)
{
    return show(call, NULL, err);
}

/* ---- DELETE ---- */

struct deletion {
    int left; /* pipelines that are still stored, and one while they are being told */
    bool failed;
    struct inf_error err;
};

static void deleted(void *arg, const struct inf_error *err)
{
    struct deletion *deletion = rest_pending_data(arg);

    if (err != NULL && !deletion->failed) {
        deletion->failed = true;
        deletion->err = *err;
    }
    if (--deletion->left == 0)
        rest_pending_acknowledge(arg, deletion->failed ? &deletion->err : NULL);
}

/* Copies of the ids that match, ended by NULL. */
static char **find_ids(const struct inf_ingest *ingest, const char *expression)
{
    char **ids = inf_alloc(inf_ingest_count(ingest) + 1, sizeof *ids);
    struct inf_comma_list list;
    size_t count = 0;

    inf_comma_list_init(&list, expression);
    for (size_t i = 0; i < inf_ingest_count(ingest); i++)
        if (inf_comma_list_matches(&list, inf_pipeline_id(inf_ingest_at(ingest, i))))
            ids[count++] = inf_strdup(inf_pipeline_id(inf_ingest_at(ingest, i)));
    inf_comma_list_free(&list);
    return ids;
}

enum inf_outcome rest_pipeline_delete(struct inf_call *call, struct inf_error *err)
{
    struct inf_ingest *ingest = rest_app(call)->ingest;
    const char *expression = inf_call_str(call, "id");
    char **ids = find_ids(ingest, expression);
    struct rest_pending *pending;
    struct deletion *deletion;

    if (ids[0] == NULL && strcmp(expression, "*") != 0) {
        free(ids);
        inf_error_set(err, INF_ERR_NOT_FOUND, "pipeline [%s] is missing", expression);
        return INF_FAILED;
    }
    deletion = inf_alloc(1, sizeof *deletion);
    deletion->left = 1;
    pending = rest_pending_new(call, deletion, free);
    rest_pending_begin(pending);
    for (char **id = ids; *id != NULL; id++) {
        deletion->left++;
        inf_ingest_delete(ingest, *id, deleted, pending);
        free(*id);
    }
    free(ids);
    deleted(pending, NULL);
    return rest_pending_outcome(pending);
}

/* ---- what there is ---- */

enum inf_outcome rest_processor_list(struct inf_call *call, struct inf_error *err)
{
    const char *name;
    struct inf_buf body;
    struct inf_jsonw w;

    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "processors");
    inf_jsonw_begin_array(&w);
    for (size_t i = 0; (name = inf_processor_name_at(i)) != NULL; i++) {
        if (strcmp(name, "script") == 0)
            continue; /* it is there to be refused */
        inf_jsonw_begin_object(&w);
        inf_jsonw_kv_string(&w, "type", name);
        inf_jsonw_end_object(&w);
    }
    inf_jsonw_end_array(&w);
    inf_jsonw_end_object(&w);
    return rest_reply(call, &body, err);
}

enum inf_outcome rest_grok_patterns(struct inf_call *call, struct inf_error *err)
{
    struct inf_buf body;

    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_buf_puts(&body, "{\"patterns\":{}}");
    return rest_reply(call, &body, err);
}
