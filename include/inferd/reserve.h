/* reserve.h - memory put aside for the moment when the system has no more.
 *
 * The daemon must not lose what it has taken in because a hundred bytes are missing. So it keeps a
 * block of address space for nothing. The first small allocation that fails gives the block back to
 * the system and is tried again; what is being worked on ends with it, what is new is refused (429,
 * circuit_breaking_exception), and the next request for which the block can be had again is taken.
 * Sizes beyond INF_RESERVE_SMALL fail as errors instead: clients pick them.
 *
 * Thread: any. Bound: INF_RESERVE_BYTES of address space, never touched, so no memory of its own.
 * A program that has not called inf_reserve_open has no reserve, and nothing here does anything. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_RESERVE_H
#define INFERD_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

#define INF_RESERVE_BYTES ((size_t)16 << 20)
#define INF_RESERVE_SMALL ((size_t)64 << 10) /* allocations up to here may use it */

/* From now on there is one. -1 when the system has not that much. */
int inf_reserve_open(void);
void inf_reserve_close(void);
/* Is the block there, or can it be had again? False: take on nothing new. */
bool inf_reserve_ready(void);
/* Gives the block up, if it is still there. True: trying an allocation again may help. */
bool inf_reserve_release(void);
/* Was it given up and not got back? Buffers of clients then stop to grow. */
bool inf_reserve_is_out(void);

/* An allocation has failed: is it worth another try? Gives the block up for it. *tries is 0 at
 * first; more than one is made, since another thread may have found meanwhile that the block can
 * be had again. */
bool inf_reserve_retry(int *tries);

/* malloc, calloc and realloc which try again once the block was given up: for what may have any
 * size, and for libraries that let their user choose. NULL when that did not help either, or size
 * is not small. */
void *inf_reserve_malloc(size_t size);
void *inf_reserve_calloc(size_t count, size_t size);
void *inf_reserve_realloc(void *old, size_t size);
void *inf_reserve_reallocarray(void *old, size_t count, size_t size); /* NULL: overflow, too */

#endif
