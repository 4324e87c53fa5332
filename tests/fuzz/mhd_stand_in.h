/* mhd_stand_in.h - what src/http calls of libmicrohttpd, without sockets: the headers come from a
 * list, and the answer is kept instead of sent. Linked in libmicrohttpd's place.
 *
 * Thread: one. Bound: STAND_IN_HEADERS headers. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FUZZ_MHD_STAND_IN_H
#define INFERD_FUZZ_MHD_STAND_IN_H

#include "inferd/buf.h"
#include <stddef.h>

enum { STAND_IN_HEADERS = 64 };

struct stand_in_header {
    const char *name, *value;
};

/* One connection with one request on it. Zero-initialise. */
struct MHD_Connection {
    struct stand_in_header sent[STAND_IN_HEADERS]; /* by the client */
    size_t sent_count;
    size_t header_size;
    /* What was queued. */
    int answers;
    unsigned status;
    struct inf_buf body, headers; /* headers: "name: value\n" each */
};

/* Frees the answer. */
void stand_in_free(struct MHD_Connection *connection);
/* The value of a header of the answer, or NULL; in a static buffer. */
const char *stand_in_header(const struct MHD_Connection *connection, const char *name);

#endif
