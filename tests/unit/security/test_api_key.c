/* API keys as they are stored, and what they allow. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api_key.h"
#include <string.h>

static struct inf_api_key key;

/* The key with these descriptors, written and read again. */
static void stored(const char *role_descriptors, const char *limited_by, const char *hash)
{
    static char text[2048];
    struct inf_json own = {0}, owner = {0};
    struct inf_error err;
    struct inf_buf out;
    struct inf_api_key first = {.name = "n",
                                .hash = hash,
                                .username = "u",
                                .realm = "reserved",
                                .realm_type = "reserved",
                                .creation_ms = 5,
                                .expiration_ms = 1000};

    assert_int_equal(inf_json_parse(role_descriptors, strlen(role_descriptors), NULL, &own, &err),
                     0);
    assert_int_equal(inf_json_parse(limited_by, strlen(limited_by), NULL, &owner, &err), 0);
    first.role_descriptors = own.root;
    first.limited_by = owner.root;
    inf_buf_init(&out, sizeof text - 1);
    inf_api_key_write(&first, &out);
    assert_false(out.failed);
    memcpy(text, out.data, out.length + 1);
    inf_buf_free(&out);
    inf_json_free(&own);
    inf_json_free(&owner);
    assert_int_equal(inf_api_key_read(&(struct inf_object){.id = "i", .text = text}, &key), 0);
}

static void secrets(void **state)
{
    struct inf_new_api_key made;

    (void)state;
    inf_api_key_make(&made);
    assert_int_equal(strlen(made.id), INF_API_KEY_ID_SIZE - 1);
    assert_int_equal(strlen(made.secret), INF_API_KEY_SECRET_SIZE - 1);
    assert_int_equal(strlen(made.encoded), INF_API_KEY_ENCODED_SIZE - 1);
    stored("{}", "{}", made.hash);
    assert_string_equal(key.name, "n");
    assert_string_equal(key.username, "u");
    assert_int_equal(key.creation_ms, 5);
    assert_true(inf_api_key_matches(&key, made.id, made.secret));
    assert_false(inf_api_key_matches(&key, made.id, "x"));
    assert_false(inf_api_key_matches(&key, "i", made.secret));
    inf_api_key_free(&key);
    stored("{}", "{}", "");
    assert_false(inf_api_key_matches(&key, made.id, made.secret));
    inf_api_key_free(&key);
}

static uint32_t allows(const char *role_descriptors, const char *limited_by)
{
    uint32_t set;

    stored(role_descriptors, limited_by, "");
    set = inf_api_key_privileges(&key);
    inf_api_key_free(&key);
    return set;
}

static void never_more_than_its_owner(void **state)
{
    static const char owner[] = "{\"o\":{\"cluster\":[\"manage_ml\",\"read_pipeline\"]}}";

    (void)state;
    assert_int_equal(allows("{}", "{}"), 0);
    assert_true(inf_privilege_in(INF_PRIV_MANAGE_ML, allows("{}", owner)));
    assert_int_equal(allows("{\"a\":{\"cluster\":[]}}", owner), 0);
    assert_int_equal(allows("{\"a\":{\"cluster\":[\"monitor_ml\"]}}", owner),
                     inf_privilege_with_contained(INF_PRIV_MONITOR_ML));
    assert_false(
        inf_privilege_in(INF_PRIV_MANAGE, allows("{\"a\":{\"cluster\":[\"all\"]}}", owner)));
    assert_true(
        inf_privilege_in(INF_PRIV_MANAGE_ML, allows("{\"a\":{\"cluster\":[\"all\"]}}", owner)));
    assert_int_equal(allows("{\"a\":{\"cluster\":[\"gone\"]}}", owner), 0);
}

static void active(void **state)
{
    (void)state;
    stored("{}", "{}", "");
    assert_true(inf_api_key_active(&key, 999));
    assert_false(inf_api_key_active(&key, 1000));
    key.expiration_ms = 0;
    assert_true(inf_api_key_active(&key, INT64_MAX));
    key.invalidation_ms = 1;
    assert_false(inf_api_key_active(&key, 0));
    inf_api_key_free(&key);
}

static void damaged(void **state)
{
    (void)state;
    assert_int_equal(inf_api_key_read(&(struct inf_object){.id = "i", .text = "{"}, &key), -1);
    assert_int_equal(
        inf_api_key_read(&(struct inf_object){.id = "i", .text = "{\"expiration\":\"x\"}"}, &key),
        0);
    assert_false(inf_api_key_active(&key, 5));
    assert_int_equal(inf_api_key_privileges(&key), 0);
    inf_api_key_free(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets),
        cmocka_unit_test(never_more_than_its_owner),
        cmocka_unit_test(active),
        cmocka_unit_test(damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
