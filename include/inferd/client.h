/* client.h - who asks, as far as fair shares go.
 *
 * A client is known by its address; what else may tell clients apart one day (the id of an API
 * key) becomes another kind here, and nobody else need know. Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_CLIENT_H
#define INFERD_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

struct sockaddr;

struct inf_client {
    uint64_t id;
    uint64_t kind; /* 0: unknown, which is one client, too */
};

/* Of an IPv4 address all bits count, of an IPv6 address the network's half, as one machine may use
 * all addresses of its network; an IPv4 address in the shape of IPv6 is the IPv4 address. Anything
 * else, and NULL, is the unknown client. */
struct inf_client inf_client_of_address(const struct sockaddr *address);
bool inf_client_is(const struct inf_client *client, const struct inf_client *other);

#endif
