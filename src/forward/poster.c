/* poster.c - the receiver's URL, headers and trust, for each post. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "poster.h"

#include "inferd/alloc.h"
#include <stdlib.h>

struct inf_poster {
    const struct inf_receiver *receiver;
    struct inf_http_trust trust;
    struct inf_http_client *client;
};

int inf_poster_open(struct uv_loop_s *loop, const struct inf_receiver *receiver,
                    struct inf_poster **ret, struct inf_error *err)
{
    struct inf_poster *poster = inf_alloc(1, sizeof *poster);

    poster->receiver = receiver;
    poster->trust = (struct inf_http_trust){.authorities = receiver->authorities,
                                            .username = receiver->username,
                                            .password = receiver->password,
                                            .proxy = receiver->proxy,
                                            .verify_certificate = receiver->verify_certificate,
                                            .verify_host = receiver->verify_host};
    if (inf_http_client_open(loop, &poster->trust, receiver->name, &poster->client, err) != 0) {
        free(poster);
        return -1;
    }
    *ret = poster;
    return 0;
}

void inf_poster_close(struct inf_poster *poster)
{
    inf_http_client_close(poster->client);
}

void inf_poster_free(struct inf_poster *poster)
{
    inf_http_client_free(poster->client);
    free(poster);
}

struct inf_http_request *
inf_poster_send(struct inf_poster *poster, struct inf_buf *body, size_t reply_max,
                void (*done)(void *arg, const struct inf_http_result *result), void *arg)
{
    const char *const headers[] = {"Content-Type: application/x-ndjson",
                                   poster->receiver->authorization, NULL};
    const struct inf_http_question question = {.method = "POST",
                                               .url = poster->receiver->url,
                                               .headers = headers,
                                               .body = body,
                                               .answer_max = reply_max,
                                               .fd = -1,
                                               .timeout_ms = poster->receiver->timeout_ms,
                                               .done = done,
                                               .arg = arg};

    return inf_http_client_send(poster->client, &question);
}
