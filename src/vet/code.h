/* code.h - a record of source text, as far as it can be judged without compiling it.
 *
 * Thread: any; keeps no state. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_CODE_H
#define INFERD_VET_CODE_H

#include "inferd/error.h"
#include <stddef.h>

/* Refuses what loading would run (the hooks __setstate__ and __getstate__), bytes that
 * TorchScript's printer never writes, and nesting that would exhaust a compiler's stack. name: the
 * record's, for the reason. 0 or -1 with BAD_REQUEST that names the line. */
int inf_code_check(const char *name, const char *text, size_t length, struct inf_error *err);

#endif
