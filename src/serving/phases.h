/* phases.h - where the time of a request went.
 *
 * A request is in one phase at a time; with several documents it computes while any of them does.
 * Thread: any (pure; the time comes as an argument, in ns of a clock that only grows). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_PHASES_H
#define INFERD_SERVING_PHASES_H

#include <stddef.h>
#include <stdint.h>

/* In the order of a request's way. */
enum inf_phase {
    INF_PHASE_READ, /* its first byte to its last, and the parsing */
    INF_PHASE_HELD, /* for an allocation of a deployment that has none */
    INF_PHASE_TOKENIZE,
    INF_PHASE_QUEUE, /* no document of it is in a worker */
    INF_PHASE_COMPUTE,
    INF_PHASE_DECODE, /* a large answer */
    INF_PHASE_COUNT
};

struct inf_phases {
    uint64_t spent_ns[INF_PHASE_COUNT]; /* in phases that are over */
    enum inf_phase now;
    uint64_t since_ns;
};

#define INF_PHASES_TEXT 160

/* It arrived at arrival_ns, was read until now_ns, and is in `phase` now. */
void inf_phases_begin(struct inf_phases *phases, uint64_t arrival_ns, enum inf_phase phase,
                      uint64_t now_ns);
void inf_phases_enter(struct inf_phases *phases, enum inf_phase phase, uint64_t now_ns);
/* "9.7s in the queue, 300ms computing": the longest first, without what was below a millisecond or
 * a hundredth of the whole. "" when nothing is left. Returns text. */
const char *inf_phases_print(const struct inf_phases *phases, uint64_t now_ns,
                             char text[INF_PHASES_TEXT]);

#endif
