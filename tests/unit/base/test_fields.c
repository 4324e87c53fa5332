/* Typed members of an object: what each reader takes, and the words and place of each complaint. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/fields.h"
#include <string.h>

static const char body[] =
    "{\n \"o\":{\"yes\":true,\"no\":\"false\",\"n\":-7,\"t\":\"12\",\"z\":null,\n"
    "  \"half\":0.5,\"big\":3000000000,\"word\":\"x\",\"e\":{},\n  \"list\":[{}]}}";
static const char *const known[] = {"number", "text", NULL};

struct fixture {
    struct inf_json json;
    struct inf_fields fields;
    const struct cJSON *object;
    struct inf_error err;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){0};
    if (inf_json_parse(body, strlen(body), NULL, &fixture.json, &fixture.err) != 0) {
        return -1;
    }
    fixture.fields = (struct inf_fields){
        .doc = &fixture.json, .path = "o", .parser = "some_parser", .known = known};
    fixture.object = inf_json_get(fixture.json.root, "o");
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    inf_json_free(&f->json);
    return 0;
}

static void says(const struct fixture *f, int rc, const char *reason, enum inf_err_code cause_code,
                 const char *cause)
{
    assert_int_equal(rc, -1);
    assert_int_equal(f->err.code, INF_ERR_X_CONTENT_PARSE);
    assert_string_equal(f->err.reason, reason);
    assert_int_equal(f->err.cause_code, cause_code);
    assert_string_equal(f->err.cause, cause);
}

static const struct cJSON *member(const struct fixture *f, const char *key)
{
    return inf_json_get(f->object, key);
}

static void test_bool(void **state)
{
    struct fixture *f = *state;
    bool value = false;
    assert_int_equal(inf_fields_bool(&f->fields, member(f, "yes"), &value, &f->err), 0);
    assert_true(value);
    assert_int_equal(inf_fields_bool(&f->fields, member(f, "no"), &value, &f->err), 0);
    assert_false(value);
    says(f, inf_fields_bool(&f->fields, member(f, "word"), &value, &f->err),
         "[3:31] [some_parser] failed to parse field [word]", INF_ERR_ILLEGAL_ARGUMENT,
         "Failed to parse value [x] as only [true] or [false] are allowed.");
    says(f, inf_fields_bool(&f->fields, member(f, "n"), &value, &f->err),
         "[2:31] [some_parser] n doesn't support values of type: VALUE_NUMBER", INF_ERR_NONE, "");
}

static void test_int(void **state)
{
    struct fixture *f = *state;
    int value = 0;
    assert_int_equal(inf_fields_int(&f->fields, member(f, "n"), &value, &f->err), 0);
    assert_int_equal(value, -7);
    assert_int_equal(inf_fields_int(&f->fields, member(f, "t"), &value, &f->err), 0);
    assert_int_equal(value, 12);
    says(f, inf_fields_int(&f->fields, member(f, "half"), &value, &f->err),
         "[3:3] [some_parser] failed to parse field [half]", INF_ERR_ILLEGAL_ARGUMENT,
         "0.5 cannot be converted to Integer without data loss");
    says(f, inf_fields_int(&f->fields, member(f, "big"), &value, &f->err),
         "[3:14] [some_parser] failed to parse field [big]", INF_ERR_ILLEGAL_ARGUMENT,
         "Value [3000000000] is out of range for an integer");
    says(f, inf_fields_int(&f->fields, member(f, "word"), &value, &f->err),
         "[3:31] [some_parser] failed to parse field [word]", INF_ERR_NUMBER_FORMAT,
         "For input string: \"x\"");
    says(f, inf_fields_int(&f->fields, member(f, "z"), &value, &f->err),
         "[2:47] [some_parser] z doesn't support values of type: VALUE_NULL", INF_ERR_NONE, "");
    assert_int_equal(value, 12);
}

static void test_string_and_object(void **state)
{
    struct fixture *f = *state;
    const char *text = NULL;
    assert_int_equal(inf_fields_string(&f->fields, member(f, "word"), &text, &f->err), 0);
    assert_string_equal(text, "x");
    says(f, inf_fields_string(&f->fields, member(f, "e"), &text, &f->err),
         "[3:42] [some_parser] e doesn't support values of type: START_OBJECT", INF_ERR_NONE, "");
    assert_int_equal(inf_fields_object(&f->fields, member(f, "e"), &f->err), 0);
    says(f, inf_fields_object(&f->fields, member(f, "word"), &f->err),
         "[3:31] [some_parser] word doesn't support values of type: VALUE_STRING", INF_ERR_NONE,
         "");
}

static void test_unknown(void **state)
{
    struct fixture *f = *state;
    says(f, inf_fields_unknown(&f->fields, "word", &f->err),
         "[3:31] [some_parser] unknown field [word]", INF_ERR_NONE, "");
    says(f, inf_fields_unknown(&f->fields, "numbr", &f->err),
         "[1:1] [some_parser] unknown field [numbr] did you mean [number]?", INF_ERR_NONE, "");
    f->fields.doc = NULL;
    f->fields.known = NULL;
    says(f, inf_fields_unknown(&f->fields, "word", &f->err), "[some_parser] unknown field [word]",
         INF_ERR_NONE, "");
    assert_int_equal(inf_fields_unknown_name(&f->fields, "word", &f->err), -1);
    assert_int_equal(f->err.code, INF_ERR_NAMED_OBJECT);
    assert_string_equal(f->err.reason, "unknown field [word]");
}

static void test_wrapping_keeps_the_innermost_cause(void **state)
{
    struct fixture *f = *state;
    inf_error_set(&f->err, INF_ERR_ILLEGAL_ARGUMENT, "why");
    inf_fields_failed(&f->fields, "word", &f->err);
    says(f, inf_fields_failed(&f->fields, "e", &f->err),
         "[3:42] [some_parser] failed to parse field [e]", INF_ERR_ILLEGAL_ARGUMENT, "why");
}

static void test_named(void **state)
{
    struct fixture *f = *state;
    const struct cJSON *named = NULL;
    struct inf_fields root = {.doc = &f->json, .path = "", .parser = "some_parser"};
    assert_int_equal(inf_fields_named(&root, f->json.root, "thing", &named, &f->err), 0);
    assert_string_equal(inf_json_key(named), "o");
    says(f, inf_fields_named(&f->fields, f->object, "thing", &named, &f->err),
         "[2:7] [some_parser] [thing] must hold exactly one name and its settings", INF_ERR_NONE,
         "");
    says(f, inf_fields_named(&f->fields, member(f, "e"), "thing", &named, &f->err),
         "[1:1] [some_parser] [thing] must hold exactly one name and its settings", INF_ERR_NONE,
         "");
    says(f, inf_fields_named(&f->fields, member(f, "list"), "thing", &named, &f->err),
         "[1:1] [some_parser] [thing] must hold exactly one name and its settings", INF_ERR_NONE,
         "");
    says(f, inf_fields_named(&f->fields, NULL, "thing", &named, &f->err),
         "[1:1] [some_parser] [thing] must hold exactly one name and its settings", INF_ERR_NONE,
         "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bool, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_int, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_string_and_object, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unknown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrapping_keeps_the_innermost_cause, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_named, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
