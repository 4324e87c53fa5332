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
    double *mean = &cost->token_ms[(size_t)lround(size_of(tokens))];
    double seen = ms / (double)(tokens > 0 ? tokens : 1);

    if (*mean <= 0)
        *mean = seen;
    else
        *mean += ((seen < MOST * *mean ? seen : MOST * *mean) - *mean) / MEMORY;
}

/* The nearest size that was seen, from one on, in steps of +1 or -1; -1: none. */
static int seen_from(const struct inf_cost *cost, int size, int step)
{
    while (size >= 0 && size < INF_COST_SIZES && cost->token_ms[size] <= 0)
        size += step;
    return size < INF_COST_SIZES ? size : -1;
}

double inf_cost_ms(const struct inf_cost *cost, size_t tokens)
{
    double size = size_of(tokens);
    int below = seen_from(cost, (int)size, -1);
    int above = seen_from(cost, (int)ceil(size), 1);

    if (below < 0 && above < 0)
        return 0;
    if (below < 0) /* as long as the shortest that was seen */
        return cost->token_ms[above] * (double)((size_t)1 << above);
    if (above < 0 || below == above)
        return cost->token_ms[below] * (double)tokens;
    return (cost->token_ms[below] +
            (cost->token_ms[above] - cost->token_ms[below]) * (size - below) / (above - below)) *
           (double)tokens;
}

bool inf_cost_pays(const struct inf_cost *cost, size_t rows, size_t longest, size_t cols)
{
    double before = inf_cost_ms(cost, rows * longest), alone = inf_cost_ms(cost, cols);
    double together = inf_cost_ms(cost, (rows + 1) * (cols > longest ? cols : longest));

    return together < LEAST * (before + alone);
}
