/* What is written for the gateway and read of it, also where it is damaged. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "etcd_message.h"
#include <string.h>

static void assert_range(const struct inf_etcd_question *question, const char *expected)
{
    struct inf_buf out;

    inf_buf_init(&out, 4096);
    inf_etcd_write_range(question, &out);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

static void test_questions(void **state)
{
    (void)state;
    /* "p/k", and with the last byte one greater "p/l"; "p/k1" with a NUL behind. */
    assert_range(&(struct inf_etcd_question){.prefix = "p/", .key = "k", .limit = 1},
                 "{\"key\":\"cC9r\",\"limit\":\"1\"}");
    assert_range(&(struct inf_etcd_question){.prefix = "p/", .key = "k", .below = true, .limit = 9},
                 "{\"key\":\"cC9r\",\"range_end\":\"cC9s\",\"limit\":\"9\"}");
    assert_range(
        &(struct inf_etcd_question){
            .prefix = "p/", .key = "k", .below = true, .after = "p/k1", .revision = 7, .limit = 9},
        "{\"key\":\"cC9rMQA=\",\"range_end\":\"cC9s\",\"revision\":\"7\",\"limit\":\"9\"}");
}

static int read_range(const char *text, struct inf_etcd_pairs *ret, bool *ret_more)
{
    struct inf_json json;
    struct inf_error err;
    int rc;

    assert_int_equal(inf_json_parse(text, strlen(text), NULL, &json, &err), 0);
    *ret = (struct inf_etcd_pairs){0};
    rc = inf_etcd_read_range(json.root, "p/", ret, ret_more);
    inf_json_free(&json);
    return rc;
}

static void test_ranges(void **state)
{
    static const char *const bad[] = {
        "[]",
        "{}",
        "{\"header\":{},\"kvs\":[{}]}",
        "{\"header\":{},\"kvs\":[{\"key\":\"cS9r\",\"value\":\"\"}]}",
        "{\"header\":{},\"kvs\":[{\"key\":\"cC9r\",\"value\":\"=\"}]}",
        "{\"header\":{},\"kvs\":[{\"key\":\"cC8A\"}]}",
    };
    struct inf_etcd_pairs pairs;
    bool more;

    (void)state;
    assert_int_equal(read_range("{\"header\":{},\"more\":true,\"kvs\":[{\"key\":\"cC9r\","
                                "\"value\":\"YQ==\",\"mod_revision\":\"12\"}]}",
                                &pairs, &more),
                     0);
    assert_true(more);
    assert_int_equal(pairs.count, 1);
    assert_string_equal(pairs.items[0].key, "k");
    assert_string_equal(pairs.items[0].value, "a");
    assert_int_equal(pairs.items[0].revision, 12);
    inf_etcd_pairs_fini(&pairs);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_range(bad[i], &pairs, &more), -1);
        inf_etcd_pairs_fini(&pairs);
    }
}

static enum inf_err_code read_watch(const char *text, struct inf_etcd_pairs *ret)
{
    struct inf_json json;
    struct inf_error err;
    int rc;

    assert_int_equal(inf_json_parse(text, strlen(text), NULL, &json, &err), 0);
    *ret = (struct inf_etcd_pairs){0};
    rc = inf_etcd_read_watch(json.root, "p/", ret, &err);
    inf_json_free(&json);
    return rc == 0 ? INF_ERR_NONE : err.code;
}

static void test_watches(void **state)
{
    struct inf_etcd_pairs pairs;

    (void)state;
    assert_int_equal(read_watch("{\"result\":{\"header\":{\"revision\":\"5\"},\"events\":["
                                "{\"kv\":{\"key\":\"cC9r\",\"mod_revision\":\"4\"}},"
                                "{\"type\":\"DELETE\",\"kv\":{\"key\":\"cC9r\","
                                "\"mod_revision\":\"5\"}}]}}",
                                &pairs),
                     INF_ERR_NONE);
    assert_int_equal(pairs.revision, 5);
    assert_int_equal(pairs.count, 2);
    assert_string_equal(pairs.items[0].value, "");
    assert_null(pairs.items[1].value);
    inf_etcd_pairs_fini(&pairs);
    assert_int_equal(
        read_watch("{\"result\":{\"canceled\":true,\"compact_revision\":\"9\"}}", &pairs),
        INF_ERR_CONFLICT);
    assert_int_equal(read_watch("{\"result\":{\"canceled\":true}}", &pairs), INF_ERR_UNAVAILABLE);
    assert_int_equal(read_watch("{\"error\":{\"message\":\"no\"}}", &pairs), INF_ERR_UNAVAILABLE);
    assert_int_equal(read_watch("{\"result\":{\"events\":[{\"kv\":{\"key\":\"x\"}}]}}", &pairs),
                     INF_ERR_UNAVAILABLE);
    inf_etcd_pairs_fini(&pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_watches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
