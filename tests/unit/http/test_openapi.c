/* The OpenAPI document of a small table: what a row says is in it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/json.h"
#include "openapi.h"
#include <string.h>

static const struct inf_check counted[] = {
    {.min = 1, .max = INT64_MAX, .text = "must be a positive integer"},
    {.min = INT64_MIN, .max = 100, .text = "must be at most 100"},
    {.text = NULL},
};
static const struct inf_check doubled[] = {
    {.min = 1, .max = 8, .power_of_two = true, .text = "must be a power of 2"},
    {.text = NULL},
};

static void value_is(struct inf_param param, enum inf_param_place place, const char *expected)
{
    struct inf_buf out;
    struct inf_jsonw w;
    inf_buf_init(&out, 10000);
    inf_jsonw_init(&w, &out);
    inf_openapi_value(&w, &param, place);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

static void test_strings(void **state)
{
    (void)state;
    value_is((struct inf_param){.type = INF_P_STRING}, INF_IN_QUERY, "{\"type\":\"string\"}");
    value_is((struct inf_param){.type = INF_P_STRING}, INF_IN_PATH,
             "{\"type\":\"string\",\"minLength\":1}");
    value_is((struct inf_param){.type = INF_P_STRING, .doc = "a \"b\""}, INF_IN_BODY,
             "{\"type\":\"string\",\"description\":\"a \\\"b\\\"\"}");
    value_is((struct inf_param){.type = INF_P_ENUM, .choices = "a|b|c", .dflt = "b"}, INF_IN_QUERY,
             "{\"type\":\"string\",\"enum\":[\"a\",\"b\",\"c\"],\"default\":\"b\"}");
    value_is((struct inf_param){.type = INF_P_LIST, .dflt = "a,b"}, INF_IN_QUERY,
             "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"default\":[\"a\",\"b\"]}");
    value_is((struct inf_param){.type = INF_P_LIST, .dflt = "a,b"}, INF_IN_BODY,
             "{\"type\":\"string\",\"default\":\"a,b\"}");
}

static void test_numbers(void **state)
{
    (void)state;
    value_is((struct inf_param){.type = INF_P_INT, .dflt = "7"}, INF_IN_QUERY,
             "{\"type\":\"integer\",\"format\":\"int32\",\"default\":7}");
    value_is((struct inf_param){.type = INF_P_INT, .checks = counted}, INF_IN_BODY,
             "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1,\"maximum\":100}");
    value_is((struct inf_param){.type = INF_P_INT, .checks = doubled}, INF_IN_QUERY,
             "{\"type\":\"integer\",\"format\":\"int32\",\"enum\":[1,2,4,8]}");
    value_is((struct inf_param){.type = INF_P_BOOL, .dflt = "false"}, INF_IN_QUERY,
             "{\"type\":\"boolean\",\"default\":false}");
}

static void test_values_of_bodies(void **state)
{
    (void)state;
    value_is((struct inf_param){.type = INF_P_OBJECT}, INF_IN_BODY,
             "{\"type\":[\"object\",\"null\"]}");
    value_is((struct inf_param){.type = INF_P_ANY}, INF_IN_BODY, "{}");
    value_is((struct inf_param){.type = INF_P_OBJECT, .schema = "x", .doc = "d"}, INF_IN_BODY,
             "{\"$ref\":\"#/components/schemas/x\",\"description\":\"d\"}");
}

static enum inf_outcome nothing(struct inf_call *call, struct inf_error *err)
{
    (void)call;
    (void)err;
    return INF_REPLIED;
}

static const struct inf_param params[] = {
    {.name = "id", .type = INF_P_STRING, .in = INF_IN_PATH | INF_IN_BODY},
    {.name = "both", .type = INF_P_INT, .in = INF_IN_QUERY | INF_IN_BODY},
    {.name = "twice", .type = INF_P_STRING, .in = INF_IN_QUERY},
    {.name = "twice", .type = INF_P_STRING, .in = INF_IN_BODY, .required = true},
    {.name = NULL},
};
static const struct inf_route routes[] = {
    {.methods = INF_GET,
     .path = "/_a/{id}",
     .params = params,
     .privilege = INF_PRIV_MONITOR,
     .response = "x",
     .plain_text = true,
     .handler = nothing,
     .doc = "Reads."},
    {.methods = INF_HEAD, .path = "/", .handler = nothing},
    {.methods = INF_POST,
     .path = "/_a/{id}",
     .params = params,
     .body = INF_BODY_REQUIRED,
     .parser = "p",
     .response = "x",
     .timeout_body = true,
     .warning = "old",
     .compatible_only = true,
     .handler = nothing},
    {.path = NULL},
};
static const struct inf_schema schemas[] = {{"error", "{}"}, {"x", "{\"type\":\"object\"}"}, {0}};

/* The member at a path of keys and "#n" for the n-th element, each ended by a NULL. */
static const struct cJSON *at(const struct cJSON *value, ...)
{
    va_list keys;
    va_start(keys, value);
    for (const char *key = va_arg(keys, const char *); key != NULL;
         key = va_arg(keys, const char *)) {
        if (key[0] != '#') {
            value = inf_json_get(value, key);
            continue;
        }
        value = inf_json_first(value);
        for (int n = key[1] - '0'; n > 0; n--)
            value = inf_json_next(value);
    }
    va_end(keys);
    return value;
}

