/* loopback.c - 127.0.0.0/8 and ::1, numbers only. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>

bool inf_is_loopback(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, address, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}
