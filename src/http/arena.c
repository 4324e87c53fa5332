/* The memory of one call.
 *
 * A request needs a dozen small strings that all die together. Taking them from one block that the
 * connection keeps costs no malloc at all for an ordinary request. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include "inferd/alloc.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 4096, ALIGNMENT = sizeof(max_align_t) };

struct inf_arena_block {
    struct inf_arena_block *next;
    size_t size;
    max_align_t data[];
};

static struct inf_arena_block *new_block(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct inf_arena_block))
        abort();
    struct inf_arena_block *block = inf_realloc(NULL, sizeof *block + size, 1);
    block->next = NULL;
    block->size = size;
    return block;
}

void *inf_arena_alloc(struct inf_arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT)
        abort();
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (arena->head == NULL || arena->head->size - arena->used < size) {
        struct inf_arena_block *block = new_block(size > BLOCK_SIZE ? size : BLOCK_SIZE);
        block->next = arena->head;
        arena->head = block;
        arena->used = 0;
    }
    void *memory = (char *)arena->head->data + arena->used;
    arena->used += size;
    return memset(memory, 0, size);
}

char *inf_arena_copy(struct inf_arena *arena, const char *text, size_t length)
{
    char *copy = inf_arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *inf_arena_vprintf(struct inf_arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0)
        abort();
    char *text = inf_arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *inf_arena_printf(struct inf_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = inf_arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

void inf_arena_reset(struct inf_arena *arena)
{
    struct inf_arena_block *block = arena->head;
    while (block != NULL && block->next != NULL) {
        struct inf_arena_block *next = block->next;
        free(block);
        block = next;
    }
    if (block != NULL && block->size > BLOCK_SIZE) {
        free(block);
        block = NULL;
    }
    arena->head = block;
    arena->used = 0;
}

void inf_arena_free(struct inf_arena *arena)
{
    inf_arena_reset(arena);
    free(arena->head);
    arena->head = NULL;
}
