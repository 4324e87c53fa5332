/* The time of day, in milliseconds as Elasticsearch tells it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/wall_clock.h"

#include <time.h>

int64_t inf_wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
