/* Means of what a token takes, by the size of the forward. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cost.h"

#include <math.h>

#define MEMORY 16.0 /* forwards of a size */
#define MOST 4.0    /* times the mean, that one forward counts for: the machine may have paused */
#define LEAST 0.95  /* of what they take one by one, for texts to go together */

/* log2 of the tokens, within what is kept. */
static double size_of(size_t tokens)
{
    double size = tokens > 1 ? log2((double)tokens) : 0;

    return size < INF_COST_SIZES - 1 ? size : INF_COST_SIZES - 1;
}

void inf_cost_add(struct inf_cost *cost, size_t tokens, double ms)
{
    double size = size_of(tokens), seen = ms / (double)(tokens > 0 ? tokens : 1);
    struct inf_cost_size *mean = &cost->sizes[(size_t)lround(size)];

    if (mean->token_ms <= 0) {
        *mean = (struct inf_cost_size){seen, size};
        return;
    }
    mean->token_ms += (fmin(seen, MOST * mean->token_ms) - mean->token_ms) / MEMORY;
    mean->size += (size - mean->size) / MEMORY;
}

double inf_cost_ms(const struct inf_cost *cost, size_t tokens)
{
    const struct inf_cost_size *below = NULL, *above = NULL;
    double size = size_of(tokens);

    for (size_t i = 0; i < INF_COST_SIZES; i++) {
        const struct inf_cost_size *seen = &cost->sizes[i];
        if (seen->token_ms > 0 && seen->size <= size)
            below = seen;
        else if (seen->token_ms > 0 && above == NULL)
            above = seen;
    }
    if (below == NULL && above == NULL)
        return 0;
    if (below == NULL) /* as long as the shortest that was seen */
        return above->token_ms * exp2(above->size);
    if (above == NULL)
        return below->token_ms * (double)tokens;
    return (below->token_ms + (above->token_ms - below->token_ms) * (size - below->size) /
                                  (above->size - below->size)) *
           (double)tokens;
}

bool inf_cost_pays(const struct inf_cost *cost, size_t before, size_t after, size_t text)
{
    return inf_cost_ms(cost, after) < LEAST * (inf_cost_ms(cost, before) + inf_cost_ms(cost, text));
}
