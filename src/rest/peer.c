/* peer.c - the cluster's secret, compared without telling by its time how far it was right. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include "inferd/rest.h"
#include "reply.h"
#include <string.h>

bool rest_is_peer(const struct inf_call *call)
{
    static const char scheme[] = INF_PEER_SCHEME " ";
    const char *given = inf_call_authorization(call), *secret = rest_app(call)->peer_secret;
    unsigned char difference = 0;
    size_t length;

    if (secret == NULL || given == NULL || strncmp(given, scheme, sizeof scheme - 1) != 0)
        return false;
    given += sizeof scheme - 1;
    length = strlen(secret);
    if (strlen(given) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        difference |= (unsigned char)(given[i] ^ secret[i]);
    return difference == 0;
}
