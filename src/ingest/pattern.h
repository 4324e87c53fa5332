/* pattern.h - regular expressions: PCRE2, whose syntax is nearest to that of Java's.
 *
 * A match takes a bounded number of steps (INF_PATTERN_STEPS), so that no pattern with any text can
 * hold the loop.
 *
 * Thread: loop only (the matches share memory). Owns: the compiled pattern. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_PATTERN_H
#define INFERD_INGEST_PATTERN_H

#include "inferd/buf.h"
#include "inferd/error.h"

#define INF_PATTERN_STEPS 1000000 /* of one match, and of all matches in one text */
#define INF_PATTERN_MAX 4096      /* bytes of a pattern */

struct inf_pattern;

/* NULL with ILLEGAL_ARGUMENT, which names the place. */
struct inf_pattern *inf_pattern_new(const char *text, struct inf_error *err);
void inf_pattern_free(struct inf_pattern *pattern); /* NULL is fine */
/* Appends text with every match replaced; $1, ${name} and \x are Java's. */
int inf_pattern_replace(const struct inf_pattern *pattern, const char *text, const char *with,
                        struct inf_buf *out, struct inf_error *err);
/* Calls piece for each part between matches, in order. piece fails with err. */
int inf_pattern_split(const struct inf_pattern *pattern, const char *text,
                      int (*piece)(void *arg, const char *data, size_t length,
                                   struct inf_error *err),
                      void *arg, struct inf_error *err);

#endif
