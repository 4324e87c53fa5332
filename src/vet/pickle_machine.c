/* pickle_machine.c - the walker's stack machine. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_machine.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The values that the machine begins with, so that the shortest opcodes make none. */
enum { VALUE_NONE, VALUE_FALSE, VALUE_TRUE, VALUE_EMPTY_TUPLE, VALUE_INTS, INTS = 256 };

#define QUOTED_MAX 64

int inf_pickle_refuse(struct inf_pickle *m, const char *format, ...)
{
    char text[INF_REASON_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return inf_error_set(m->err, INF_ERR_BAD_REQUEST, "[%s] at byte %" PRIu32 ": %s",
                         m->options->name, m->offset, text);
}

const char *inf_pickle_quote(const uint8_t *bytes, size_t length, char text[INF_PICKLE_QUOTE])
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;
    for (size_t i = 0; i < length; i++) {
        bool plain = bytes[i] >= ' ' && bytes[i] <= '~' && bytes[i] != '\\';
        if (n + (plain ? 1 : 4) > QUOTED_MAX) {
            memcpy(text + n, "...", 3);
            n += 3;
            break;
        }
        if (plain) {
            text[n++] = (char)bytes[i];
        } else {
            const char escape[4] = {'\\', 'x', digits[bytes[i] >> 4], digits[bytes[i] & 15]};
            memcpy(text + n, escape, sizeof escape);
            n += sizeof escape;
        }
    }
    text[n] = '\0';
    return text;
}

const char *inf_pickle_kind_name(unsigned kind)
{
    static const char *const names[INF_PICKLE_KINDS] = {
        [INF_PICKLE_NONE] = "None",         [INF_PICKLE_BOOL] = "a bool",
        [INF_PICKLE_INT] = "an int",        [INF_PICKLE_FLOAT] = "a float",
        [INF_PICKLE_STRING] = "a string",   [INF_PICKLE_TUPLE] = "a tuple",
        [INF_PICKLE_LIST] = "a list",       [INF_PICKLE_DICT] = "a dict",
        [INF_PICKLE_COMPLEX] = "a complex", [INF_PICKLE_DEVICE] = "a device",
        [INF_PICKLE_TENSOR] = "a tensor",   [INF_PICKLE_OBJECT] = "an object",
        [INF_PICKLE_ENUM] = "an enum",      [INF_PICKLE_GLOBAL] = "a constructor",
        [INF_PICKLE_STORAGE] = "a storage", [INF_PICKLE_SHELL] = "an object without attributes",
        [INF_PICKLE_HOOKS] = "hooks",
    };
    return names[kind];
}

static int out_of_memory(struct inf_pickle *m)
{
    return inf_error_set(m->err, INF_ERR_INTERNAL, "[%s]: no memory", m->options->name);
}

/* Room for `more` items; a program has fewer bytes than half of what a count can say. */
static int reserve(struct inf_pickle *m, struct inf_pickle_array *array, uint32_t more, size_t size)
{
    uint32_t wanted = array->count + more;
    uint32_t capacity = array->capacity ? array->capacity : 64;
    void *items = NULL;
    if (wanted <= array->capacity) {
        return 0;
    }
    while (capacity < wanted) {
        capacity += capacity / 2;
    }
    items = realloc(array->items, capacity * size);
    if (!items) {
        return out_of_memory(m);
    }
    array->items = items;
    array->capacity = capacity;
    return 0;
}

int inf_pickle_grow(struct inf_pickle *m, struct inf_pickle_array *array, size_t size, void **ret)
{
    if (reserve(m, array, 1, size) != 0) {
        return -1;
    }
    *ret = (char *)array->items + array->count++ * size;
    return 0;
}

static struct inf_pickle_value *value_at(const struct inf_pickle *m, uint32_t value)
{
    return (struct inf_pickle_value *)m->values.items + value;
}

static uint32_t *number_at(const struct inf_pickle_array *array, uint32_t i)
{
    return (uint32_t *)array->items + i;
}

struct inf_pickle_value inf_pickle_at(const struct inf_pickle *m, uint32_t value)
{
    return *value_at(m, value);
}

static bool holds_values(unsigned kind)
{
    return kind == INF_PICKLE_TUPLE || kind == INF_PICKLE_LIST || kind == INF_PICKLE_DICT;
}

const uint32_t *inf_pickle_children(const struct inf_pickle *m, uint32_t value)
{
    bool some = holds_values(value_at(m, value)->kind) && value_at(m, value)->count > 0;
    return some ? number_at(&m->children, value_at(m, value)->first) : NULL;
}

static int add_number(struct inf_pickle *m, struct inf_pickle_array *array, uint32_t number)
{
    void *place = NULL;
    if (inf_pickle_grow(m, array, sizeof number, &place) != 0) {
        return -1;
    }
    memcpy(place, &number, sizeof number);
    return 0;
}

