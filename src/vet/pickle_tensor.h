/* pickle_tensor.h - storages and the tensors that are made of them.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_PICKLE_TENSOR_H
#define INFERD_VET_PICKLE_TENSOR_H

#include "pickle_machine.h"

/* How a tensor is quantised. */
enum inf_pickle_scheme {
    INF_PICKLE_PLAIN, /* not at all */
    INF_PICKLE_PER_TENSOR,
    INF_PICKLE_PER_CHANNEL,
    INF_PICKLE_PER_CHANNEL_FLOAT /* zero points are floats */
};

enum inf_pickle_type_class {
    INF_PICKLE_TYPE_INTEGER, /* bool too */
    INF_PICKLE_TYPE_FLOATING,
    INF_PICKLE_TYPE_COMPLEX,
    INF_PICKLE_TYPE_QUANTISED
};

struct inf_pickle_storage_type {
    const char *name; /* below the module torch */
    int bytes;        /* of one value */
    enum inf_pickle_type_class type_class;
};

/* The types that a storage may have; *ret_count is their number. */
const struct inf_pickle_storage_type *inf_pickle_storage_types(size_t *ret_count);

/* Whether a view of `dimensions` sizes and strides, all >= 0, lies in a storage of `values`. Sizes
 * whose product does not fit are refused too. *ret_end is one past the last value that it reaches
 * (0 when it has none); false when numbers overflow. */
bool inf_pickle_extent(const int64_t *sizes, const int64_t *strides, size_t dimensions,
                       int64_t offset, int64_t *ret_end);

/* BINPERSID: the storage that the tuple on the stack names. */
int inf_pickle_load_storage(struct inf_pickle *m);

/* _rebuild_tensor_v2 and _rebuild_qtensor. */
int inf_pickle_rebuild(struct inf_pickle *m, uint32_t arguments, bool quantised);

/* A copy of what is known of a tensor; value is a TENSOR. */
struct inf_pickle_tensor inf_pickle_tensor_at(const struct inf_pickle *m, uint32_t value);

#endif
