/* The error type: table, constructors, cutting at characters. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/error.h"
#include "inferd/json.h"
#include <stdio.h>
#include <string.h>

static void test_set_clears_everything(void **state)
{
    (void)state;
    struct inf_error err = {.retry_after_s = 5};
    inf_error_set(&err, INF_ERR_TOO_MANY, "first");
    inf_error_cause(&err, INF_ERR_IO, "inner");
    err.retry_after_s = 3;
    assert_int_equal(inf_error_set(&err, INF_ERR_NOT_FOUND, "no model [%s], %d", "m", 7), -1);
    assert_int_equal(err.code, INF_ERR_NOT_FOUND);
    assert_int_equal(err.cause_code, INF_ERR_NONE);
    assert_int_equal(err.retry_after_s, 0);
    assert_string_equal(err.reason, "no model [m], 7");
    assert_string_equal(err.cause, "");
}

static void test_cause(void **state)
{
    (void)state;
    struct inf_error err;
    inf_error_set(&err, INF_ERR_PARSE, "outer");
    assert_int_equal(inf_error_cause(&err, INF_ERR_NUMBER_FORMAT, "For input string: \"%s\"", "x"),
                     -1);
    assert_int_equal(err.code, INF_ERR_PARSE);
    assert_string_equal(err.reason, "outer");
    assert_int_equal(err.cause_code, INF_ERR_NUMBER_FORMAT);
    assert_string_equal(err.cause, "For input string: \"x\"");
}

static void test_the_one_complaint(void **state)
{
    (void)state;
    struct inf_error err;
    assert_int_equal(inf_error_invalid(&err, INF_ERR_VALIDATION, "[%s] is missing", "x"), -1);
    assert_int_equal(err.code, INF_ERR_VALIDATION);
    assert_string_equal(err.reason, "Validation Failed: 1: [x] is missing;");
}

static void test_wrap(void **state)
{
    (void)state;
    struct inf_error err;
    inf_error_set(&err, INF_ERR_ILLEGAL_ARGUMENT, "bad");
    assert_int_equal(inf_error_wrap(&err, INF_ERR_X_CONTENT_PARSE, "[1:2] failed"), -1);
    assert_int_equal(err.code, INF_ERR_X_CONTENT_PARSE);
    assert_string_equal(err.reason, "[1:2] failed");
    assert_int_equal(err.cause_code, INF_ERR_ILLEGAL_ARGUMENT);
    assert_string_equal(err.cause, "bad");
    inf_error_wrap(&err, INF_ERR_BAD_REQUEST, "outermost");
    assert_string_equal(err.reason, "outermost");
    assert_string_equal(err.cause, "bad");
}

static void test_arguments_may_be_the_present_reason(void **state)
{
    (void)state;
    struct inf_error err;
    inf_error_set(&err, INF_ERR_IO, "disk");
    inf_error_set(&err, INF_ERR_IO, "%s is full, %s", err.reason, err.reason);
    assert_string_equal(err.reason, "disk is full, disk");
    inf_error_wrap(&err, INF_ERR_INTERNAL, "saw: %s", err.reason);
    assert_string_equal(err.reason, "saw: disk is full, disk");
    assert_string_equal(err.cause, "disk is full, disk");
}

/* A name that a precision shortens inside a character. */
static void test_shortened_name(void **state)
{
    (void)state;
    struct inf_error err;
    inf_error_set(&err, INF_ERR_PARSE, "unexpected field [%.3s] here", "ab\xC3\xA4");
    assert_string_equal(err.reason, "unexpected field [ab] here");
    inf_error_cause(&err, INF_ERR_PARSE, "[%.4s]", "\xF0\x9F\x98\x80\xE2\x82\xAC");
    assert_string_equal(err.cause, "[\xF0\x9F\x98\x80]");
    inf_error_wrap(&err, INF_ERR_PARSE, "[%.1s]", "\xC3\xA4");
    assert_string_equal(err.reason, "[]");
}

/* For every length around the limit: never longer, never half a character. */
static void test_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t kind = 0; kind < 4; kind++) {
        for (int lead = 0; lead < 5; lead++) {
            char text[2 * INF_REASON_MAX] = "";
            struct inf_error err;
            size_t size = strlen(characters[kind]);
            memset(text, 'x', (size_t)lead);
            for (size_t at = (size_t)lead; at + size < sizeof text; at += size) {
                memcpy(text + at, characters[kind], size);
            }
            inf_error_set(&err, INF_ERR_IO, "%s", text);
            inf_error_cause(&err, INF_ERR_IO, "%s", text);
            size_t length = strlen(err.reason), cause = strlen(err.cause);
            assert_true(length < INF_REASON_MAX && length + size >= INF_REASON_MAX);
            assert_true(cause < INF_CAUSE_MAX && cause + size >= INF_CAUSE_MAX);
            assert_true(inf_utf8_valid(err.reason, length));
            assert_true(inf_utf8_valid(err.cause, cause));
        }
    }
}

static void test_rows(void **state)
{
    (void)state;
    assert_int_equal(inf_err_status(INF_ERR_NOT_FOUND), 404);
    assert_string_equal(inf_err_type(INF_ERR_NOT_FOUND), "resource_not_found_exception");
    assert_int_equal(inf_err_status(INF_ERR_HEADERS_TOO_LARGE), 431);
    assert_null(inf_err_type(INF_ERR_HEADERS_TOO_LARGE));
    for (int code = INF_ERR_NONE + 1; code < INF_ERR_COUNT; code++) {
        int status = inf_err_status((enum inf_err_code)code);
        assert_true(status >= 400 && status < 600);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_clears_everything),
        cmocka_unit_test(test_cause),
        cmocka_unit_test(test_the_one_complaint),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_arguments_may_be_the_present_reason),
        cmocka_unit_test(test_shortened_name),
        cmocka_unit_test(test_cut_between_characters),
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
