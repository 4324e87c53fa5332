/* order.c - orders of the deployments, normal ones first; where sizes are equal, by id. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "order.h"
#include "inferd/alloc.h"
#include <stdlib.h>

static double size_of(const struct inf_problem_deployment *deployment)
{
    int64_t bytes =
        deployment->model_bytes + deployment->deployment_bytes + deployment->allocation_bytes;
    return (double)deployment->threads * ((double)bytes + 1);
}

static int by_size(const void *a, const void *b, void *deployments)
{
    const struct inf_problem_deployment *all = deployments;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    bool low_x = all[x].low_priority, low_y = all[y].low_priority;
    double size_x = size_of(&all[x]), size_y = size_of(&all[y]);

    if (low_x != low_y)
        return low_x ? 1 : -1;
    if (size_x != size_y)
        return size_x > size_y ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t kept = *a;

    *a = *b;
    *b = kept;
}

static void reverse(uint32_t *numbers, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++)
        swap(&numbers[i], &numbers[count - 1 - i]);
}

static void shuffle(uint32_t *numbers, uint32_t count, uint64_t seed)
{
    for (uint32_t i = count; i > 1; i--) {
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        swap(&numbers[i - 1], &numbers[(seed >> 33) % i]);
    }
}

uint32_t *inf_order_make(const struct inf_problem *problem, unsigned order)
{
    uint32_t count = problem->deployment_count;
    uint32_t *numbers = inf_alloc(count, sizeof *numbers);

    for (uint32_t i = 0; i < count; i++)
        numbers[i] = i;
    qsort_r(numbers, count, sizeof *numbers, by_size, problem->deployments);
    if (order == INF_ORDER_SMALL_FIRST)
        reverse(numbers, count);
    if (order >= INF_ORDER_SHUFFLED) {
        shuffle(numbers, problem->normal_count, order);
        shuffle(numbers + problem->normal_count, count - problem->normal_count, order);
    }
    return numbers;
}
