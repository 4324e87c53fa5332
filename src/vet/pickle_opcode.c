/* pickle_opcode.c - the opcodes that TorchScript's writer uses, and the names of those that it does
 * not. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_opcode.h"

#include "pickle_global.h"
#include "pickle_object.h"
#include "pickle_tensor.h"
#include <inttypes.h>
#include <string.h>

#define PROTOCOL 2

struct opcode {
    const char *name;
    uint8_t bytes; /* of the argument that always follows */
    /* NULL: refused. argument: little-endian, as far as it fits; */
    int (*run)(struct inf_pickle *m, uint64_t argument);
};

/* The next `count` bytes, count <= 8, as one number with the lowest byte first. */
static int read_number(struct inf_pickle *m, unsigned count, uint64_t *ret)
{
    *ret = 0;
    if (m->length - m->next < count) {
        return inf_pickle_refuse(m, "the program ends inside of an opcode");
    }
    for (unsigned i = 0; i < count; i++) {
        *ret |= (uint64_t)m->program[m->next++] << (8 * i);
    }
    return 0;
}

static int run_proto(struct inf_pickle *m, uint64_t protocol)
{
    if (protocol != PROTOCOL || m->offset != 0) {
        return inf_pickle_refuse(m,
                                 "protocol [%d], where only [%d] at the start is one that a "
                                 "TorchScript file has",
                                 (int)protocol, PROTOCOL);
    }
    return 0;
}

static int run_mark(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return inf_pickle_mark(m);
}

static int run_none(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return inf_pickle_make_none(m);
}

static int run_true(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return inf_pickle_make_bool(m, true);
}

static int run_false(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return inf_pickle_make_bool(m, false);
}

static int run_int(struct inf_pickle *m, uint64_t number)
{
    return inf_pickle_make_int(m, (int64_t)number);
}

static int run_signed_int(struct inf_pickle *m, uint64_t number)
{
    return inf_pickle_make_int(m, (int32_t)(uint32_t)number);
}

static int run_long(struct inf_pickle *m, uint64_t bytes)
{
    uint64_t number = 0;
    if (bytes != sizeof number) {
        return inf_pickle_refuse(m, "a wide int has [%d] bytes, not [%zu]", (int)bytes,
                                 sizeof number);
    }
    return read_number(m, sizeof number, &number) == 0 ? inf_pickle_make_int(m, (int64_t)number)
                                                       : -1;
}

static int run_float(struct inf_pickle *m, uint64_t number)
{
    struct inf_pickle_value value = {.kind = INF_PICKLE_FLOAT};
    uint64_t big_endian = __builtin_bswap64(number);
    memcpy(&value.real, &big_endian, sizeof value.real);
    return inf_pickle_make(m, value);
}

static int run_string(struct inf_pickle *m, uint64_t bytes)
{
    struct inf_pickle_value value = {.kind = INF_PICKLE_STRING, .first = m->next};
    if (bytes > INF_PICKLE_STRING_MAX) {
        return inf_pickle_refuse(m, "a string of [%" PRIu64 "] bytes, at most [%d]", bytes,
                                 INF_PICKLE_STRING_MAX);
    }
    if (bytes > m->length - m->next) {
        return inf_pickle_refuse(m, "a string of [%" PRIu64 "] bytes, but [%" PRIu32 "] are left",
                                 bytes, m->length - m->next);
    }
    value.count = (uint32_t)bytes;
    m->next += value.count;
    return inf_pickle_make(m, value);
}

static int run_empty_tuple(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return inf_pickle_make_empty_tuple(m);
}

static int make_empty(struct inf_pickle *m, enum inf_pickle_kind kind)
{
    struct inf_pickle_value value = {.kind = (uint8_t)kind, .flags = INF_PICKLE_RAW};
    value.more = 1;
    return inf_pickle_make(m, value);
}

static int run_empty_list(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return make_empty(m, INF_PICKLE_LIST);
}

static int run_empty_dict(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return make_empty(m, INF_PICKLE_DICT);
}

static int run_tuple(struct inf_pickle *m, uint64_t argument)
{
    uint32_t start = 0;
    (void)argument;
    return inf_pickle_pop_mark(m, &start) == 0 ? inf_pickle_make_tuple(m, start) : -1;
}

