/* peer_files.c - a question to another node, which the cluster's secret admits. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "peer_files.h"

#include <string.h>

#define TEXT_MAX ((size_t)8192)
#define FILE_MS (3600 * INT64_C(1000))
#define MEMORY_MS (60 * INT64_C(1000))

const struct inf_member *inf_peer_next(const struct inf_definitions *definitions, size_t *at)
{
    const struct inf_membership *membership = definitions->means.membership;
    const char *own = inf_store_node_id(definitions->means.store);

    if (definitions->means.peers == NULL || definitions->means.peer_secret == NULL)
        return NULL;
    while (*at < inf_membership_count(membership)) {
        const struct inf_member *member = inf_membership_at(membership, (*at)++);

        if (strcmp(member->node_id, own) != 0)
            return member;
    }
    return NULL;
}

struct inf_http_request *inf_peer_ask(const struct inf_definitions *definitions,
                                      const struct inf_member *member, const char *path, int fd,
                                      size_t max,
                                      void (*done)(void *arg, const struct inf_http_result *result),
                                      void *arg)
{
    const char *headers[] = {NULL, NULL};
    struct inf_http_request *request;
    struct inf_buf url, authorization;

    inf_buf_init(&url, TEXT_MAX);
    inf_member_print_url(member, &url);
    inf_buf_printf(&url, "/_inferd/%s", path);
    inf_buf_init(&authorization, TEXT_MAX);
    inf_peer_print_authorization(definitions->means.peer_secret, &authorization);
    headers[0] = authorization.data;
    request = inf_http_client_send(
        definitions->means.peers,
        &(struct inf_http_question){.method = "GET",
                                    .url = url.data,
                                    .headers = headers,
                                    .answer_max = fd >= 0 ? (size_t)INT64_MAX : max,
                                    .fd = fd,
                                    .timeout_ms = fd >= 0 ? FILE_MS : MEMORY_MS,
                                    .stall_ms = definitions->settings.timeout_ms,
                                    .done = done,
                                    .arg = arg});
    explicit_bzero(authorization.data, authorization.length);
    inf_buf_free(&authorization);
    inf_buf_free(&url);
    return request;
}
