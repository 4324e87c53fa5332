/* Placement on the one node that there is: threads never exceed its processors, estimates never its
 * memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "placement.h"
#include "inferd/units.h"

static int64_t free_memory(const struct inf_placement_node *node)
{
    return node->memory_used < node->memory_bytes ? node->memory_bytes - node->memory_used : 0;
}

int inf_placement_fit(const struct inf_placement_node *node,
                      const struct inf_placement_request *request)
{
    int free_processors = node->processors - node->processors_used;
    int fit = 0;

    if (request->memory_bytes > free_memory(node))
        return 0;
    if (request->low_priority)
        return request->allocations;
    if (free_processors > 0)
        fit = free_processors / request->threads_per_allocation;
    return fit < request->allocations ? fit : request->allocations;
}

static int explain_memory(const struct inf_placement_node *node,
                          const struct inf_placement_request *request, struct inf_error *err)
{
    char all[INF_UNITS_TEXT], unused[INF_UNITS_TEXT], needed[INF_UNITS_TEXT];

    return inf_error_cause(
        err, INF_ERR_ILLEGAL_STATE,
        "Could not start deployment because no suitable nodes were found, allocation explanation "
        "[Could not assign (more) allocations on node [%s]. Reason: This node has insufficient "
        "available memory. Available memory for ML [%lld (%s)], free memory [%lld (%s)], estimated "
        "memory required for this model [%lld (%s)].]",
        node->node_id, (long long)node->memory_bytes, inf_bytes_print(node->memory_bytes, all),
        (long long)free_memory(node), inf_bytes_print(free_memory(node), unused),
        (long long)request->memory_bytes, inf_bytes_print(request->memory_bytes, needed));
}

int inf_placement_check(const struct inf_placement_node *node,
                        const struct inf_placement_request *request, struct inf_error *err)
{
    int fit = inf_placement_fit(node, request);

    if (fit == request->allocations)
        return 0;
    if (fit > 0)
        return inf_error_set(err, INF_ERR_TOO_MANY,
                             "Could not start deployment because there are not enough resources to "
                             "provide all requested allocations");
    inf_error_set(
        err, INF_ERR_TOO_MANY,
        "Could not start deployment because no ML nodes with sufficient capacity were found");
    if (request->memory_bytes > free_memory(node))
        return explain_memory(node, request, err);
    return inf_error_cause(
        err, INF_ERR_ILLEGAL_STATE,
        "Could not start deployment because no suitable nodes were found, allocation explanation "
        "[Could not assign (more) allocations on node [%s]. Reason: This node has insufficient "
        "allocated processors. Available processors [%d], free processors [%d], processors "
        "required "
        "for each allocation of this model [%d]]",
        node->node_id, node->processors, node->processors - node->processors_used,
        request->threads_per_allocation);
}
