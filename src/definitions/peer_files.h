/* peer_files.h - what other nodes have, asked for. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_PEER_FILES_H
#define INFERD_DEFINITIONS_PEER_FILES_H

#include "definitions_state.h"
#include "inferd/http_client.h"

/* The next node but this one, *at being where to go on; NULL: there is none left. */
const struct inf_member *inf_peer_next(const struct inf_definitions *definitions, size_t *at);
/* path: behind "/_inferd/". fd: a file that is taken and written to; -1: at most max bytes go into
 * memory. */
struct inf_http_request *inf_peer_ask(const struct inf_definitions *definitions,
                                      const struct inf_member *member, const char *path, int fd,
                                      size_t max,
                                      void (*done)(void *arg, const struct inf_http_result *result),
                                      void *arg);

#endif
