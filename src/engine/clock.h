/* clock.h - the kernel's clocks in one number.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_CLOCK_H
#define INFERD_ENGINE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* What the clock says, in ns; -1 when there is none such (any more). */
static inline int64_t inf_clock_ns(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        return -1;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
