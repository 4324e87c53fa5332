/* Reads TCP_INFO.
 *
 * This is a file of its own because the kernel's struct tcp_info, the one with byte counters,
 * cannot be included together with the C library's, which libuv's header includes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tcp_counters.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

void inf_tcp_counters(int fd, uint64_t *ret_received, uint64_t *ret_acknowledged)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        memset(&info, 0, sizeof info);
    *ret_received = info.tcpi_bytes_received;
    *ret_acknowledged = info.tcpi_bytes_acked;
}
