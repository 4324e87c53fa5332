/* heap.h - what a worker's memory allocator keeps and what it gives back to the kernel.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_HEAP_H
#define INFERD_ENGINE_HEAP_H

/* After loading, before the first forward: gives back what loading left over; what forwards free
 * from then on is kept for the next one. */
void inf_heap_settle(void);
/* Gives back what is free, when an allocation ends. */
void inf_heap_trim(void);

#endif
