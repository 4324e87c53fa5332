/* vocabulary_set.c - a model that was deleted and made anew is another one: so its time of creation
 * belongs to its name here. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "vocabulary_set.h"

#include "inferd/alloc.h"
#include "inferd/buf.h"
#include "inferd/strmap.h"
#include <stdlib.h>

#define TEXT_MAX ((size_t)8192)
#define SPARE 64

struct inf_vocabulary_set {
    struct inf_strmap *keys;
};

static char *key_of(const struct inf_model *model)
{
    struct inf_buf key;

    inf_buf_init(&key, TEXT_MAX);
    inf_buf_printf(&key, "%s/%lld", model->model_id, (long long)model->create_time_ms);
    return inf_buf_take(&key, NULL);
}

bool inf_vocabulary_set_has(const struct inf_vocabulary_set *set, const struct inf_model *model)
{
    char *key = key_of(model);
    bool has = inf_strmap_get(set->keys, key) != NULL;

    free(key);
    return has;
}

void inf_vocabulary_set_add(struct inf_vocabulary_set *set, const struct inf_model *model)
{
    char *key;

    if (model == NULL)
        return;
    key = key_of(model);
    inf_strmap_put(set->keys, key, set);
    free(key);
}

void inf_vocabulary_set_trim(struct inf_vocabulary_set *set, size_t models)
{
    if (inf_strmap_size(set->keys) <= 2 * models + SPARE)
        return;
    inf_strmap_free(set->keys);
    set->keys = inf_strmap_new();
}

struct inf_vocabulary_set *inf_vocabulary_set_new(void)
{
    struct inf_vocabulary_set *set = inf_alloc(1, sizeof *set);

    set->keys = inf_strmap_new();
    return set;
}

void inf_vocabulary_set_free(struct inf_vocabulary_set *set)
{
    inf_strmap_free(set->keys);
    free(set);
}
