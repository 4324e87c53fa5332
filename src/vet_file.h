/* vet_file.h - `inferd --vet FILE`: what the server would say of a definition, without a server.
 *
 * Thread: the program's only one; blocks. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_FILE_H
#define INFERD_VET_FILE_H

#include "inferd/buf.h"
#include "inferd/config.h"
#include "inferd/error.h"
#include <stdbool.h>

/* Has the file looked at by the engine program in a caged process, as a server with these settings
 * does when a definition is uploaded. 0 with the report as indented JSON in out, and whether it was
 * accepted; or -1 when it could not be looked at. */
int inf_vet_file(const char *path, const char *engine_path, const struct inf_config *config,
                 struct inf_buf *out, bool *ret_accepted, struct inf_error *err);

#endif
