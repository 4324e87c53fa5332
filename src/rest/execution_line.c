/* execution_line.c - the lines that _execute takes, and those of its answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "execution_line.h"

#include "inferd/http.h"
#include "inferd/json_edit.h"
#include <string.h>

#define ERROR_MAX ((size_t)64 << 10)

/* Takes root, an object: what the run's document consists of. NULL without memory. */
static struct cJSON *make_fields(struct cJSON *root, bool wrapped)
{
    struct cJSON *fields = root, *source = wrapped ? inf_json_find(root, "_source") : NULL;
    int rc = 0;

    if (!wrapped)
        return root;
    fields = inf_json_copy(source);
    for (const struct cJSON *member = inf_json_first(root); fields != NULL && member != NULL;
         member = inf_json_next(member))
        if (inf_doc_is_metadata(inf_json_key(member)))
            rc |= inf_json_set(fields, inf_json_key(member), inf_json_copy(member));
    inf_json_delete(root);
    if (rc == 0)
        return fields;
    inf_json_delete(fields);
    return NULL;
}

bool inf_line_is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (strchr(" \t\r", text[i]) == NULL)
            return false;
    return true;
}

int inf_line_parse(const char *text, size_t length, struct cJSON **ret_fields, bool *ret_wrapped,
                   struct inf_error *err)
{
    struct inf_json json;

    if (inf_json_parse(text, length, NULL, &json, err) != 0)
        return -1;
    if (!inf_json_is_object(json.root)) {
        inf_error_set(err, INF_ERR_X_CONTENT_PARSE, "a line must be an object, not %s",
                      inf_json_token(json.root));
        inf_json_free(&json);
        return -1;
    }
    *ret_wrapped = inf_json_is_object(inf_json_get(json.root, "_source"));
    *ret_fields = make_fields(inf_json_take_root(&json), *ret_wrapped);
    return 0;
}

/* ---- the answer ---- */

static void write_problem(const struct inf_error *err, int64_t line, bool stopped,
                          struct inf_buf *out)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "error");
    inf_response_error_object(&w, err, NULL);
    inf_jsonw_kv_int(&w, "status", inf_err_status(err->code));
    inf_jsonw_kv_int(&w, "line", line);
    if (stopped)
        inf_jsonw_kv_bool(&w, "stopped", true);
    inf_jsonw_end_object(&w);
}

void inf_line_problem(const struct inf_error *err, int64_t line, struct inf_buf *out)
{
    write_problem(err, line, false, out);
}

void inf_line_stopped(const struct inf_error *err, int64_t line, struct inf_buf *out)
{
    write_problem(err, line, true, out);
}

void inf_line_dropped(int64_t line, struct inf_buf *out)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_bool(&w, "dropped", true);
    inf_jsonw_kv_int(&w, "line", line);
    inf_jsonw_end_object(&w);
}

void inf_line_document(const struct inf_doc *doc, bool wrapped, struct inf_buf *out)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    if (!wrapped) {
        inf_doc_write_source(doc, &w);
        return;
    }
    inf_jsonw_begin_object(&w);
    inf_doc_write_metadata(doc, &w);
    inf_jsonw_key(&w, "_source");
    inf_doc_write_source(doc, &w);
    inf_jsonw_end_object(&w);
}

void inf_line_forwarded(const struct inf_forwarded *document, struct inf_buf *out)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    if (document->error != NULL) {
        inf_jsonw_key(&w, "error");
        inf_jsonw_raw(&w, document->error, strlen(document->error));
    }
    if (document->index != NULL)
        inf_jsonw_kv_string(&w, "_index", document->index);
    if (document->id != NULL)
        inf_jsonw_kv_string(&w, "_id", document->id);
    if (document->result != NULL)
        inf_jsonw_kv_string(&w, "result", document->result);
    inf_jsonw_kv_int(&w, "status", document->status);
    if (document->error != NULL)
        inf_jsonw_kv_bool(&w, "dead_letter", document->kept);
    inf_jsonw_kv_int(&w, "line", document->line);
    inf_jsonw_end_object(&w);
}

char *inf_line_error_text(const struct inf_error *err)
{
    struct inf_buf out;
    struct inf_jsonw w;
    size_t length;

    inf_buf_init(&out, ERROR_MAX);
    inf_jsonw_init(&w, &out);
    inf_response_error_object(&w, err, NULL);
    if (!out.failed)
        return inf_buf_take(&out, &length);
    inf_buf_free(&out);
    return NULL;
}
