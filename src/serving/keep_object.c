/* keep_object.c - a put whose outcome only the log hears of. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "keep_object.h"
#include "inferd/alloc.h"
#include "inferd/log.h"

#include <stdlib.h>

struct keeping {
    const char *lost;
    void (*over)(void *arg);
    void *arg;
};

static void on_stored(void *arg, const struct inf_error *err)
{
    struct keeping *keeping = arg;

    if (err != NULL && err->code != INF_ERR_NOT_FOUND) /* else the model was deleted meanwhile */
        inf_log(INF_LOG_WARN, "serving", keeping->lost,
                (const char *[]){"reason", err->reason, NULL});
    if (keeping->over != NULL)
        keeping->over(keeping->arg);
    free(keeping);
}

void inf_keep_object(struct inf_store *store, enum inf_object_kind kind,
                     const struct inf_object *object, const char *lost, void (*over)(void *arg),
                     void *arg)
{
    struct keeping *keeping = inf_alloc(1, sizeof *keeping);

    *keeping = (struct keeping){lost, over, arg};
    inf_store_put_object(store, kind, object, true, on_stored, keeping);
}
