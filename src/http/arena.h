/* arena.h - the memory of one call: allocate, never free singly, reset as a whole.
 *
 * Thread: none (plain data). Owns: its blocks. Bound: callers allocate only what is bounded by
 * http.max_header_size or by the route table. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_ARENA_H
#define INFERD_HTTP_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct inf_arena_block;

struct inf_arena {
    struct inf_arena_block *head; /* the block that is being filled */
    size_t used;
};

/* Zeroed memory, aligned for any type; never NULL, as inf_alloc. */
void *inf_arena_alloc(struct inf_arena *arena, size_t size);
char *inf_arena_copy(struct inf_arena *arena, const char *text, size_t length); /* NUL-terminated */
char *inf_arena_printf(struct inf_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *inf_arena_vprintf(struct inf_arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
void inf_arena_reset(struct inf_arena *arena); /* keeps one block for the next call */
void inf_arena_free(struct inf_arena *arena);

#endif
