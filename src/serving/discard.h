/* discard.h - frees what is too large to be freed on the loop: a cache of gigabytes has millions of
 * entries.
 *
 * Thread: loop only; the freeing is a job of libuv's pool. Owns: what is handed in, until then. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_DISCARD_H
#define INFERD_SERVING_DISCARD_H

#include "cache.h"
#include "manager.h"

/* Takes the cache, which nobody uses any more. */
void inf_discard_cache(struct inf_manager *manager, struct inf_cache *cache);

#endif
