/* rest.h - the route table and what its handlers work on.
 *
 * One file a resource in src/rest; a handler parses nothing by hand and writes no status code: the
 * table (src/rest/routes.c) has the parameters, the error has the status. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_H
#define INFERD_REST_H

#include "inferd/config.h"
#include "inferd/http.h"
#include "inferd/serving.h"
#include "inferd/store.h"
#include "inferd/version.h"

/* The server's context: everything a handler may use. Borrowed; filled by main.c. */
struct inf_app {
    const struct inf_config *config;
    struct inf_store *store;
    struct inf_manager *manager;
    bool stopping;
};

extern const struct inf_route inf_routes[]; /* ended by path == NULL */

#endif
