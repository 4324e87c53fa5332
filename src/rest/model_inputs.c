/* model_inputs.c - how much the input fields of two models have in common.
 *
 * Names are compared as sorted sets, since how many there are is the client's choice. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "model_config.h"
#include <stdlib.h>
#include <string.h>

struct names {
    struct inf_json doc; /* that the items belong to */
    const char **items;  /* ascending, each once */
    size_t count;
};

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int load(struct names *names, const char *config, struct inf_error *err)
{
    const struct cJSON *list;
    size_t count = 0, kept = 0;

    if (inf_model_config_open(config, &names->doc, err) != 0)
        return -1;
    list = inf_json_get_path(names->doc.root, "input.field_names");
    names->items = inf_alloc(inf_json_size(list) + 1, sizeof *names->items);
    for (const struct cJSON *name = inf_json_first(list); name != NULL; name = inf_json_next(name))
        names->items[count++] = inf_json_string(name);
    qsort(names->items, count, sizeof *names->items, compare);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(names->items[kept - 1], names->items[i]) != 0)
            names->items[kept++] = names->items[i];
    names->count = kept;
    return 0;
}

static void unload(struct names *names)
{
    free(names->items);
    inf_json_free(&names->doc);
}

static size_t count_common(const struct names *a, const struct names *b)
{
    size_t common = 0;

    for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
        int order = strcmp(a->items[i], b->items[k]);

        common += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    return common;
}

int inf_model_config_inputs_differ(const char *config, const char *old_config, bool *ret,
                                   struct inf_error *err)
{
    struct names names, old;
    size_t kept;

    if (load(&names, config, err) != 0)
        return -1;
    if (load(&old, old_config, err) != 0) {
        unload(&names);
        return -1;
    }
    kept = count_common(&old, &names);
    *ret = old.count - kept > old.count / 2 || kept < old.count / 2;
    unload(&old);
    unload(&names);
    return 0;
}
