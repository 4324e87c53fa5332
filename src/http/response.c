/* Renders answers: the one place that knows how an error looks on the wire. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "response.h"

#include "inferd/alloc.h"
#include "inferd/http.h"
#include "inferd/json.h"
#include "inferd/reserve.h"
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

enum { TRACE_TEXT = 8192 }; /* more than a reason, a cause and an origin together */

/* Elasticsearch names the innermost of its own exceptions as the root cause and does not look into
 * those of Java's library; this says which of the two a row is. */
static bool is_own_exception(enum inf_err_code code)
{
    switch (code) {
    case INF_ERR_PARSE:
    case INF_ERR_ALREADY_EXISTS:
    case INF_ERR_TASK_CANCELLED:
    case INF_ERR_BAD_REQUEST:
    case INF_ERR_NOT_FOUND:
    case INF_ERR_NO_DEPLOYMENT_TASK:
    case INF_ERR_NO_ALIAS:
    case INF_ERR_TIMEOUT:
    case INF_ERR_DEPLOYMENT_TIMEOUT:
    case INF_ERR_CONFLICT:
    case INF_ERR_TOO_MANY:
    case INF_ERR_MEMORY:
    case INF_ERR_INTERNAL:
    case INF_ERR_UNAVAILABLE:
    case INF_ERR_UNAUTHENTICATED:
    case INF_ERR_UNAUTHORIZED:
        return true;
    default:
        return false;
    }
}

const char *const inf_challenges[] = {"Basic realm=\"security\", charset=\"UTF-8\"",
                                      "Bearer realm=\"security\"", "ApiKey", NULL};

/* Somebody unknown is told how to say who it is, and what was wrong with a key: that is a remark
 * in Elasticsearch, not a cause. */
static void challenge(struct inf_jsonw *w, const struct inf_error *err)
{
    if (err->code != INF_ERR_UNAUTHENTICATED)
        return;
    if (err->cause_code != INF_ERR_NONE)
        inf_jsonw_kv_string(w, "additional_unsuccessful_credentials", err->cause);
    inf_jsonw_key(w, "header");
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, MHD_HTTP_HEADER_WWW_AUTHENTICATE);
    inf_jsonw_begin_array(w);
    for (size_t i = 0; inf_challenges[i] != NULL; i++)
        inf_jsonw_string(w, inf_challenges[i]);
    inf_jsonw_end_array(w);
    inf_jsonw_end_object(w);
}

static bool is_parse_exception(enum inf_err_code code)
{
    return code == INF_ERR_X_CONTENT_PARSE || code == INF_ERR_NAMED_OBJECT;
}

static bool has_cause(const struct inf_error *err)
{
    return err->cause_code != INF_ERR_NONE && err->code != INF_ERR_UNAUTHENTICATED;
}

static bool cause_is_root(const struct inf_error *err)
{
    if (!has_cause(err))
        return false;
    if (is_own_exception(err->code))
        return is_own_exception(err->cause_code);
    return is_parse_exception(err->code) &&
           (is_own_exception(err->cause_code) || is_parse_exception(err->cause_code));
}

static void type_and_reason(struct inf_jsonw *w, enum inf_err_code code, const char *reason)
{
    const char *type = inf_err_type(code);
    inf_jsonw_kv_string(w, "type", type != NULL ? type : "status_exception");
    inf_jsonw_kv_string(w, "reason", reason);
}

/* "property_name":"field" and the like; the error made it. */
static void metadata(struct inf_jsonw *w, const struct inf_error *err)
{
    if (err->metadata[0] != '\0')
        inf_jsonw_raw(w, err->metadata, strlen(err->metadata));
}

static void trace_line(struct inf_buf *text, enum inf_err_code code, const char *reason)
{
    const char *type = inf_err_type(code);
    inf_buf_printf(text, "%s: %s", type != NULL ? type : "status_exception", reason);
}

/* What Java prints of an exception, without the methods that this program does not have: the
 * request, which the log names by the same number, and the chain of causes. */
