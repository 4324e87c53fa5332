/* listen.h - a listening socket. Thread: any. Owns: nothing; the caller closes the descriptor. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_LISTEN_H
#define INFERD_HTTP_LISTEN_H

#include "inferd/error.h"
#include <stdint.h>

/* Binds to an IPv4 or IPv6 address (port 0: any) and listens. The descriptor, with the port that it
 * got, or -1 with INF_ERR_IO. */
int inf_listen(const char *host, uint16_t port, uint16_t *ret_port, struct inf_error *err);

#endif
