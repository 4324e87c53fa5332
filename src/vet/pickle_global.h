/* pickle_global.h - the constructors that a program may name, and what each makes of its arguments.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_PICKLE_GLOBAL_H
#define INFERD_VET_PICKLE_GLOBAL_H

#include "pickle_machine.h"

enum inf_pickle_global {
    INF_PICKLE_GLOBAL_CLASS,   /* one of the file's own classes */
    INF_PICKLE_GLOBAL_PACKED,  /* one of libtorch's classes; detail: enum inf_pickle_packed */
    INF_PICKLE_GLOBAL_STORAGE, /* detail: index of the storage type */
    INF_PICKLE_GLOBAL_SCHEME,  /* detail: enum inf_pickle_scheme */
    INF_PICKLE_GLOBAL_REBUILD, /* detail: whether quantised */
    INF_PICKLE_GLOBAL_LIST,    /* detail: enum inf_pickle_kind of the items */
    INF_PICKLE_GLOBAL_TYPE,    /* restore_type_tag */
    INF_PICKLE_GLOBAL_HOOKS,   /* OrderedDict */
    INF_PICKLE_GLOBAL_COMPLEX,
    INF_PICKLE_GLOBAL_DEVICE
};

/* Classes of libtorch whose objects torch's own quantisation makes. */
enum inf_pickle_packed {
    INF_PICKLE_PACKED_LINEAR,
    INF_PICKLE_PACKED_CONV2D,
    INF_PICKLE_PACKED_CONV3D,
    INF_PICKLE_PACKED_EMBEDDING,
    INF_PICKLE_PACKED_CELL
};

/* GLOBAL: reads module and name behind the opcode and puts the constructor on the stack. */
int inf_pickle_load_global(struct inf_pickle *m);

/* REDUCE: a constructor and its arguments, which lie on the stack. */
int inf_pickle_reduce(struct inf_pickle *m);

/* What a GLOBAL value is. */
enum inf_pickle_global inf_pickle_global_kind(struct inf_pickle_value global);
uint32_t inf_pickle_global_detail(struct inf_pickle_value global);
/* "module.name" for a reason. */
const char *inf_pickle_global_name(const struct inf_pickle *m, uint32_t value,
                                   char text[INF_PICKLE_QUOTE]);

/* The items of a tuple that has from `least` (> 0) to `most` of them, until the next value is made;
 * else a reason: `what` takes so many. */
int inf_pickle_arguments(struct inf_pickle *m, uint32_t tuple, const char *what, uint32_t least,
                         uint32_t most, const uint32_t **ret);

#endif
