/* The manager is held until the pool is done, so that no job outlives the loop. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "discard.h"
#include "inferd/alloc.h"
#include <stdlib.h>

struct discard {
    uv_work_t work;
    struct inf_manager *manager;
    struct inf_cache *cache;
};

static void free_on_pool(uv_work_t *work)
{
    struct discard *discard = work->data;

    inf_cache_free(discard->cache);
}

static void freed(uv_work_t *work, int status)
{
    struct discard *discard = work->data;

    (void)status; /* never cancelled */
    inf_manager_let_go(discard->manager);
    free(discard);
}

void inf_discard_cache(struct inf_manager *manager, struct inf_cache *cache)
{
    struct discard *discard = inf_alloc(1, sizeof *discard);

    discard->manager = manager;
    discard->cache = cache;
    discard->work.data = discard;
    inf_manager_hold(manager);
    uv_queue_work(manager->loop, &discard->work, free_on_pool, freed);
}
