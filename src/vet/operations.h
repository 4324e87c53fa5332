/* operations.h - the lists of operations that a model's code may call, and of those it never may.
 *
 * Both are tables of families. What is allowed was found by looking into the models that people
 * import (scripts/trace-operations), and is completed by neighbours that do the same kind of
 * harmless computing. What is in neither is unknown.
 *
 * Thread: any; constant data. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_OPERATIONS_H
#define INFERD_VET_OPERATIONS_H

#include <stddef.h>

struct inf_operation_family {
    const char *what;         /* what its members do: "moves the memory under a tensor" */
    const char *const *names; /* without overloads, sorted by strcmp; "x::" is all of a namespace */
    size_t count;
};

#define INF_OPERATION_NAMES(...) ((const char *const[]){__VA_ARGS__})

/* A row: what, then the names. */
#define INF_OPERATION_FAMILY(text, ...)                                          \
    {                                                                            \
        .what = (text), .names = INF_OPERATION_NAMES(__VA_ARGS__),               \
        .count = sizeof(INF_OPERATION_NAMES(__VA_ARGS__)) / sizeof(const char *) \
    }

/* The families; *ret_count is how many there are. Only those that are forbidden have namespaces. */
const struct inf_operation_family *inf_operations_allowed(size_t *ret_count);
const struct inf_operation_family *inf_operations_forbidden(size_t *ret_count);

#endif
