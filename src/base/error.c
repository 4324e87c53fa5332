/* error.c - the error table and the only functions that fill a struct inf_error.
 *
 * A text is always formatted into a scratch buffer first: callers may name the present reason as an
 * argument of the new one, which is how an error is wrapped with more context. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/error.h"

#include "inferd/json.h"
#include "utf8.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int status;
    const char *type;
} rows[INF_ERR_COUNT] = {
#define INF_ERROR_ROW(name, status, type) {status, type},
    INF_ERRORS(INF_ERROR_ROW)
#undef INF_ERROR_ROW
};

/* Copies text to dest[size], cut between characters when it is longer than that. What a precision
 * ("%.128s") cut off inside of one is left out as well. */
static void copy_cut(char *dest, size_t size, const char *text)
{
    size_t length = inf_utf8_cut(text, strlen(text), size - 1);
    memcpy(dest, text, length);
    dest[length] = '\0';
    inf_utf8_mend(dest);
}

/* The scratch buffer holds one character more than a reason, so that copy_cut can see where the
 * last character that fits ends. */
struct scratch {
    char text[INF_REASON_MAX + 4];
};

__attribute__((format(printf, 2, 0))) static void format_into(struct scratch *scratch,
                                                              const char *format, va_list args)
{
    if (vsnprintf(scratch->text, sizeof scratch->text, format, args) < 0) {
        scratch->text[0] = '\0';
    }
}

int inf_error_set(struct inf_error *err, enum inf_err_code code, const char *format, ...)
{
    struct scratch scratch;
    va_list args;
    va_start(args, format);
    format_into(&scratch, format, args);
    va_end(args);
    err->code = code;
    err->cause_code = INF_ERR_NONE;
    err->retry_after_s = 0;
    err->cause[0] = '\0';
    err->metadata[0] = '\0';
    copy_cut(err->reason, sizeof err->reason, scratch.text);
    return -1;
}

int inf_error_invalid(struct inf_error *err, enum inf_err_code code, const char *format, ...)
{
    struct scratch scratch;
    va_list args;
    va_start(args, format);
    format_into(&scratch, format, args);
    va_end(args);
    return inf_error_set(err, code, "Validation Failed: 1: %s;", scratch.text);
}

int inf_error_cause(struct inf_error *err, enum inf_err_code code, const char *format, ...)
{
    struct scratch scratch;
    va_list args;
    va_start(args, format);
    format_into(&scratch, format, args);
    va_end(args);
    err->cause_code = code;
    copy_cut(err->cause, sizeof err->cause, scratch.text);
    return -1;
}

int inf_error_wrap(struct inf_error *err, enum inf_err_code code, const char *format, ...)
{
    struct scratch scratch;
    va_list args;
    va_start(args, format);
    format_into(&scratch, format, args);
    va_end(args);
    /* The innermost cause stays: an error wrapped twice still names what went wrong first. */
    if (err->cause_code == INF_ERR_NONE) {
        err->cause_code = err->code;
        copy_cut(err->cause, sizeof err->cause, err->reason);
    }
    err->code = code;
    err->retry_after_s = 0;
    copy_cut(err->reason, sizeof err->reason, scratch.text);
    return -1;
}

int inf_error_metadata(struct inf_error *err, const char *name, const char *value)
{
    size_t length = strlen(err->metadata);
    struct inf_buf member;
    struct inf_jsonw w;

    inf_buf_init(&member, sizeof err->metadata - length - 1);
    inf_jsonw_init(&w, &member);
    w.comma = length > 0;
    inf_jsonw_kv_string(&w, name, value);
    if (!member.failed)
        memcpy(err->metadata + length, member.data, member.length + 1);
    inf_buf_free(&member);
    return -1;
}

int inf_err_status(enum inf_err_code code)
{
    assert((unsigned)code < INF_ERR_COUNT);
    return rows[code].status;
}

const char *inf_err_type(enum inf_err_code code)
{
    assert((unsigned)code < INF_ERR_COUNT);
    return rows[code].type;
}
