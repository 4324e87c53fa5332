/* router.h - which row of the route table serves a method and a raw path.
 *
 * Thread: any once made (read only). Owns: the compiled patterns; borrows the table.
 * Bound: INF_SEGMENTS path segments. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_ROUTER_H
#define INFERD_HTTP_ROUTER_H

#include "inferd/http.h"
#include <stddef.h>

enum { INF_SEGMENTS = 12, INF_ALLOW_TEXT = 64, INF_OPTIONS = 1 << 8, INF_OTHER_METHOD = 1 << 9 };

struct inf_router;

/* One segment of a request's path that stands for a {name} of the pattern, not yet decoded. */
struct inf_path_value {
    const char *name; /* of the table */
    const char *text; /* borrowed from the path */
    size_t length;
};

struct inf_match {
    const struct inf_route *route; /* NULL: nothing for this method */
    unsigned allowed;              /* methods of every row whose path matches; 0: no such path */
    struct inf_path_value values[INF_SEGMENTS];
    size_t count;
};

/* Compiles the table; gated: with the rows that are there only behind a gate. Asserts that its rows
 * are well-formed: a faulty table is a programmer's error. */
struct inf_router *inf_router_new(const struct inf_route *routes, bool gated);
void inf_router_free(struct inf_router *router);

/* "GET" -> INF_GET; INF_OPTIONS, INF_OTHER_METHOD (known to HTTP), 0 when unknown. */
unsigned inf_method_parse(const char *text);
const char *inf_method_name(unsigned method); /* of one inf_method flag */
/* "GET, POST" of a set of methods. */
void inf_methods_print(unsigned methods, const char *separator, char text[INF_ALLOW_TEXT]);

/* path: as sent, without the query string. Literal segments win over {names}. compatible: the rows
 * of the older major version are there, too. */
void inf_router_match(const struct inf_router *router, unsigned method, const char *path,
                      bool compatible, struct inf_match *ret);

#endif
