/* The routing table: the plan's text and the nodes' words, whatever is in them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "routing.h"
#include <string.h>

static void report(struct inf_routing *routing, const char *node, const char *text)
{
    struct inf_json json;
    struct inf_error err;

    assert_int_equal(inf_json_parse_own(text, strlen(text), NULL, &json, &err), 0);
    inf_routing_take_report(routing, node, json.root);
    inf_json_free(&json);
}

static void plan_replaces_plan(void **state)
{
    struct inf_routing routing = {0};

    (void)state;
    inf_routing_take_plan(&routing, "{\"routes\":{\"b\":2,\"a\":1},\"reason\":\"no room\"}");
    assert_int_equal(routing.count, 2);
    assert_string_equal(routing.entries[0].node_id, "a");
    assert_int_equal(inf_routing_targets(&routing), 3);
    assert_string_equal(routing.reason, "no room");
    inf_routing_take_plan(&routing, "{\"routes\":{\"b\":1}}");
    assert_int_equal(routing.count, 1);
    assert_int_equal(inf_routing_target(&routing, "b"), 1);
    assert_int_equal(inf_routing_target(&routing, "a"), 0);
    assert_null(routing.reason);
    inf_routing_take_plan(&routing, NULL);
    assert_int_equal(routing.count, 0);
    inf_routing_free(&routing);
}

static void nonsense_is_no_allocation(void **state)
{
    static const char *const texts[] = {
        "",   "[]",  "{\"routes\":7}", "{\"routes\":{\"a\":-1,\"b\":\"x\",\"c\":1e30}}", "{\"rou",
        "{}", "null"};
    struct inf_routing routing = {0};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        inf_routing_take_plan(&routing, texts[i]);
        assert_int_equal(inf_routing_targets(&routing), 0);
    }
    report(&routing, "a", "{\"current\":-3,\"failed\":1,\"reason\":{},\"load\":[]}");
    report(&routing, "b", "[1]");
    assert_int_equal(inf_routing_current(&routing, NULL), 0);
    inf_routing_free(&routing);
}

static void what_answers_is_the_nodes_word(void **state)
{
    struct inf_routing routing = {0};

    (void)state;
    inf_routing_take_plan(&routing, "{\"routes\":{\"a\":2}}");
    assert_int_equal(inf_routing_current(&routing, NULL), 0);
    report(&routing, "a", "{\"current\":2}");
    report(&routing, "b", "{\"current\":1}"); /* it is about to lose it */
    assert_int_equal(inf_routing_current(&routing, NULL), 3);
    assert_int_equal(inf_routing_current(&routing, "a"), 1);
    inf_routing_take_report(&routing, "b", NULL);
    inf_routing_take_report(&routing, "c", NULL);
    assert_int_equal(routing.count, 1);
    report(&routing, "a", "{\"current\":0,\"failed\":true,\"reason\":\"cannot\"}");
    assert_true(routing.entries[0].failed);
    assert_string_equal(routing.entries[0].reason, "cannot");
    report(&routing, "b", "{\"current\":1}");
    inf_routing_begin_reports(&routing);
    report(&routing, "c", "{\"current\":3}");
    inf_routing_end_reports(&routing);
    assert_int_equal(inf_routing_current(&routing, NULL), 3);
    assert_int_equal(routing.count, 2); /* one has a target, one answers */
    inf_routing_free(&routing);
}

static void a_word_comes_through(void **state)
{
    const struct inf_load load = {.answered = 7, .failed = 2, .pending = 3, .time_ms = 12.5};
    struct inf_routing routing = {0};
    struct inf_buf text;
    struct inf_jsonw w;

    (void)state;
    inf_buf_init(&text, 4096);
    inf_jsonw_init(&w, &text);
    inf_routing_write_report(4, true, "why", &load, &w);
    report(&routing, "a", text.data);
    assert_int_equal(routing.entries[0].current, 4);
    assert_true(routing.entries[0].failed);
    assert_string_equal(routing.entries[0].reason, "why");
    assert_int_equal(routing.entries[0].load.answered, 7);
    assert_int_equal(routing.entries[0].load.failed, 2);
    assert_int_equal(routing.entries[0].load.pending, 3);
    assert_true(routing.entries[0].load.time_ms == 12.5);
    inf_buf_free(&text);
    inf_routing_free(&routing);
}

/* A node that is gone is remembered for as long as requests are under way to it. */
static void requests_under_way(void **state)
{
    struct inf_routing routing = {0};

    (void)state;
    report(&routing, "a", "{\"current\":1}");
    inf_routing_sent(&routing, "a");
    inf_routing_sent(&routing, "a");
    inf_routing_take_report(&routing, "a", NULL);
    assert_int_equal(inf_routing_find(&routing, "a")->sent, 2);
    inf_routing_came_back(&routing, "a");
    inf_routing_came_back(&routing, "a");
    inf_routing_came_back(&routing, "a");
    assert_int_equal(routing.count, 0);
    inf_routing_free(&routing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan_replaces_plan),
        cmocka_unit_test(nonsense_is_no_allocation),
        cmocka_unit_test(what_answers_is_the_nodes_word),
        cmocka_unit_test(a_word_comes_through),
        cmocka_unit_test(requests_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
