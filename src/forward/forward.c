/* forward.c - the receiver, the thread and the file, put together. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/forward.h"

#include "delivery.h"
#include "inferd/alloc.h"
#include "inferd/curl_library.h"
#include <stdlib.h>

int inf_forward_open(struct uv_loop_s *loop, const struct inf_config *config,
                     struct inf_forward **ret, struct inf_error *err)
{
    struct inf_forward *forward;

    *ret = NULL;
    if (inf_config_string(config, "ingest.forward.url")[0] == '\0')
        return 0;
    if (inf_curl_library() == NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "setting [ingest.forward.url]: the library curl, which documents are "
                             "forwarded by, is not installed: see scripts/install-deps");
    forward = inf_alloc(1, sizeof *forward);
    forward->loop = loop;
    forward->config = config;
    if (inf_receiver_read(config, &forward->receiver, err) != 0 ||
        inf_poster_open(loop, &forward->receiver, &forward->poster, err) != 0) {
        inf_receiver_fini(&forward->receiver);
        free(forward);
        return -1;
    }
    forward->letters = inf_dead_letters_new(loop, forward->receiver.dead_letters);
    *ret = forward;
    return 0;
}

void inf_forward_close(struct inf_forward *forward)
{
    if (forward != NULL)
        inf_poster_close(forward->poster);
}

void inf_forward_free(struct inf_forward *forward)
{
    if (forward == NULL)
        return;
    inf_poster_free(forward->poster);
    inf_dead_letters_free(forward->letters);
    inf_receiver_fini(&forward->receiver);
    free(forward);
}

int inf_forward_check_index(const struct inf_forward *forward, const char *name,
                            struct inf_error *err)
{
    return inf_receiver_check_index(&forward->receiver, name, err);
}

int64_t inf_forward_batch_documents(const struct inf_forward *forward)
{
    return forward->receiver.batch_documents;
}
