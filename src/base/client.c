/* client.c - addresses as clients. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/client.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

enum kind { UNKNOWN, IPV4, IPV6 };

#define MAPPED_AT 12 /* where the IPv4 address stands in one that is mapped */

static struct inf_client of_ipv4(const void *four_bytes)
{
    uint32_t bits = 0;

    memcpy(&bits, four_bytes, sizeof bits);
    return (struct inf_client){.id = bits, .kind = IPV4};
}

struct inf_client inf_client_of_address(const struct sockaddr *address)
{
    struct inf_client client = {0, UNKNOWN};
    const struct in6_addr *long_one = NULL;

    if (address != NULL && address->sa_family == AF_INET)
        return of_ipv4(&((const struct sockaddr_in *)address)->sin_addr);
    if (address == NULL || address->sa_family != AF_INET6)
        return client;
    long_one = &((const struct sockaddr_in6 *)address)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(long_one))
        return of_ipv4(long_one->s6_addr + MAPPED_AT);
    memcpy(&client.id, long_one->s6_addr, sizeof client.id);
    client.kind = IPV6;
    return client;
}

bool inf_client_is(const struct inf_client *client, const struct inf_client *other)
{
    return client->id == other->id && client->kind == other->kind;
}
