/* even.c - zones are filled like communicating vessels: to one level, each within its bounds. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "even.h"

#define HIGHEST_LEVEL ((int64_t)1 << 40)

static int64_t at_level(const struct inf_even *zone, int64_t level)
{
    return level < zone->least ? zone->least : level > zone->most ? zone->most : level;
}

static int64_t sum_at_level(const struct inf_even *zones, uint32_t count, int64_t level)
{
    int64_t sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += at_level(&zones[i], level);
    return sum;
}

/* The highest level that does not take more than `total`. */
static int64_t find_level(const struct inf_even *zones, uint32_t count, int64_t total)
{
    int64_t low = 0, high = HIGHEST_LEVEL;

    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        if (sum_at_level(zones, count, middle) <= total)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

void inf_even_share(struct inf_even *zones, const uint32_t *order, uint32_t count, int64_t total)
{
    int64_t level = find_level(zones, count, total);
    int64_t left = total - sum_at_level(zones, count, level);

    for (uint32_t i = 0; i < count; i++)
        zones[i].part = at_level(&zones[i], level);
    for (uint32_t i = 0; i < count && left > 0; i++) {
        struct inf_even *zone = &zones[order[i]];
        if (at_level(zone, level + 1) > zone->part) {
            zone->part++;
            left--;
        }
    }
}
