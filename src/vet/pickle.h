/* pickle.h - a pickle program, walked without running anything of it.
 *
 * data.pkl and constants.pkl are programs for a stack machine that libtorch runs while it loads.
 * The walker keeps a stack and a memo of what kind each value is, as much of it as is needed to say
 * what every constructor gets, and lets pass only the opcodes and the constructors that
 * TorchScript's own writer uses, in the order in which it uses them. Of each tensor it checks that
 * its storage is as large as its record, that its sizes and strides stay inside the storage, and
 * that sizes and strides agree in number.
 *
 * What it cannot know is what the file's code says of its classes: whether an attribute is of the
 * type that the class gives it, and whether an enum has the member that is asked for.
 *
 * Of traced_inputs.pkl, which libtorch does not read, torch writes the records empty: it does not
 * pass here.
 *
 * Thread: any. Bound: the limits below; time and memory in proportion to the program's length (at
 * most some 50 bytes for each of its bytes). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_PICKLE_H
#define INFERD_VET_PICKLE_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INF_PICKLE_DEPTH_MAX 512        /* values in values */
#define INF_PICKLE_STACK_MAX 1000000    /* values on the stack */
#define INF_PICKLE_MEMO_MAX 1000000     /* places of the memo */
#define INF_PICKLE_VALUES_MAX 10000000  /* values that are made */
#define INF_PICKLE_WALK_MAX 10000000    /* values in a value, a shared one as often as it is met */
#define INF_PICKLE_STRING_MAX 1000000   /* bytes of one string */
#define INF_PICKLE_NAME_MAX 1000        /* bytes of a constructor's module, and of its name */
#define INF_PICKLE_DIMENSIONS_MAX 64    /* of a tensor */
#define INF_PICKLE_TYPE_MAX 4096        /* bytes of the text of a list's or dict's type */
#define INF_PICKLE_TYPE_DEPTH_MAX 32    /* types in types */
#define INF_PICKLE_LENGTH_MAX (1 << 30) /* bytes of a program */

/* What the program must leave on the stack. */
enum inf_pickle_top {
    INF_PICKLE_TOP_ANY,
    INF_PICKLE_TOP_OBJECT, /* of one of the file's own classes: data.pkl */
    INF_PICKLE_TOP_TUPLE   /* constants.pkl */
};

struct inf_pickle_options {
    const char *name; /* of the program, for reasons: "data.pkl" */
    /* The bytes of the record that a storage's key names in this program's folder ("data/<key>" for
     * data.pkl), or -1 when there is none. key is a decimal number, NUL-terminated. */
    int64_t (*record_size)(void *arg, const char *key);
    void *arg;
    enum inf_pickle_top top;
    /* Whether an object of the file's own classes may be given something else than its attributes,
     * which its __setstate__ then takes while the file is loaded. torch writes so what torch's
     * static quantisation made of convolutions, and before 1.8 whatever was quantised. */
    bool own_states;
};

struct inf_pickle_facts {
    uint32_t tensors;
};

/* Walks the program. 0, or -1 with BAD_REQUEST and a reason that names the program, the place
 * (offset in bytes) and what is wrong there, with both numbers where two do not agree (INTERNAL: no
 * memory). ret is set on success. */
int inf_pickle_check(const uint8_t *program, size_t length,
                     const struct inf_pickle_options *options, struct inf_pickle_facts *ret,
                     struct inf_error *err);

#endif
