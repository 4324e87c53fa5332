/* secret_file.h - files that hold what others must not read: keys, password hashes.
 *
 * Thread: any; reads, so at the start or at a reload only. Bound: INF_SECRET_MAX bytes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SECRET_FILE_H
#define INFERD_SECRET_FILE_H

#include "inferd/buf.h"
#include "inferd/error.h"

#define INF_SECRET_MAX (64 * 1024)
#define INF_SECRET_LINE_MAX 2048

/* Appends the file to out. Fails, naming the setting and the file, when it cannot be read, and when
 * somebody else could read or change it: it must belong to this user or to root and have no rights
 * for others; its group may read it where it is root's. */
int inf_secret_file_read(const char *setting, const char *path, struct inf_buf *out,
                         struct inf_error *err);
/* The same of the first line alone, into out, which need not be
 * initialised; it must have 1 to INF_SECRET_LINE_MAX printable bytes. */
int inf_secret_line_read(const char *setting, const char *path, struct inf_buf *out,
                         struct inf_error *err);
/* The same for what is no secret, such as a certificate: no rights are asked for. */
int inf_public_file_read(const char *setting, const char *path, struct inf_buf *out,
                         struct inf_error *err);
void inf_secret_wipe(struct inf_buf *secret); /* and frees it */

#endif
