/* Near distances have a bucket each, farther ones share them, the more the farther. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "relative.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE (INF_RELATIVE_BUCKETS / 2) /* buckets before, and behind */
#define EXACT (SIDE / 2)                /* of these, for one distance each */
#define FARTHEST 128.0                  /* from there on all are in the last */

/* Of a key so many tokens behind its query; in single precision, as models compute it. */
static int bucket_of(int behind)
{
    int first = behind > 0 ? SIDE : 0, distance = abs(behind), far = 0;

    if (distance < EXACT)
        return first + distance;
    far = EXACT + (int)(logf((float)distance / (float)EXACT) / (float)log(FARTHEST / EXACT) *
                        (float)(SIDE - EXACT));
    return first + (far < SIDE - 1 ? far : SIDE - 1);
}

int inf_relative_init(struct inf_relative *relative, const float *table, int heads, int tokens)
{
    int width = 2 * tokens - 1;

    *relative = (struct inf_relative){.heads = heads, .tokens = tokens};
    relative->values = malloc((size_t)heads * (size_t)width * sizeof *relative->values);
    if (relative->values == NULL)
        return -1;
    for (int head = 0; head < heads; head++)
        for (int i = 0; i < width; i++)
            relative->values[(size_t)head * (size_t)width + (size_t)i] =
                table[bucket_of(i - (tokens - 1)) * heads + head];
    return 0;
}

void inf_relative_fini(struct inf_relative *relative)
{
    free(relative->values);
    relative->values = NULL;
}

void inf_relative_fill(const struct inf_relative *relative, int length, float *to)
{
    size_t width = 2 * (size_t)relative->tokens - 1;

    for (int head = 0; head < relative->heads; head++) {
        const float *values = relative->values + (size_t)head * width;
        for (int query = 0; query < length; query++, to += length)
            memcpy(to, values + relative->tokens - 1 - query, (size_t)length * sizeof *to);
    }
}