int inf_pickle_push(struct inf_pickle *m, uint32_t value)
{
    if (m->stack.count >= INF_PICKLE_STACK_MAX) {
        return inf_pickle_refuse(m, "more than %d values on the stack", INF_PICKLE_STACK_MAX);
    }
    return add_number(m, &m->stack, value);
}

static int add_value(struct inf_pickle *m, struct inf_pickle_value value, uint32_t *ret)
{
    void *place = NULL;
    if (m->values.count >= INF_PICKLE_VALUES_MAX) {
        return inf_pickle_refuse(m, "more than %d values", INF_PICKLE_VALUES_MAX);
    }
    if (inf_pickle_grow(m, &m->values, sizeof value, &place) != 0) {
        return -1;
    }
    memcpy(place, &value, sizeof value);
    *ret = m->values.count - 1;
    return 0;
}

int inf_pickle_make(struct inf_pickle *m, struct inf_pickle_value value)
{
    uint32_t made = 0;
    return add_value(m, value, &made) == 0 ? inf_pickle_push(m, made) : -1;
}

int inf_pickle_make_int(struct inf_pickle *m, int64_t number)
{
    if (number >= 0 && number < INTS) {
        return inf_pickle_push(m, VALUE_INTS + (uint32_t)number);
    }
    return inf_pickle_make(m, (struct inf_pickle_value){.kind = INF_PICKLE_INT, .number = number});
}

int inf_pickle_make_bool(struct inf_pickle *m, bool on)
{
    return inf_pickle_push(m, on ? VALUE_TRUE : VALUE_FALSE);
}

int inf_pickle_make_none(struct inf_pickle *m)
{
    return inf_pickle_push(m, VALUE_NONE);
}

int inf_pickle_make_empty_tuple(struct inf_pickle *m)
{
    return inf_pickle_push(m, VALUE_EMPTY_TUPLE);
}

static uint32_t floor_of_stack(const struct inf_pickle *m)
{
    return m->marks.count ? *number_at(&m->marks, m->marks.count - 1) : 0;
}

int inf_pickle_pop(struct inf_pickle *m, uint32_t *ret)
{
    if (m->stack.count <= floor_of_stack(m)) {
        return inf_pickle_refuse(m, "a value is taken from an empty stack");
    }
    *ret = *number_at(&m->stack, --m->stack.count);
    return 0;
}

int inf_pickle_mark(struct inf_pickle *m)
{
    if (m->marks.count >= INF_PICKLE_STACK_MAX) {
        return inf_pickle_refuse(m, "more than %d marks", INF_PICKLE_STACK_MAX);
    }
    return add_number(m, &m->marks, m->stack.count);
}

int inf_pickle_pop_mark(struct inf_pickle *m, uint32_t *ret_start)
{
    if (m->marks.count == 0) {
        return inf_pickle_refuse(m, "there is no mark on the stack");
    }
    *ret_start = *number_at(&m->marks, --m->marks.count);
    return 0;
}

uint32_t inf_pickle_walk(struct inf_pickle_value value)
{
    return holds_values(value.kind) || value.kind == INF_PICKLE_OBJECT ? value.more : 1;
}

/* Moves what lies on the stack from `start` on to the children of `whole`. */
static int take(struct inf_pickle *m, uint32_t start, struct inf_pickle_value *whole)
{
    uint32_t count = m->stack.count - start;
    uint64_t walk = 1;
    unsigned depth = 0;
    if (reserve(m, &m->children, count, sizeof(uint32_t)) != 0) {
        return -1;
    }
    whole->first = m->children.count;
    whole->count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t child = *number_at(&m->stack, start + i);
        struct inf_pickle_value value = *value_at(m, child);
        depth = value.depth >= depth ? value.depth + 1u : depth;
        walk += inf_pickle_walk(value);
        whole->flags = (uint8_t)(whole->flags | (value.flags & INF_PICKLE_RAW));
        *number_at(&m->children, m->children.count++) = child;
    }
    m->stack.count = start;
    if (depth > INF_PICKLE_DEPTH_MAX) {
        return inf_pickle_refuse(m, "values lie more than %d deep in values", INF_PICKLE_DEPTH_MAX);
    }
    if (walk > INF_PICKLE_WALK_MAX) {
        return inf_pickle_refuse(m,
                                 "a value holds more than %d values, shared ones counted "
                                 "wherever they are",
                                 INF_PICKLE_WALK_MAX);
    }
    whole->depth = (uint16_t)depth;
    whole->more = (uint32_t)walk;
    return 0;
}

int inf_pickle_make_tuple(struct inf_pickle *m, uint32_t start)
{
    struct inf_pickle_value tuple = {.kind = INF_PICKLE_TUPLE};
    return take(m, start, &tuple) == 0 ? inf_pickle_make(m, tuple) : -1;
}

