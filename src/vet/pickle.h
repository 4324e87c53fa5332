/* pickle.h - a pickle program, walked without running anything of it.
 *
 * data.pkl and constants.pkl are programs for a stack machine that libtorch runs while it loads.
 * The walker keeps a stack and a memo of what kind each value is, as much of it as is needed to say
 * what every constructor gets, and lets pass only the opcodes and the constructors that
 * TorchScript's own writer uses. Of each tensor it checks that its storage is as large as its
 * record, that its sizes and strides stay inside the storage, and that sizes and strides agree in
 * number.
 *
 * Thread: any. Bound: the limits below; memory in proportion to the program's length. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_PICKLE_H
#define INFERD_VET_PICKLE_H

#include "inferd/error.h"
#include <stddef.h>
#include <stdint.h>

#define INF_PICKLE_DEPTH_MAX 512      /* values in values */
#define INF_PICKLE_STACK_MAX 1000000  /* values on the stack */
#define INF_PICKLE_MEMO_MAX 1000000   /* places of the memo */
#define INF_PICKLE_STRING_MAX 1000000 /* bytes of one string */
#define INF_PICKLE_DIMENSIONS_MAX 64  /* of a tensor */

struct inf_pickle_options {
    const char *name; /* of the program, for reasons: "data.pkl" */
    /* The bytes of the record that a storage's key names in this program's folder ("data/<key>" for
     * data.pkl), or -1 when there is none. key is NUL-terminated and has no NUL inside. */
    int64_t (*record_size)(void *arg, const char *key);
    void *arg;
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
