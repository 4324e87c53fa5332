/* operations.h - the list of operations that a model's code may call, and those it never may.
 *
 * Thread: any; constant data. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_OPERATIONS_H
#define INFERD_VET_OPERATIONS_H

#include <stddef.h>

/* Names without overloads, each list sorted by strcmp; *ret_count is the length. */
const char *const *inf_operations_allowed(size_t *ret_count);
const char *const *inf_operations_forbidden(size_t *ret_count);

#endif
