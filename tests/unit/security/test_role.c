/* Role descriptors: what they allow, what is refused, how they are shown. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "role.h"
#include <string.h>

static int read_text(const char *text, uint32_t *ret, struct inf_error *err)
{
    struct inf_json doc;
    int rc;

    assert_int_equal(inf_json_parse(text, strlen(text), NULL, &doc, err), 0);
    rc = inf_role_read(doc.root, "r", ret, err);
    inf_json_free(&doc);
    return rc;
}

static void privileges(void **state)
{
    uint32_t set;
    struct inf_error err;

    (void)state;
    assert_int_equal(read_text("{}", &set, &err), 0);
    assert_int_equal(set, 0);
    assert_int_equal(
        read_text("{\"cluster\":[\"none\",\"manage_ml\",\"read_pipeline\"]}", &set, &err), 0);
    assert_true(inf_privilege_in(INF_PRIV_MONITOR_ML, set));
    assert_true(inf_privilege_in(INF_PRIV_READ_PIPELINE, set));
    assert_false(inf_privilege_in(INF_PRIV_MONITOR, set));
    assert_false(inf_privilege_in(INF_PRIV_AUTHENTICATED, set));
}

static void refused(void **state)
{
    static const char *const samples[][2] = {
        {"{\"cluster\":[\"alle\"]}", "unknown cluster privilege [alle]."},
        {"{\"cluster\":[\"any authenticated caller\"]}", "unknown cluster privilege ["},
        {"{\"cluster\":\"all\"}", "field [cluster] does not take a [VALUE_STRING]"},
        {"{\"cluster\":[1]}", "field [cluster] takes strings, not a [VALUE_NUMBER]"},
        {"{\"clusters\":[]}", "failed to parse role [r]. unexpected field [clusters]"},
        {"[]", "expected an object but found [START_ARRAY]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        uint32_t set;
        struct inf_error err;

        assert_int_equal(read_text(samples[i][0], &set, &err), -1);
        assert_non_null(strstr(err.reason, samples[i][1]));
    }
}

static void shown_in_full(void **state)
{
    static const char text[] = "{\"index\":[{\"names\":[\"a\"],\"privileges\":[\"read\"]}],"
                               "\"cluster\":[\"all\"],\"description\":\"d\"}";
    struct inf_json doc;
    struct inf_error err;
    struct inf_buf out;
    struct inf_jsonw w;

    (void)state;
    assert_int_equal(inf_json_parse(text, strlen(text), NULL, &doc, &err), 0);
    inf_buf_init(&out, 4096);
    inf_jsonw_init(&w, &out);
    inf_role_write(doc.root, &w);
    assert_string_equal(
        out.data,
        "{\"cluster\":[\"all\"],\"indices\":[{\"names\":[\"a\"],\"privileges\":[\"read\"]}],"
        "\"applications\":[],\"run_as\":[],\"metadata\":{},"
        "\"transient_metadata\":{\"enabled\":true},\"description\":\"d\"}");
    inf_buf_free(&out);
    inf_json_free(&doc);
}

static void built_in_ones_can_be_read_back(void **state)
{
    (void)state;
    for (const struct inf_builtin_role *role = inf_builtin_roles; role->name != NULL; role++) {
        struct inf_buf out;
        struct inf_jsonw w;
        uint32_t set;
        struct inf_error err;

        inf_buf_init(&out, 4096);
        inf_jsonw_init(&w, &out);
        inf_builtin_role_write(role, &w);
        assert_int_equal(read_text(out.data, &set, &err), 0);
        assert_int_equal(set, inf_privilege_with_contained(role->cluster));
        assert_ptr_equal(inf_builtin_role(role->name), role);
        inf_buf_free(&out);
    }
    assert_null(inf_builtin_role("nobody"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(privileges),
        cmocka_unit_test(refused),
        cmocka_unit_test(shown_in_full),
        cmocka_unit_test(built_in_ones_can_be_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
