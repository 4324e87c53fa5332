/* decode.h - percent-decoding of path segments and query strings.
 *
 * Thread: none. Owns: nothing; results lie in the caller's arena. Bound: the input's length. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_DECODE_H
#define INFERD_HTTP_DECODE_H

#include "arena.h"
#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>

struct inf_query_pair {
    const char *name;
    const char *value; /* "" when there was no '=' */
};

struct inf_query {
    struct inf_query_pair *pairs;
    size_t count;
};

/* Decodes text[0..length) into the arena. A bad escape, an encoded NUL and ill-formed UTF-8 are
 * INF_ERR_ILLEGAL_ARGUMENT. In a query '+' is a blank, in a path it is itself. */
int inf_percent_decode(struct inf_arena *arena, const char *text, size_t length, bool plus_is_blank,
                       const char **ret, struct inf_error *err);

/* Splits "a=1&b&c=%20" (no leading '?'; NULL is fine) and decodes both halves of each pair. */
int inf_query_parse(struct inf_arena *arena, const char *text, struct inf_query *ret,
                    struct inf_error *err);

#endif
