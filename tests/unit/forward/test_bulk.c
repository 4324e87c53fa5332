/* Documents to _bulk's lines, and its answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bulk.h"
#include <string.h>

static struct inf_receiver receiver = {.indices = "*"};

static struct inf_bulk_item make(const char *metadata)
{
    struct inf_bulk_item item = {0};
    struct inf_error err;

    assert_int_equal(inf_bulk_address(&item, metadata, "d", &receiver, &err), 0);
    inf_buf_init(&item.source, 100);
    inf_buf_puts(&item.source, "{}");
    return item;
}

static void test_addresses(void **state)
{
    static const char *const bad[] = {"{\"_id\":\"\"}",       "{\"_routing\":\"\"}",
                                      "{\"_index\":\"A\"}",   "{\"_index\":\"\"}",
                                      "{\"_version\":\"1\"}", "{\"_id\":1}"};
    struct inf_bulk_item one = make("{}"), two = make("{}");
    struct inf_bulk_item named = make("{\"_index\":\"i\",\"_id\":\"x\"}");
    struct inf_error err;

    (void)state;
    assert_string_equal(one.index, "d");
    assert_int_equal(strlen(one.id), 32);
    assert_string_not_equal(one.id, two.id);
    assert_true(!one.named && named.named);
    assert_string_equal(named.index, "i");
    inf_bulk_item_fini(&one);
    inf_bulk_item_fini(&two);
    inf_bulk_item_fini(&named);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct inf_bulk_item item = {0};

        assert_int_equal(inf_bulk_address(&item, bad[i], "d", &receiver, &err), -1);
        inf_bulk_item_fini(&item);
    }
    one = (struct inf_bulk_item){0};
    assert_int_equal(inf_bulk_address(&one, "{}", NULL, &receiver, &err), -1);
    assert_non_null(strstr(err.reason, "[ingest.forward.index]"));
    inf_bulk_item_fini(&one);
}

static void test_the_request(void **state)
{
    struct inf_bulk_item a = make("{\"_id\":\"\\\"\",\"_routing\":\"r\"}"),
                         b = make("{\"_id\":\"b\"}");
    struct inf_bulk_item *items[] = {&a, &b};
    struct inf_buf out;

    (void)state;
    inf_buf_init(&out, 1000);
    inf_bulk_write(items, 2, false, &out);
    assert_string_equal(out.data,
                        "{\"index\":{\"_index\":\"d\",\"_id\":\"\\\"\",\"routing\":\"r\"}}\n{}\n"
                        "{\"index\":{\"_index\":\"d\",\"_id\":\"b\"}}\n{}\n");
    inf_buf_clear(&out);
    inf_bulk_write(items + 1, 1, true, &out);
    assert_string_equal(out.data, "{\"create\":{\"_index\":\"d\",\"_id\":\"b\"}}\n{}\n");
    inf_buf_free(&out);
    inf_bulk_item_fini(&a);
    inf_bulk_item_fini(&b);
}

static size_t settled;

static int read_answer(const char *text, struct inf_bulk_item **items, size_t count)
{
    struct inf_error err;

    return inf_bulk_read(text, strlen(text), items, count, &settled, &err);
}

static void test_verdicts(void **state)
{
    struct inf_bulk_item each[5];
    struct inf_bulk_item *items[5];

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        each[i] = make("{}");
        items[i] = &each[i];
    }
    each[4].uncertain = true;
    assert_int_equal(
        read_answer("{\"items\":[{\"index\":{\"status\":201,\"result\":\"created\"}},"
                    "{\"index\":{\"status\":429,\"error\":{}}},"
                    "{\"index\":{\"status\":400,\"error\":{\"type\":\"t\",\"reason\":\"r\","
                    "\"caused_by\":{\"reason\":\"c\"}}}},"
                    "{\"index\":{\"status\":409,\"error\":\"conflict\"}},"
                    "{\"create\":{\"status\":409}}]}",
                    items, 5),
        0);
    assert_int_equal(settled, 4);
    assert_string_equal(each[0].result, "created");
    assert_true(each[1].status == 0 && each[1].error == NULL);
    assert_string_equal(each[2].error, "{\"type\":\"t\",\"reason\":\"r: c\"}");
    assert_string_equal(each[3].error, "{\"type\":\"status_exception\",\"reason\":\"conflict\"}");
    assert_true(each[4].error == NULL && strcmp(each[4].result, "created") == 0);
    for (size_t i = 0; i < 5; i++)
        inf_bulk_item_fini(&each[i]);
}

/* Nothing is known then of any document. */
static void test_answers_that_are_none(void **state)
{
    static const char *const bad[] = {
        "",
        "x",
        "{}",
        "[]",
        "{\"items\":{}}",
        "{\"items\":[]}",
        "{\"items\":[{\"index\":{\"status\":200}},{\"index\":{\"status\":200}}]}",
        "{\"items\":[{}]}",
        "{\"items\":[{\"index\":{}}]}",
        "{\"items\":[{\"index\":{\"status\":\"x\"}}]}",
        "{\"items\":[{\"index\":{\"status\":7}}]}",
        "{\"items\":[1]}",
    };
    struct inf_bulk_item item = make("{}"), *items[] = {&item};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_answer(bad[i], items, 1), -1);
        assert_true(item.status == 0 && settled == 0);
    }
    inf_bulk_item_fini(&item);
}

static void test_long_words_are_cut(void **state)
{
    struct inf_bulk_item item = {0};
    char words[5000];

    (void)state;
    memset(words, '\1', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    inf_bulk_refuse(&item, 400, words, words);
    assert_in_range(strlen(item.error), 6 * 2048, 6 * 2048 + 32);
    inf_bulk_item_fini(&item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),          cmocka_unit_test(test_the_request),
        cmocka_unit_test(test_verdicts),           cmocka_unit_test(test_answers_that_are_none),
        cmocka_unit_test(test_long_words_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