/* The first of the children that only constructors take. */
static int refuse_raw(struct inf_pickle *m, struct inf_pickle_value whole)
{
    unsigned kind = INF_PICKLE_TUPLE;
    for (uint32_t i = 0; i < whole.count; i++) {
        struct inf_pickle_value child = *value_at(m, *number_at(&m->children, whole.first + i));
        if (child.flags & INF_PICKLE_RAW) {
            kind = child.kind;
            break;
        }
    }
    return inf_pickle_refuse(m, "%s is given what is unfinished: %s",
                             inf_pickle_kind_name(whole.kind), inf_pickle_kind_name(kind));
}

int inf_pickle_fill(struct inf_pickle *m, uint32_t start, enum inf_pickle_kind kind)
{
    struct inf_pickle_value whole = {.kind = (uint8_t)kind};
    uint32_t target = 0;
    if (start <= floor_of_stack(m)) {
        return inf_pickle_refuse(m, "there is no %s below the mark",
                                 inf_pickle_kind_name(kind) + 2);
    }
    target = *number_at(&m->stack, start - 1);
    if (value_at(m, target)->kind != kind) {
        return inf_pickle_refuse(m, "%s is filled as if it were %s",
                                 inf_pickle_kind_name(value_at(m, target)->kind),
                                 inf_pickle_kind_name(kind));
    }
    if (value_at(m, target)->flags & (INF_PICKLE_FILLED | INF_PICKLE_TYPED)) {
        return inf_pickle_refuse(m, "%s is filled again", inf_pickle_kind_name(kind));
    }
    if (take(m, start, &whole) != 0) {
        return -1;
    }
    if (whole.flags & INF_PICKLE_RAW) {
        return refuse_raw(m, whole);
    }
    whole.flags = INF_PICKLE_RAW | INF_PICKLE_FILLED;
    *value_at(m, target) = whole;
    return 0;
}

int inf_pickle_put(struct inf_pickle *m, uint32_t place)
{
    struct inf_pickle_value value;
    uint32_t top = 0;
    if (inf_pickle_pop(m, &top) != 0) {
        return -1;
    }
    value = *value_at(m, top);
    if ((value.flags & INF_PICKLE_RAW) && value.kind != INF_PICKLE_GLOBAL &&
        value.kind != INF_PICKLE_STORAGE) {
        return inf_pickle_refuse(m, "what is unfinished is put into the memo: %s",
                                 inf_pickle_kind_name(value.kind));
    }
    if (place != m->memo.count) {
        return inf_pickle_refuse(m,
                                 "place [%" PRIu32 "] of the memo is filled, but the next is "
                                 "[%" PRIu32 "]",
                                 place, m->memo.count);
    }
    if (m->memo.count >= INF_PICKLE_MEMO_MAX) {
        return inf_pickle_refuse(m, "more than %d values in the memo", INF_PICKLE_MEMO_MAX);
    }
    return add_number(m, &m->memo, top) == 0 ? inf_pickle_push(m, top) : -1;
}

int inf_pickle_get(struct inf_pickle *m, uint32_t place)
{
    if (place >= m->memo.count) {
        return inf_pickle_refuse(m,
                                 "place [%" PRIu32 "] of the memo is read, but only [%" PRIu32 "] "
                                 "are filled",
                                 place, m->memo.count);
    }
    return inf_pickle_push(m, *number_at(&m->memo, place));
}

/* The values that every machine begins with. */
static int add_constants(struct inf_pickle *m)
{
    static const struct inf_pickle_value constants[VALUE_INTS] = {
        [VALUE_NONE] = {.kind = INF_PICKLE_NONE},
        [VALUE_FALSE] = {.kind = INF_PICKLE_BOOL},
        [VALUE_TRUE] = {.kind = INF_PICKLE_BOOL, .number = 1},
        [VALUE_EMPTY_TUPLE] = {.kind = INF_PICKLE_TUPLE, .more = 1},
    };
    uint32_t made = 0;
    for (int i = 0; i < VALUE_INTS; i++) {
        if (add_value(m, constants[i], &made) != 0) {
            return -1;
        }
    }
    for (int i = 0; i < INTS; i++) {
        struct inf_pickle_value value = {.kind = INF_PICKLE_INT, .number = i};
        if (add_value(m, value, &made) != 0) {
            return -1;
        }
    }
    return 0;
}

int inf_pickle_init(struct inf_pickle *m, const uint8_t *program, size_t length,
                    const struct inf_pickle_options *options, struct inf_error *err)
{
    *m = (struct inf_pickle){.options = options, .program = program, .err = err};
    if (length > INF_PICKLE_LENGTH_MAX) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST, "[%s] has [%zu] bytes, at most [%d]",
                             options->name, length, INF_PICKLE_LENGTH_MAX);
    }
    m->length = (uint32_t)length;
    return add_constants(m);
}

void inf_pickle_fini(struct inf_pickle *m)
{
    struct inf_pickle_array *arrays[] = {&m->values, &m->children, &m->stack,   &m->marks,
                                         &m->memo,   &m->storages, &m->tensors, &m->types};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        free(arrays[i]->items);
    }
}
