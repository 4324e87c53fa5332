/* Float32 is not written, so that who does not ask for less sees Elasticsearch's answers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "precision.h"
#include "inferd/alloc.h"

#include <stdio.h>
#include <string.h>

const char *inf_precision_name(enum inf_precision_type type)
{
    static const char *const names[INF_PRECISION_TYPES] = {"fp32", "bf16", "int8"};

    return names[type];
}

enum inf_precision_type inf_precision_find(const char *name)
{
    for (int type = 0; type < INF_PRECISION_TYPES && name != NULL; type++)
        if (strcmp(inf_precision_name((enum inf_precision_type)type), name) == 0)
            return (enum inf_precision_type)type;
    return INF_PRECISION_FP32;
}

char *inf_precision_weights(const char *model_id, const struct inf_precision *precision)
{
    char suffix[64] = "";
    char *name = NULL;
    size_t size = 0;

    if (precision->type != INF_PRECISION_FP32) /* no model's id has a space */
        snprintf(suffix, sizeof suffix, " %s %.17g", inf_precision_name(precision->type),
                 precision->min_cosine);
    size = strlen(model_id) + strlen(suffix) + 1;
    name = inf_alloc(size, 1);
    snprintf(name, size, "%s%s", model_id, suffix);
    return name;
}

void inf_precision_write(const struct inf_precision *precision, struct inf_jsonw *w)
{
    if (precision->type == INF_PRECISION_FP32)
        return;
    inf_jsonw_kv_string(w, "precision", inf_precision_name(precision->type));
    if (precision->min_cosine >= 0)
        inf_jsonw_kv_double(w, "min_cosine", precision->min_cosine);
}

void inf_precision_read(const struct cJSON *object, struct inf_precision *ret)
{
    const char *name = inf_json_string(inf_json_get(object, "precision"));
    const struct cJSON *floor = inf_json_get(object, "min_cosine");

    *ret = (struct inf_precision){.type = inf_precision_find(name), .min_cosine = -1};
    if (floor != NULL)
        ret->min_cosine = inf_json_double(floor);
}
