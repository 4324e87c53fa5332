/* drain.h - how fast a queue drains, as measured, and so how long its documents take.
 *
 * The time of a document is a running mean over about the last 32: traffic changes, and so does
 * what else the machine does. One answer that took very long says little about the next ones, so
 * it counts for a few times the mean at most. Thread: loop only (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_DRAIN_H
#define INFERD_SERVING_DRAIN_H

#include <stddef.h>

struct inf_drain {
    double each_ms; /* that an allocation is busy with a document; 0: none was measured */
};

/* An allocation was busy with a document for so long. */
void inf_drain_add(struct inf_drain *drain, double ms);
/* What so many documents take on so many allocations; 0 while nothing is known. */
double inf_drain_ms(const struct inf_drain *drain, size_t documents, int allocations);

#endif