static void stack_trace(struct inf_jsonw *w, const struct inf_error *err, const char *origin)
{
    struct inf_buf text;
    if (origin == NULL)
        return;
    inf_buf_init(&text, TRACE_TEXT);
    trace_line(&text, err->code, err->reason);
    inf_buf_printf(&text, "\n\tat %s", origin);
    if (has_cause(err)) {
        inf_buf_puts(&text, "\nCaused by: ");
        trace_line(&text, err->cause_code, err->cause);
    }
    inf_jsonw_kv_string(w, "stack_trace", text.data);
    inf_buf_free(&text);
}

void inf_response_error_object(struct inf_jsonw *w, const struct inf_error *err, const char *origin)
{
    bool inner = cause_is_root(err);
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "root_cause");
    inf_jsonw_begin_array(w);
    inf_jsonw_begin_object(w);
    type_and_reason(w, inner ? err->cause_code : err->code, inner ? err->cause : err->reason);
    challenge(w, err);
    metadata(w, err);
    stack_trace(w, err, origin);
    inf_jsonw_end_object(w);
    inf_jsonw_end_array(w);
    type_and_reason(w, err->code, err->reason);
    challenge(w, err);
    metadata(w, err);
    if (has_cause(err)) {
        inf_jsonw_key(w, "caused_by");
        inf_jsonw_begin_object(w);
        type_and_reason(w, err->cause_code, err->cause);
        inf_jsonw_end_object(w);
    }
    stack_trace(w, err, origin);
    inf_jsonw_end_object(w);
}

void inf_response_error(const struct inf_error *err, const char *origin, struct inf_buf *out)
{
    struct inf_jsonw w;
    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "error");
    if (inf_err_type(err->code) != NULL)
        inf_response_error_object(&w, err, origin);
    else
        inf_jsonw_string(&w, err->reason);
    if (err->code != INF_ERR_NO_HANDLER)
        inf_jsonw_kv_int(&w, "status", inf_err_status(err->code));
    inf_jsonw_end_object(&w);
}

static struct MHD_Response *create(size_t length, char *bytes)
{
    return bytes == NULL ? MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT)
                         : MHD_create_response_from_buffer_with_free_callback(length, bytes, free);
}

/* What was done must be told, so an answer may use the reserve. */
static struct MHD_Response *with_body(struct inf_buf *body)
{
    size_t length = 0;
    char *bytes = body != NULL ? inf_buf_take(body, &length) : NULL;
    struct MHD_Response *response = create(length, bytes);
    if (response == NULL && inf_reserve_release())
        response = create(length, bytes);
    if (response == NULL)
        inf_alloc_failed();
    return response;
}

/* An answer that lacks a header is another answer. An empty value is none. */
static void add(struct MHD_Response *response, const char *name, const char *value)
{
    if (value[0] != '\0' && MHD_add_response_header(response, name, value) != MHD_YES &&
        inf_reserve_release())
        MHD_add_response_header(response, name, value);
}

static void add_head(struct MHD_Response *response, const struct inf_response_head *head)
{
    add(response, "X-elastic-product", "Elasticsearch");
    add(response, MHD_HTTP_HEADER_CONTENT_TYPE, head->content_type);
    if (head->opaque_id != NULL)
        add(response, "X-Opaque-Id", head->opaque_id);
    if (head->gzip)
        add(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    if (head->varies)
        add(response, MHD_HTTP_HEADER_VARY, "Accept-Encoding");
    for (const struct inf_extra_header *extra = head->extra; extra != NULL; extra = extra->next)
        add(response, extra->name, extra->value);
    if (head->close)
        add(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

struct MHD_Response *inf_response_new(const struct inf_response_head *head, struct inf_buf *body)
{
    struct MHD_Response *response = with_body(body);
    add_head(response, head);
    return response;
}

struct MHD_Response *inf_response_new_file(const struct inf_response_head *head, int fd,
                                           uint64_t length)
{
    struct MHD_Response *response = MHD_create_response_from_fd64(length, fd);
    if (response == NULL && inf_reserve_release())
        response = MHD_create_response_from_fd64(length, fd);
    if (response == NULL)
        inf_alloc_failed();
    add_head(response, head);
    return response;
}
