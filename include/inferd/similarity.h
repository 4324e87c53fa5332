/* similarity.h - "did you mean": names near a misspelt one, as Elasticsearch picks them.
 *
 * Thread: none (pure). Bound: names longer than 64 bytes resemble nothing; at most INF_SUGGESTIONS
 * names are suggested. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SIMILARITY_H
#define INFERD_SIMILARITY_H

#include "inferd/buf.h"
#include <stddef.h>

enum { INF_SUGGESTIONS = 32 };

/* 1 - edit distance / longer length: 1 is equal, 0 has nothing in common. */
float inf_similarity(const char *a, const char *b);

/* Appends "<lead>did you mean [x]?" or "<lead>did you mean any of [x, y]?" with the candidates
 * whose similarity is above one half, best first, ties in ascending order. Nothing when there is
 * none. */
void inf_suggest(struct inf_buf *out, const char *lead, const char *wrong,
                 const char *const *candidates, size_t count);

#endif