/* A tuple of the topmost `count` values. */
static int make_short_tuple(struct inf_pickle *m, uint32_t count)
{
    uint32_t values[3] = {0};
    for (uint32_t i = count; i > 0; i--) {
        if (inf_pickle_pop(m, &values[i - 1]) != 0) {
            return -1;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (inf_pickle_push(m, values[i]) != 0) {
            return -1;
        }
    }
    return inf_pickle_make_tuple(m, m->stack.count - count);
}

static int run_tuple1(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return make_short_tuple(m, 1);
}

static int run_tuple2(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return make_short_tuple(m, 2);
}

static int run_tuple3(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return make_short_tuple(m, 3);
}

static int run_appends(struct inf_pickle *m, uint64_t argument)
{
    uint32_t start = 0;
    (void)argument;
    return inf_pickle_pop_mark(m, &start) == 0 ? inf_pickle_fill(m, start, INF_PICKLE_LIST) : -1;
}

static int run_setitems(struct inf_pickle *m, uint64_t argument)
{
    uint32_t start = 0;
    (void)argument;
    if (inf_pickle_pop_mark(m, &start) != 0) {
        return -1;
    }
    if ((m->stack.count - start) % 2 != 0) {
        return inf_pickle_refuse(m, "a dict is given a key without a value");
    }
    return inf_pickle_fill(m, start, INF_PICKLE_DICT);
}

static int run_put(struct inf_pickle *m, uint64_t place)
{
    return inf_pickle_put(m, (uint32_t)place);
}

static int run_get(struct inf_pickle *m, uint64_t place)
{
    return inf_pickle_get(m, (uint32_t)place);
}

static int run_global(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return inf_pickle_load_global(m);
}

static int run_persistent_id(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return inf_pickle_load_storage(m);
}

static int run_reduce(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return inf_pickle_reduce(m);
}

static int run_new_object(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return inf_pickle_new_object(m);
}

static int run_build(struct inf_pickle *m, uint64_t argument)
{
    (void)argument;
    return inf_pickle_build(m);
}

static const struct opcode opcodes[256] = {
    [0x80] = {"PROTO", 1, run_proto},
    ['('] = {"MARK", 0, run_mark},
    ['N'] = {"NONE", 0, run_none},
    [0x88] = {"NEWTRUE", 0, run_true},
    [0x89] = {"NEWFALSE", 0, run_false},
    ['K'] = {"BININT1", 1, run_int},
    ['M'] = {"BININT2", 2, run_int},
    ['J'] = {"BININT", 4, run_signed_int},
    [0x8a] = {"LONG1", 1, run_long},
    ['G'] = {"BINFLOAT", 8, run_float},
    ['X'] = {"BINUNICODE", 4, run_string},
    [')'] = {"EMPTY_TUPLE", 0, run_empty_tuple},
    [']'] = {"EMPTY_LIST", 0, run_empty_list},
    ['}'] = {"EMPTY_DICT", 0, run_empty_dict},
    ['t'] = {"TUPLE", 0, run_tuple},
    [0x85] = {"TUPLE1", 0, run_tuple1},
    [0x86] = {"TUPLE2", 0, run_tuple2},
    [0x87] = {"TUPLE3", 0, run_tuple3},
    ['e'] = {"APPENDS", 0, run_appends},
    ['u'] = {"SETITEMS", 0, run_setitems},
    ['q'] = {"BINPUT", 1, run_put},
    ['r'] = {"LONG_BINPUT", 4, run_put},
    ['h'] = {"BINGET", 1, run_get},
    ['j'] = {"LONG_BINGET", 4, run_get},
    ['c'] = {"GLOBAL", 0, run_global},
    ['Q'] = {"BINPERSID", 0, run_persistent_id},
    ['R'] = {"REDUCE", 0, run_reduce},
    [0x81] = {"NEWOBJ", 0, run_new_object},
    ['b'] = {"BUILD", 0, run_build},
    /* Refused; libtorch reads LIST, DICT, APPEND and SETITEM, but no writer of TorchScript's used
     * them. */
    ['0'] = {.name = "POP"},
    ['1'] = {.name = "POP_MARK"},
    ['2'] = {.name = "DUP"},
    ['F'] = {.name = "FLOAT"},
    ['I'] = {.name = "INT"},
    ['L'] = {.name = "LONG"},
    ['P'] = {.name = "PERSID"},
    ['S'] = {.name = "STRING"},
    ['T'] = {.name = "BINSTRING"},
    ['U'] = {.name = "SHORT_BINSTRING"},
    ['V'] = {.name = "UNICODE"},
    ['a'] = {.name = "APPEND"},
    ['d'] = {.name = "DICT"},
    ['g'] = {.name = "GET"},
    ['i'] = {.name = "INST"},
    ['l'] = {.name = "LIST"},
    ['o'] = {.name = "OBJ"},
    ['p'] = {.name = "PUT"},
    ['s'] = {.name = "SETITEM"},
    ['B'] = {.name = "BINBYTES"},
    ['C'] = {.name = "SHORT_BINBYTES"},
    [0x82] = {.name = "EXT1"},
    [0x83] = {.name = "EXT2"},
    [0x84] = {.name = "EXT4"},
    [0x8b] = {.name = "LONG4"},
    [0x8c] = {.name = "SHORT_BINUNICODE"},
    [0x8d] = {.name = "BINUNICODE8"},
    [0x8e] = {.name = "BINBYTES8"},
    [0x8f] = {.name = "EMPTY_SET"},
    [0x90] = {.name = "ADDITEMS"},
    [0x91] = {.name = "FROZENSET"},
    [0x92] = {.name = "NEWOBJ_EX"},
    [0x93] = {.name = "STACK_GLOBAL"},
    [0x94] = {.name = "MEMOIZE"},
    [0x95] = {.name = "FRAME"},
    [0x96] = {.name = "BYTEARRAY8"},
    [0x97] = {.name = "NEXT_BUFFER"},
    [0x98] = {.name = "READONLY_BUFFER"},
};

#define STOP '.'

int inf_pickle_run(struct inf_pickle *m, bool *ret_stopped)
{
    *ret_stopped = false;
    while (m->next < m->length) {
        uint8_t byte = m->program[m->next];
        const struct opcode *opcode = &opcodes[byte];
        uint64_t argument = 0;
        m->offset = m->next++;
        if (byte == STOP) {
            *ret_stopped = true;
            return 0;
        }
        if (!opcode->run) {
            return inf_pickle_refuse(m,
                                     "opcode %s (0x%02x) is not one that a TorchScript file needs",
                                     opcode->name ? opcode->name : "without a name", byte);
        }
        if (read_number(m, opcode->bytes, &argument) != 0 || opcode->run(m, argument) != 0) {
            return -1;
        }
    }
    return 0;
}
