/* explain.c - why a deployment has fewer allocations than requested, node by node. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/units.h"
#include "plan.h"

/* Nodes that are named; of the others only their number is told. */
#define EXPLAINED_NODES 20

/* What a normal deployment could use: low priority gives way. */
static int64_t free_memory(const struct inf_plan *plan, uint32_t node,
                           const struct inf_problem_deployment *deployment)
{
    return deployment->low_priority ? plan->book.free_memory[node] : plan->normal_memory[node];
}

static void explain_memory(const struct inf_plan *plan, uint32_t node, int64_t available,
                           int64_t required, struct inf_buf *out)
{
    int64_t all = plan->problem.nodes[node].memory_bytes;
    char all_text[INF_UNITS_TEXT], available_text[INF_UNITS_TEXT], required_text[INF_UNITS_TEXT];

    inf_buf_printf(out,
                   "This node has insufficient available memory. Available memory for ML "
                   "[%lld (%s)], free memory [%lld (%s)], estimated memory required for this "
                   "model [%lld (%s)].",
                   (long long)all, inf_bytes_print(all, all_text), (long long)available,
                   inf_bytes_print(available, available_text), (long long)required,
                   inf_bytes_print(required, required_text));
}

/* A low-priority allocation takes no processors, so all of the node's count as free for it. */
static void explain_processors(const struct inf_plan *plan, uint32_t node,
                               const struct inf_problem_deployment *deployment, struct inf_buf *out)
{
    int64_t all = plan->problem.nodes[node].processors;
    int64_t available = deployment->low_priority ? all : plan->book.free_processors[node];

    inf_buf_printf(out,
                   "This node has insufficient allocated processors. Available processors [%lld], "
                   "free processors [%lld], processors required for each allocation of this model "
                   "[%lld]",
                   (long long)all, (long long)available, (long long)deployment->threads);
}

static void explain_node(const struct inf_plan *plan, uint32_t node, uint32_t number,
                         struct inf_buf *out)
{
    const struct inf_problem_deployment *deployment = &plan->problem.deployments[number];
    int64_t available = free_memory(plan, node, deployment);
    int64_t required = inf_book_bytes_to_begin(&plan->book, node, number);

    inf_buf_printf(out, "Could not assign (more) allocations on node [%s]. Reason: ",
                   plan->problem.nodes[node].given->id);
    if (deployment->given->refusal != NULL)
        inf_buf_puts(out, deployment->given->refusal);
    else if (required > available)
        explain_memory(plan, node, available, required, out);
    else
        explain_processors(plan, node, deployment, out);
}

void inf_plan_explain(const struct inf_plan *plan, size_t deployment, struct inf_buf *out)
{
    uint32_t number = plan->problem.rank[deployment], node_count = plan->problem.node_count;

    if (plan->book.placed[number] >= plan->problem.deployments[number].given->allocations)
        return;
    if (node_count == 0)
        inf_buf_puts(out, "No ML nodes exist in the cluster");
    for (uint32_t i = 0; i < node_count && i < EXPLAINED_NODES; i++) {
        if (i > 0)
            inf_buf_puts(out, "|");
        explain_node(plan, i, number, out);
    }
    if (node_count > EXPLAINED_NODES)
        inf_buf_printf(out, "|and likewise on [%u] more nodes", node_count - EXPLAINED_NODES);
}
