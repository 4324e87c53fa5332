/* endpoint_cache.h - stored endpoints as they are when they have been read, so that a question does
 * not read its endpoint's JSON again.
 *
 * An entry counts for the text that it was made of; another text in the store makes another entry.
 *
 * Thread: loop only. Owns: the entries; whoever keeps one beyond a call takes a reference. Bound:
 * INF_ENDPOINTS_CACHED entries. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_ENDPOINT_CACHE_H
#define INFERD_REST_ENDPOINT_CACHE_H

#include "endpoint.h"

#define INF_ENDPOINTS_CACHED 1000

struct inf_endpoint_entry;

/* The entry of a stored endpoint, borrowed, or NULL with err: it cannot be read. */
struct inf_endpoint_entry *inf_endpoint_cached(struct inf_endpoint_cache *cache,
                                               const struct inf_object *object,
                                               struct inf_error *err);
void inf_endpoint_forget(struct inf_endpoint_cache *cache, const char *id); /* it is not stored */
const struct inf_endpoint *inf_endpoint_of(const struct inf_endpoint_entry *entry);
struct inf_endpoint_entry *inf_endpoint_ref(struct inf_endpoint_entry *entry);
void inf_endpoint_unref(struct inf_endpoint_entry *entry); /* NULL is fine */

#endif
