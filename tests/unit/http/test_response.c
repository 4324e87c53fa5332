/* How errors and answers look. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "response.h"
#include <stdio.h>
#include <string.h>

static void renders(const struct inf_error *err, const char *expected)
{
    struct inf_buf out;
    inf_buf_init(&out, 10000);
    inf_response_error(err, NULL, &out);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

static void test_error_objects(void **state)
{
    (void)state;
    struct inf_error err;
    inf_error_set(&err, INF_ERR_NOT_FOUND, "no [%s]", "\"x\"");
    renders(&err, "{\"error\":{\"root_cause\":[{\"type\":\"resource_not_found_exception\","
                  "\"reason\":\"no [\\\"x\\\"]\"}],\"type\":\"resource_not_found_exception\","
                  "\"reason\":\"no [\\\"x\\\"]\"},\"status\":404}");
    inf_error_set(&err, INF_ERR_ILLEGAL_ARGUMENT, "outer");
    inf_error_cause(&err, INF_ERR_NUMBER_FORMAT, "inner");
    renders(&err, "{\"error\":{\"root_cause\":[{\"type\":\"illegal_argument_exception\","
                  "\"reason\":\"outer\"}],\"type\":\"illegal_argument_exception\",\"reason\":"
                  "\"outer\",\"caused_by\":{\"type\":\"number_format_exception\",\"reason\":"
                  "\"inner\"}},\"status\":400}");
}

static void test_string_errors(void **state)
{
    (void)state;
    struct inf_error err;
    inf_error_set(&err, INF_ERR_METHOD_NOT_ALLOWED, "text");
    renders(&err, "{\"error\":\"text\",\"status\":405}");
    inf_error_set(&err, INF_ERR_NO_HANDLER, "text");
    renders(&err, "{\"error\":\"text\"}");
}

static void root_is(enum inf_err_code code, enum inf_err_code cause, const char *expected)
{
    struct inf_error err;
    struct inf_buf out;
    char start[200] = "{\"error\":{\"root_cause\":[{\"type\":\"";
    inf_error_set(&err, code, "outer");
    inf_error_cause(&err, cause, "inner");
    inf_buf_init(&out, 10000);
    inf_response_error(&err, NULL, &out);
    snprintf(start + strlen(start), 100, "%s", expected);
    assert_memory_equal(out.data, start, strlen(start));
    inf_buf_free(&out);
}

static void test_root_cause(void **state)
{
    (void)state;
    root_is(INF_ERR_BAD_REQUEST, INF_ERR_NOT_FOUND, "resource_not_found_exception");
    root_is(INF_ERR_BAD_REQUEST, INF_ERR_ILLEGAL_STATE, "status_exception\",\"reason\":\"outer");
    root_is(INF_ERR_X_CONTENT_PARSE, INF_ERR_JSON_PARSE, "x_content_parse_exception");
    root_is(INF_ERR_X_CONTENT_PARSE, INF_ERR_NAMED_OBJECT, "named_object_not_found_exception");
    root_is(INF_ERR_X_CONTENT_PARSE, INF_ERR_BAD_REQUEST, "status_exception");
    root_is(INF_ERR_X_CONTENT_PARSE, INF_ERR_ILLEGAL_ARGUMENT, "x_content_parse_exception");
    root_is(INF_ERR_MEDIA_TYPE, INF_ERR_BAD_REQUEST, "media_type_header_exception");
}

static void test_stack_trace(void **state)
{
    (void)state;
    struct inf_error err;
    struct inf_buf out;
    inf_error_set(&err, INF_ERR_ILLEGAL_ARGUMENT, "outer");
    inf_error_cause(&err, INF_ERR_NUMBER_FORMAT, "inner");
    inf_buf_init(&out, 10000);
    inf_response_error(&err, "GET /x (request 7)", &out);
    static const char trace[] = "\"stack_trace\":\"illegal_argument_exception: outer\\n\\tat GET "
                                "/x (request 7)\\nCaused by: number_format_exception: inner\"";
    const char *first = strstr(out.data, trace);
    assert_non_null(first); /* of the root cause, and of the error itself */
    assert_non_null(strstr(first + 1, trace));
    inf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_objects),
        cmocka_unit_test(test_string_errors),
        cmocka_unit_test(test_root_cause),
        cmocka_unit_test(test_stack_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
