/* io_error.h - errno to the error that a client or an operator reads.
 *
 * A full disk, quota or file size limit is INSUFFICIENT_STORAGE (507); everything else is IO (500).
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_IO_ERROR_H
#define INFERD_IO_ERROR_H

#include "inferd/error.h"

enum inf_err_code inf_io_code(int error_number);
/* Sets "cannot <action> <what>: <errno text>", e.g. "cannot write the definition part: No space
 * left on device". Returns -1. */
int inf_io_error(struct inf_error *err, int error_number, const char *action, const char *what);

#endif
