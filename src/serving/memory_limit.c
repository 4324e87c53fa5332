/* The limit is there for models that leak or attack, so it must never meet one that computes a long
 * text: the room is wide, and grows with the square of the length, as attention does. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_limit.h"
#include "warmup.h"

#define MB (INT64_C(1024) * 1024)
#define GB (1024 * MB)

#define ROOM (512 * MB) /* the heap's fragments, results on their way out */
#define ROOM_OF_ALLOCATION                                                                        \
    (128 * MB)                         /* of intermediate results at INF_WARMUP_LONGEST positions \
                                        */
#define UNMEASURED_ROOM GB             /* the same for a model never seen */
#define UNMEASURED_ALLOCATIONS_LEAST 8 /* more of them may join while it is being measured */

/* Bounds, beyond any machine, that no product of these overflows. */
#define ALLOCATIONS_MOST 4096
#define POSITIONS_MOST (1 << 20)

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int64_t room_of_allocations(int allocations, int positions)
{
    int64_t longest = larger(smaller(positions, POSITIONS_MOST), INF_WARMUP_LONGEST);
    int64_t square = longest * longest / ((int64_t)INF_WARMUP_LONGEST * INF_WARMUP_LONGEST);

    return ROOM_OF_ALLOCATION * square * allocations;
}

int64_t inf_memory_limit(const struct inf_memory_limit *facts)
{
    const struct inf_measured *measured = &facts->measured;
    int allocations = smaller(larger(facts->allocations, 1), ALLOCATIONS_MOST);
    int64_t limit = 0;

    if (facts->setting > 0)
        return facts->setting;
    if (inf_measured_known(measured)) {
        limit = measured->base + measured->per_allocation * allocations;
        limit = ROOM + (limit > measured->peak ? limit : measured->peak);
    } else {
        allocations = larger(allocations, smaller(facts->processors, ALLOCATIONS_MOST));
        allocations = larger(allocations, UNMEASURED_ALLOCATIONS_LEAST);
        limit = UNMEASURED_ROOM + 2 * facts->model_bytes;
    }
    limit += room_of_allocations(allocations, facts->positions);
    return limit < facts->node_bytes ? limit : facts->node_bytes;
}
