/* A running mean that is slow to believe what is very long. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "drain.h"

#define MEMORY 32.0 /* documents */
#define MOST 4.0    /* times the mean, that one document counts for */

void inf_drain_add(struct inf_drain *drain, double ms)
{
    double most_ms = MOST * drain->each_ms;

    if (drain->each_ms <= 0) {
        drain->each_ms = ms;
        return;
    }
    drain->each_ms += ((ms < most_ms ? ms : most_ms) - drain->each_ms) / MEMORY;
}

double inf_drain_ms(const struct inf_drain *drain, size_t documents, int allocations)
{
    return allocations > 0 ? drain->each_ms * (double)documents / allocations : 0;
}
