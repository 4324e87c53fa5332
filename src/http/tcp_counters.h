/* tcp_counters.h - how many bytes a TCP connection has moved, from the kernel.
 *
 * Thread: any. Bound: one getsockopt a call. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_TCP_COUNTERS_H
#define INFERD_HTTP_TCP_COUNTERS_H

#include <stdint.h>

/* Bytes received since the connection was made, and bytes that the other side acknowledged. Both
 * are 0 when fd is no TCP socket. */
void inf_tcp_counters(int fd, uint64_t *ret_received, uint64_t *ret_acknowledged);

#endif