static void test_document(void **state)
{
    (void)state;
    struct inf_buf out;
    struct inf_json doc;
    struct inf_error err;
    inf_buf_init(&out, 100000);
    inf_routes_print_openapi(routes, (const struct inf_schema *const[]){schemas, NULL}, "1.2",
                             &out);
    if (inf_json_parse(out.data, out.length, NULL, &doc, &err) != 0)
        fail_msg("%s", err.reason);
    const struct cJSON *path = at(doc.root, "paths", "/_a/{id}", NULL);
    const struct cJSON *get = at(path, "get", NULL), *post = at(path, "post", NULL);
    assert_string_equal(inf_json_string(at(doc.root, "info", "version", NULL)), "1.2");
    assert_int_equal(inf_json_size(at(doc.root, "paths", NULL)), 2);
    assert_string_equal(inf_json_string(at(get, "operationId", NULL)), "get_a_id");
    assert_string_equal(inf_json_string(at(get, "tags", "#0", NULL)), "a");
    assert_string_equal(inf_json_string(at(get, "x-privilege", NULL)), "monitor");
    assert_int_equal(inf_json_size(at(get, "parameters", NULL)), 3 + 5);
    assert_null(at(get, "requestBody", NULL));
    assert_null(at(get, "deprecated", NULL));
    assert_non_null(at(get, "responses", "200", "content", "text/plain", NULL));
    assert_null(at(get, "responses", "408", NULL));

    const struct cJSON *body =
        at(post, "requestBody", "content", "application/json", "schema", NULL);
    assert_true(inf_json_true(at(post, "deprecated", NULL)));
    assert_int_equal(inf_json_size(at(post, "parameters", NULL)), 3 + 7);
    assert_int_equal(inf_json_size(at(body, "properties", NULL)), 3);
    assert_string_equal(inf_json_string(at(body, "required", "#0", NULL)), "twice");
    assert_true(inf_json_is_bool(at(body, "additionalProperties", NULL)));
    assert_non_null(at(post, "responses", "408", "content", "application/json", NULL));
    assert_null(at(post, "responses", "200", "content", "text/plain", NULL));

    const struct cJSON *head = at(doc.root, "paths", "/", "head", NULL);
    assert_string_equal(inf_json_string(at(head, "operationId", NULL)), "head_root");
    assert_null(at(head, "responses", "200", "content", NULL));
    inf_json_free(&doc);
    inf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_values_of_bodies),
        cmocka_unit_test(test_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
