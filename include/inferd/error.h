/* error.h - the one type that carries an error from anywhere to the response.
 *
 * The lowest function that knows the reason a user should read sets it; the layers above pass it
 * on; src/http/response.c alone renders it. A row of INF_ERRORS gives the HTTP status and the
 * Elasticsearch exception type, so a status code is written nowhere else.
 *
 * Thread: any (the struct lives on the caller's stack or in the caller's object).
 * Bound:  a reason is cut at INF_REASON_MAX bytes, never inside a UTF-8 sequence. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ERROR_H
#define INFERD_ERROR_H

#define INF_REASON_MAX 1024
#define INF_CAUSE_MAX 768
#define INF_METADATA_MAX 320

/* X(name, HTTP status, Elasticsearch type). A NULL type is an error that Elasticsearch renders as a
 * plain string ({"error":"text","status":n}); INF_ERR_NO_HANDLER lacks even the status field. */
#define INF_ERRORS(X)                                                \
    X(NONE, 200, "none")                                             \
    X(ILLEGAL_ARGUMENT, 400, "illegal_argument_exception")           \
    X(VALIDATION, 400, "action_request_validation_exception")        \
    X(STATE_VALIDATION, 400, "validation_exception")                 \
    X(PARSE, 400, "parse_exception")                                 \
    X(X_CONTENT_PARSE, 400, "x_content_parse_exception")             \
    X(JSON_PARSE, 400, "json_parse_exception")                       \
    X(NUMBER_FORMAT, 400, "number_format_exception")                 \
    X(NAMED_OBJECT, 400, "named_object_not_found_exception")         \
    X(MEDIA_TYPE, 400, "media_type_header_exception")                \
    X(ALREADY_EXISTS, 400, "resource_already_exists_exception")      \
    X(TASK_CANCELLED, 400, "status_exception")                       \
    X(BAD_REQUEST, 400, "status_exception")                          \
    X(UNAUTHENTICATED, 401, "security_exception")                    \
    X(UNAUTHORIZED, 403, "security_exception")                       \
    X(FORBIDDEN, 403, "status_exception")                            \
    X(NOT_FOUND, 404, "resource_not_found_exception")                \
    X(NO_DEPLOYMENT_TASK, 404, "status_exception")                   \
    X(NO_ALIAS, 404, "status_exception")                             \
    X(TIMEOUT, 408, "status_exception")                              \
    X(DEPLOYMENT_TIMEOUT, 408, "model_deployment_timeout_exception") \
    X(CONFLICT, 409, "status_exception")                             \
    X(CONTENT_TOO_LONG, 413, "content_too_long_exception")           \
    X(MISDIRECTED, 421, "status_exception")                          \
    X(TOO_MANY, 429, "status_exception")                             \
    X(QUEUE_FULL, 429, "es_rejected_execution_exception")            \
    X(MEMORY, 429, "circuit_breaking_exception")                     \
    X(INTERNAL, 500, "status_exception")                             \
    X(ILLEGAL_STATE, 500, "illegal_state_exception")                 \
    X(FAIL_PROCESSOR, 500, "fail_processor_exception")               \
    X(IO, 500, "i_o_exception")                                      \
    X(UNAVAILABLE, 503, "status_exception")                          \
    X(INSUFFICIENT_STORAGE, 507, "i_o_exception")                    \
    X(NO_HANDLER, 400, NULL)                                         \
    X(PLAIN_BAD_REQUEST, 400, NULL)                                  \
    X(METHOD_NOT_ALLOWED, 405, NULL)                                 \
    X(NOT_ACCEPTABLE, 406, NULL)                                     \
    X(REQUEST_TIMEOUT, 408, NULL)                                    \
    X(PAYLOAD_TOO_LARGE, 413, NULL)                                  \
    X(HEADERS_TOO_LARGE, 431, NULL)

enum inf_err_code {
#define INF_ERROR_ENUM(name, status, type) INF_ERR_##name,
    INF_ERRORS(INF_ERROR_ENUM)
#undef INF_ERROR_ENUM
        INF_ERR_COUNT
};

/* `cause` is the innermost caused_by; cause_code is INF_ERR_NONE when there is none.
 * retry_after_s > 0 becomes the Retry-After header of a 429 or 503. */
struct inf_error {
    enum inf_err_code code;
    enum inf_err_code cause_code;
    int retry_after_s;
    char reason[INF_REASON_MAX];
    char cause[INF_CAUSE_MAX];
    char metadata[INF_METADATA_MAX]; /* members of the error object: "\"property_name\":\"x\"" */
};

/* Sets code and reason (printf form), clears cause and retry_after_s. Returns -1, so that failing
 * is one line: `return inf_error_set(err, INF_ERR_NOT_FOUND, "...", id);`. err must not be NULL.
 * Arguments of the format may point into err->reason. */
int inf_error_set(struct inf_error *err, enum inf_err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for the one complaint of a validation: "Validation Failed: 1: <reason>;". */
int inf_error_invalid(struct inf_error *err, enum inf_err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds the innermost cause to an error already set. Returns -1. */
int inf_error_cause(struct inf_error *err, enum inf_err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a member of the error object beside type and reason ("property_name", "processor_type");
 * what there is no room for is left out. Returns -1. */
int inf_error_metadata(struct inf_error *err, const char *name, const char *value);

/* Makes the present reason the cause and sets a new outer code and reason. Returns -1.
 * Used where Elasticsearch wraps one exception in another. */
int inf_error_wrap(struct inf_error *err, enum inf_err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

int inf_err_status(enum inf_err_code code);       /* HTTP status of the row */
const char *inf_err_type(enum inf_err_code code); /* Elasticsearch type, NULL for string errors */

#endif
