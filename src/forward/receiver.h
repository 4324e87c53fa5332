/* receiver.h - who documents are forwarded to, as the settings ingest.forward.* say.
 *
 * Nothing of it comes from a request. Secrets come from files and are never printed.
 * Thread: loop only. Owns: all its texts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FORWARD_RECEIVER_H
#define INFERD_FORWARD_RECEIVER_H

#include "inferd/config.h"
#include "inferd/error.h"
#include <stdbool.h>
#include <stdint.h>

struct inf_receiver {
    char *url;                 /* of _bulk */
    char *name;                /* scheme, host and port, for people */
    char *authorization;       /* a whole header line, or NULL */
    char *username, *password; /* or NULL */
    char *authorities;         /* path of a PEM file, or NULL: the system's */
    char *proxy;               /* "" for none, whatever the environment says */
    char *index;               /* or NULL */
    char *indices;             /* names and wildcards, separated by commas */
    char *dead_letters;        /* path */
    bool verify_certificate, verify_host;
    int64_t timeout_ms, backoff_ms, batch_documents, batch_bytes;
    int max_retries;
};

/* -1 with ILLEGAL_ARGUMENT, which names the setting, when one cannot be used; *ret is for
 * inf_receiver_fini in any case. The setting url must not be empty. */
int inf_receiver_read(const struct inf_config *config, struct inf_receiver *ret,
                      struct inf_error *err);
void inf_receiver_fini(struct inf_receiver *receiver); /* zeroed is fine; secrets are wiped */
/* As inf_forward_check_index. */
int inf_receiver_check_index(const struct inf_receiver *receiver, const char *name,
                             struct inf_error *err);

#endif
