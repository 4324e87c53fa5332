/* Rows become texts and rows again; what nothing of ours has written is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "row_text.h"
#include <string.h>

static void read_back(const struct inf_etcd_pairs *pairs, size_t i, struct inf_row *ret)
{
    struct inf_error err;

    assert_int_equal(inf_row_read(&pairs->items[i], ret, &err), 0);
}

static void test_rows_come_back(void **state)
{
    struct inf_model_row model = {.model_id = "m.1",
                                  .config = "{\"a\":\"\\\"\"}",
                                  .create_time_ms = 1700000000123,
                                  .has_vocabulary = true,
                                  .vocabulary_sha256 = {0xff, 1},
                                  .assembled = true,
                                  .definition_length = 9007199254740993,
                                  .sha256 = {1, 2}};
    const struct inf_part_row part = {
        .part = 7, .total_parts = 9, .total_length = 100, .length = 11, .sha256 = {3}};
    const struct inf_stored_deployment deployment = {"d", "m.1", "{\"n\":1}"};
    const struct inf_object owned = {"a/b", "m.1", "\xe2\x82\xac"}, free_one = {"u", NULL, ""};
    struct inf_etcd_pairs pairs = {0};
    struct inf_row row;

    (void)state;
    inf_row_add_model(&pairs, &model);
    inf_row_add_part(&pairs, "m.1", &part);
    inf_row_add_deployment(&pairs, &deployment);
    inf_row_add_object(&pairs, INF_OBJECT_ALIAS, &owned);
    inf_row_add_object(&pairs, INF_OBJECT_USER, &free_one);

    read_back(&pairs, 0, &row);
    assert_string_equal(pairs.items[0].key, "model/m.1");
    assert_int_equal(row.type, INF_ROW_MODEL);
    assert_string_equal(row.model.config, model.config);
    assert_int_equal(row.model.create_time_ms, model.create_time_ms);
    assert_true(row.model.assembled && row.model.has_vocabulary);
    assert_int_equal(row.model.definition_length, model.definition_length);
    assert_memory_equal(row.model.sha256, model.sha256, INF_SHA256_SIZE);
    assert_memory_equal(row.model.vocabulary_sha256, model.vocabulary_sha256, INF_SHA256_SIZE);
    inf_row_fini(&row);

    read_back(&pairs, 1, &row);
    assert_string_equal(pairs.items[1].key, "part/m.1/7");
    assert_string_equal(row.model_id, "m.1");
    assert_memory_equal(&row.part, &part, sizeof part);
    inf_row_fini(&row);

    read_back(&pairs, 2, &row);
    assert_string_equal(row.deployment.deployment_id, "d");
    assert_string_equal(row.deployment.model_id, "m.1");
    assert_string_equal(row.deployment.params, "{\"n\":1}");
    inf_row_fini(&row);

    read_back(&pairs, 3, &row);
    assert_string_equal(pairs.items[3].key, "object/alias/a/b");
    assert_int_equal(row.kind, INF_OBJECT_ALIAS);
    assert_string_equal(row.object.id, "a/b");
    assert_string_equal(row.object.model_id, "m.1");
    assert_string_equal(row.object.text, "\xe2\x82\xac");
    inf_row_fini(&row);

    read_back(&pairs, 4, &row);
    assert_null(row.object.model_id);
    assert_string_equal(row.object.text, "");
    inf_row_fini(&row);
    inf_etcd_pairs_fini(&pairs);
}

static void test_deleted_rows_come_back(void **state)
{
    static const enum inf_row_type types[] = {INF_ROW_MODEL, INF_ROW_DEPLOYMENT, INF_ROW_OBJECT};
    struct inf_etcd_pairs pairs = {0};
    struct inf_row row;

    (void)state;
    inf_row_add_deleted_model(&pairs, "m");
    inf_row_add_deleted_deployment(&pairs, "d");
    inf_row_add_deleted_object(&pairs, INF_OBJECT_ROLE, "r");
    inf_row_add_deleted_parts(&pairs, "m");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        read_back(&pairs, i, &row);
        assert_int_equal(row.type, types[i]);
        assert_true(row.deleted);
        inf_row_fini(&row);
    }
    assert_string_equal(pairs.items[3].key, "part/m/");
    inf_etcd_pairs_fini(&pairs);
}

static void test_what_is_not_ours(void **state)
{
    static const char *const bad[][2] = {
        {"model/m", "{"},
        {"model/m", "{}"},
        {"model/m", "{\"config\":\"{}\",\"create_time\":-1}"},
        {"model/", "{\"config\":\"{}\",\"create_time\":1}"},
        {"part/m", "{}"},
        {"part/m/x", NULL},
        {"part/m/1", "{\"total_parts\":1,\"total_length\":1,\"length\":1,\"sha256\":\"AA\"}"},
        {"deployment/d", "{\"model_id\":\"m\"}"},
        {"object/alias", "{\"text\":\"\"}"},
        {"object/unknown/x", "{\"text\":\"\"}"},
        {"object/proof/x", "{\"text\":\"\"}"}, /* a kind of one machine only */
        {"object/alias/x", "{\"text\":1}"},
        {"object/alias/x", "{\"text\":\"{}\"}"}, /* of no model */
        {"object/role/x", "{\"text\":\"nonsense\"}"},
        {"other/x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct inf_etcd_pairs pairs = {0};
        struct inf_row row;
        struct inf_error err;

        inf_etcd_pairs_add(&pairs, bad[i][0], bad[i][1]);
        assert_int_equal(inf_row_read(&pairs.items[0], &row, &err), -1);
        assert_int_equal(err.code, INF_ERR_IO);
        assert_non_null(strstr(err.reason, bad[i][0]));
        inf_row_fini(&row);
        inf_etcd_pairs_fini(&pairs);
    }
}

static void test_kinds(void **state)
{
    (void)state;
    for (int kind = 0; kind < INF_OBJECT_KINDS; kind++) {
        const char *name = inf_object_kind_name((enum inf_object_kind)kind);
        enum inf_object_kind found;

        assert_non_null(name);
        assert_true(inf_object_kind_find(name, strlen(name), &found));
        assert_int_equal(found, kind);
    }
    assert_false(inf_object_kind_is_shared(INF_OBJECT_COST));
    assert_true(inf_object_kind_is_shared(INF_OBJECT_USER));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_come_back),
        cmocka_unit_test(test_deleted_rows_come_back),
        cmocka_unit_test(test_what_is_not_ours),
        cmocka_unit_test(test_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
