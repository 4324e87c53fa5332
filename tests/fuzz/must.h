/* must.h - an invariant of a fuzz target: one that does not hold aborts the process with a line
 * that says which it was. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FUZZ_MUST_H
#define INFERD_FUZZ_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define MUST(condition)                                                                \
    do {                                                                               \
        if (!(condition)) {                                                            \
            fprintf(stderr, "violated: %s (%s:%d)\n", #condition, __FILE__, __LINE__); \
            abort();                                                                   \
        }                                                                              \
    } while (0)

#endif
