/* io_error.c - one place decides which errno means "full", for files and for SQLite alike. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/io_error.h"

#include <errno.h>
#include <string.h>

enum inf_err_code inf_io_code(int error_number)
{
    switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return INF_ERR_INSUFFICIENT_STORAGE;
    default:
        return INF_ERR_IO;
    }
}

int inf_io_error(struct inf_error *err, int error_number, const char *action, const char *what)
{
    char text[128];
    /* strerror is not safe beside other threads of the pool; the GNU strerror_r is. */
    return inf_error_set(err, inf_io_code(error_number), "cannot %s %s: %s", action, what,
                         strerror_r(error_number, text, sizeof text));
}
