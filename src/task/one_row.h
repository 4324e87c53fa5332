/* one_row.h - an output that the worker has cut down to one row of numbers, one a token of the
 * vocabulary.
 *
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_ONE_ROW_H
#define INFERD_TASK_ONE_ROW_H

#include "matrix.h"

/* The row as doubles, which the caller frees. INTERNAL for more rows than one, NaN and infinities.
 */
int inf_one_row(const struct inf_tensor *output, double **ret, size_t *ret_count,
                struct inf_error *err);

#endif
