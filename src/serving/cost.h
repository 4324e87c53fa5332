/* cost.h - what a forward of so many tokens takes, as measured, and so whether texts are cheaper
 * together than one by one.
 *
 * A short text costs a model much more a token than a long one, until its matrices are large enough
 * for the processor; from there on more tokens only cost more, and padding is paid for, too. Where
 * that is depends on the model and the machine. So for each size (a power of two of tokens, padding
 * included) a running mean of the time of a token is kept; between sizes it goes in a straight line
 * over the logarithm, and beyond those that were seen it stays as it is.
 *
 * Thread: loop only (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_COST_H
#define INFERD_SERVING_COST_H

#include <stdbool.h>
#include <stddef.h>

#define INF_COST_SIZES 14 /* 1 to 8192 tokens */

/* Of forwards of some 2^i tokens, running means. */
struct inf_cost_size {
    double token_ms; /* 0: none was seen */
    double size;     /* log2 of their tokens */
};

struct inf_cost {
    struct inf_cost_size sizes[INF_COST_SIZES];
};

/* A forward of so many tokens (rows x columns) took so long. */
void inf_cost_add(struct inf_cost *cost, size_t tokens, double ms);
/* What one would take; 0 while nothing is known. */
double inf_cost_ms(const struct inf_cost *cost, size_t tokens);
/* Does it pay to make a forward of `before` tokens one of `after`, for taking a text of so many
 * with it? */
bool inf_cost_pays(const struct inf_cost *cost, size_t before, size_t after, size_t text);

#endif
