/* pickle_machine.h - the walker's stack machine: values, stack, marks and memo.
 *
 * A value is a small tagged record in an array and is named by its index there. A list or dict is
 * made empty, filled once and given its type once, as TorchScript's writer does it, so a value
 * never changes after another one has it: there are no cycles, and what is known of a value (its
 * depth, how many values are in it) is known when it is made.
 *
 * Thread: one at a time. Owns: its arrays; the program stays the caller's. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_PICKLE_MACHINE_H
#define INFERD_VET_PICKLE_MACHINE_H

#include "pickle.h"

/* The kinds after ENUM are no values of a model; they are what constructors take. */
enum inf_pickle_kind {
    INF_PICKLE_NONE,
    INF_PICKLE_BOOL,    /* number */
    INF_PICKLE_INT,     /* number */
    INF_PICKLE_FLOAT,   /* real */
    INF_PICKLE_STRING,  /* first: offset in the program, count: bytes, more: its type's index + 1 */
    INF_PICKLE_TUPLE,   /* first: of its children, count: of them, more: values in it; so LIST */
    INF_PICKLE_LIST,    /* and DICT, whose keys and values take turns */
    INF_PICKLE_DICT,    /**/
    INF_PICKLE_COMPLEX, /**/
    INF_PICKLE_DEVICE,  /**/
    INF_PICKLE_TENSOR,  /* first: index of the tensor */
    INF_PICKLE_OBJECT,  /* first: its GLOBAL, more: values in it */
    INF_PICKLE_ENUM,    /**/
    INF_PICKLE_GLOBAL,  /* count: row of the constructors, first: offset of its name, more: bytes */
    INF_PICKLE_STORAGE, /* first: index of the storage */
    INF_PICKLE_SHELL,   /* an object without its attributes; first: its GLOBAL */
    INF_PICKLE_HOOKS,   /* the OrderedDict that every tensor is given */
    INF_PICKLE_KINDS
};

#define INF_PICKLE_BIT(kind) (1u << (kind))
#define INF_PICKLE_ANY_KIND (INF_PICKLE_BIT(INF_PICKLE_GLOBAL) - 1)

/* Flags of a value. */
#define INF_PICKLE_RAW 1u    /* it is, or holds, what only constructors take */
#define INF_PICKLE_FILLED 2u /* a list or dict that has got its contents */
#define INF_PICKLE_TYPED 4u  /* ... and its type */

struct inf_pickle_value {
    uint8_t kind;
    uint8_t flags;
    uint16_t depth; /* 0 when nothing is in it */
    uint32_t count;
    union {
        int64_t number;
        double real;
        struct {
            uint32_t first;
            uint32_t more;
        };
    };
};

struct inf_pickle_storage {
    int64_t values;
    uint32_t type; /* index into the table of storage types */
};

struct inf_pickle_tensor {
    uint8_t dimensions;
    uint8_t type;
    uint8_t scheme; /* enum inf_pickle_scheme */
    uint8_t axis;   /* of the channels */
    int64_t first;  /* size of the first dimension, 1 when there is none */
};

/* What the text of a type says of a list or dict, as bits of kinds. */
struct inf_pickle_type {
    uint32_t container; /* LIST or DICT */
    uint32_t keys;      /* DICT only */
    uint32_t items;
};

/* An array that grows; items are of one type. */
struct inf_pickle_array {
    void *items;
    uint32_t count;
    uint32_t capacity;
};

struct inf_pickle {
    const struct inf_pickle_options *options;
    const uint8_t *program;
    uint32_t length;
    uint32_t offset; /* of the present opcode */
    uint32_t next;   /* of the first byte that is not read yet */
    struct inf_pickle_array values, children, stack, marks, memo, storages, tensors, types;
    struct inf_error *err;
};

/* Makes the machine with an empty stack. -1 with INTERNAL; the machine is to be freed then too. */
int inf_pickle_init(struct inf_pickle *m, const uint8_t *program, size_t length,
                    const struct inf_pickle_options *options, struct inf_error *err);
void inf_pickle_fini(struct inf_pickle *m);

/* BAD_REQUEST with the program's name, the present opcode's offset and what format says. -1. */
int inf_pickle_refuse(struct inf_pickle *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes of the program for a reason: printable ASCII, at most 64 bytes of it, in `text`. */
#define INF_PICKLE_QUOTE 72
const char *inf_pickle_quote(const uint8_t *bytes, size_t length, char text[INF_PICKLE_QUOTE]);
/* "a list", "an int", ... */
const char *inf_pickle_kind_name(unsigned kind);

/* Room for one more item of `size` bytes; *ret is its place. -1 with INTERNAL. */
int inf_pickle_grow(struct inf_pickle *m, struct inf_pickle_array *array, size_t size, void **ret);

/* A copy of a value. */
struct inf_pickle_value inf_pickle_at(const struct inf_pickle *m, uint32_t value);
/* The children of a tuple, list or dict, until the next value is made; NULL when there are none. */
const uint32_t *inf_pickle_children(const struct inf_pickle *m, uint32_t value);

/* How many values a walk through all of it meets. */
uint32_t inf_pickle_walk(struct inf_pickle_value value);

/* Puts a value on the stack: one that is there already, or a new one. -1 when there are too many.
 */
int inf_pickle_push(struct inf_pickle *m, uint32_t value);
int inf_pickle_make(struct inf_pickle *m, struct inf_pickle_value value);
int inf_pickle_make_int(struct inf_pickle *m, int64_t number);
int inf_pickle_make_bool(struct inf_pickle *m, bool on);
int inf_pickle_make_none(struct inf_pickle *m);
int inf_pickle_make_empty_tuple(struct inf_pickle *m);

/* Takes the topmost value from the stack. -1 with a reason when there is none above the last mark.
 */
int inf_pickle_pop(struct inf_pickle *m, uint32_t *ret);

int inf_pickle_mark(struct inf_pickle *m);
/* Takes the last mark: *ret_start is the height of the stack when it was set. */
int inf_pickle_pop_mark(struct inf_pickle *m, uint32_t *ret_start);

/* Makes a tuple of what lies on the stack from `start` on and puts it there instead. */
int inf_pickle_make_tuple(struct inf_pickle *m, uint32_t start);
/* Fills the list or dict below `start` with what lies on the stack from there on; it stays there.
 */
int inf_pickle_fill(struct inf_pickle *m, uint32_t start, enum inf_pickle_kind kind);

/* The memo: `place` must be the next free one for put, a used one for get. */
int inf_pickle_put(struct inf_pickle *m, uint32_t place);
int inf_pickle_get(struct inf_pickle *m, uint32_t place);

#endif
