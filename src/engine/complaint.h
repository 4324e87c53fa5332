/* complaint.h - what of libtorch's complaints is of use to a user.
 *
 * Thread: any; keeps no state. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_COMPLAINT_H
#define INFERD_ENGINE_COMPLAINT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One line of text into reason (cut at reason_size, always terminated): what went wrong, without
 * libtorch's call stack, places in its sources, advice to its authors, or control characters. Never
 * empty. Returns -1, so that failing is one statement. */
int inf_engine_complain(char *reason, size_t reason_size, const char *text);

#ifdef __cplusplus
}
#endif

#endif
