/* wall_clock.h - the time of day. Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_WALL_CLOCK_H
#define INFERD_WALL_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970. It may go back; deadlines are for clocks that do not. */
int64_t inf_wall_ms(void);

#endif
