/* The explanations, word for word (compatibility 9.3), and their bound. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "planner_fixture.h"
#include <stdio.h>

static void expect(const struct inf_plan_input *input, size_t deployment, const char *expected)
{
    struct inf_plan *plan = inf_plan_make(input);
    struct inf_buf text;

    inf_buf_init(&text, 65536);
    inf_plan_explain(plan, deployment, &text);
    assert_string_equal(text.data ? text.data : "", expected);
    inf_buf_free(&text);
    inf_plan_free(plan);
}

static void no_nodes(void **state)
{
    struct inf_plan_deployment d[] = {{.id = "d", .model_id = "m", .allocations = 1, .threads = 1}};
    struct inf_plan_input input = {.deployments = d, .deployment_count = 1};

    (void)state;
    expect(&input, 0, "No ML nodes exist in the cluster");
    d[0].allocations = 0;
    expect(&input, 0, "");
}

static void memory_then_processors_node_by_node(void **state)
{
    struct inf_plan_node nodes[] = {{.id = "n2", .processors = 3, .memory_bytes = 4096},
                                    {.id = "n1", .processors = 8, .memory_bytes = 1000}};
    struct inf_plan_deployment d[] = {{.id = "d",
                                       .model_id = "m",
                                       .allocations = 2,
                                       .threads = 2,
                                       .model_bytes = 1024,
                                       .deployment_bytes = 400,
                                       .allocation_bytes = 112}};
    struct inf_plan_input input = INPUT(nodes, d);

    (void)state;
    expect(&input, 0,
           "Could not assign (more) allocations on node [n1]. Reason: This node has insufficient "
           "available memory. Available memory for ML [1000 (1000b)], free memory [1000 (1000b)], "
           "estimated memory required for this model [1536 (1.5kb)].|"
           "Could not assign (more) allocations on node [n2]. Reason: This node has insufficient "
           "allocated processors. Available processors [3], free processors [1], processors "
           "required for each allocation of this model [2]");
}

static void a_load_error_is_every_nodes_reason(void **state)
{
    struct inf_plan_node nodes[] = {{.id = "n", .processors = 3, .memory_bytes = 4096}};
    struct inf_plan_deployment d[] = {
        {.id = "d", .model_id = "m", .allocations = 1, .threads = 1, .refusal = "it is broken"}};
    struct inf_plan_input input = INPUT(nodes, d);

    (void)state;
    expect(&input, 0, "Could not assign (more) allocations on node [n]. Reason: it is broken");
}

static void what_low_priority_takes_is_free_for_normal_ones(void **state)
{
    struct inf_plan_node nodes[] = {{.id = "n", .processors = 1, .memory_bytes = 100}};
    struct inf_plan_deployment d[] = {
        {.id = "d", .model_id = "m", .allocations = 1, .threads = 2, .model_bytes = 90},
        {.id = "low",
         .model_id = "l",
         .allocations = 1,
         .threads = 1,
         .model_bytes = 80,
         .low_priority = true},
        {.id = "low-2",
         .model_id = "k",
         .allocations = 1,
         .threads = 1,
         .model_bytes = 30,
         .low_priority = true}};
    struct inf_plan_input input = INPUT(nodes, d);

    (void)state;
    expect(&input, 0,
           "Could not assign (more) allocations on node [n]. Reason: This node has insufficient "
           "allocated processors. Available processors [1], free processors [1], processors "
           "required for each allocation of this model [2]");
    expect(&input, 1,
           "Could not assign (more) allocations on node [n]. Reason: This node has insufficient "
           "available memory. Available memory for ML [100 (100b)], free memory [70 (70b)], "
           "estimated memory required for this model [80 (80b)].");
    expect(&input, 2, "");
}

static void many_nodes_are_only_counted(void **state)
{
    enum { NODES = 1000 };
    struct inf_plan_node nodes[NODES];
    char ids[NODES][8];
    struct inf_plan_deployment d[] = {{.id = "d", .model_id = "m", .allocations = 1, .threads = 9}};
    struct inf_plan_input input = {
        .nodes = nodes, .node_count = NODES, .deployments = d, .deployment_count = 1};
    struct inf_plan *plan;
    struct inf_buf text;

    (void)state;
    for (int i = 0; i < NODES; i++) {
        snprintf(ids[i], sizeof ids[i], "n%03d", i);
        nodes[i] = (struct inf_plan_node){.id = ids[i], .processors = 1};
    }
    plan = inf_plan_make(&input);
    inf_buf_init(&text, 65536);
    inf_plan_explain(plan, 0, &text);
    assert_true(text.length < 8192);
    assert_non_null(strstr(text.data, "[n019]"));
    assert_null(strstr(text.data, "[n020]"));
    assert_non_null(strstr(text.data, "|and likewise on [980] more nodes"));
    inf_buf_free(&text);
    inf_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_nodes),
        cmocka_unit_test(memory_then_processors_node_by_node),
        cmocka_unit_test(a_load_error_is_every_nodes_reason),
        cmocka_unit_test(what_low_priority_takes_is_free_for_normal_ones),
        cmocka_unit_test(many_nodes_are_only_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
