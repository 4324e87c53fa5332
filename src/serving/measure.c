/* Measured memory as a small JSON document of the store. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "measure.h"
#include "keep_object.h"
#include <string.h>

#define TEXT_MAX 512
/* A record for each few bytes more would be a write to the disk for nothing. */
#define WORTH_PERCENT 5

bool inf_measured_known(const struct inf_measured *measured)
{
    return measured->base >= 0 && measured->per_allocation >= 0 && measured->peak >= 0;
}

static void raise_one(int64_t *largest, int64_t seen)
{
    if (seen > *largest)
        *largest = seen;
}

void inf_measured_raise(struct inf_measured *largest, const struct inf_measured *seen)
{
    raise_one(&largest->base, seen->base);
    raise_one(&largest->per_allocation, seen->per_allocation);
    raise_one(&largest->peak, seen->peak);
}

static bool grew(int64_t recorded, int64_t now)
{
    return recorded < 0 ? now >= 0 : now > recorded + recorded / 100 * WORTH_PERCENT;
}

bool inf_measured_grew(const struct inf_measured *recorded, const struct inf_measured *now)
{
    return grew(recorded->base, now->base) || grew(recorded->per_allocation, now->per_allocation) ||
           grew(recorded->peak, now->peak);
}

void inf_measured_print(const struct inf_measured *measured, const char *engine,
                        struct inf_buf *out)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "engine", engine);
    inf_jsonw_kv_int(&w, "base", measured->base);
    inf_jsonw_kv_int(&w, "per_allocation", measured->per_allocation);
    inf_jsonw_kv_int(&w, "peak", measured->peak);
    inf_jsonw_end_object(&w);
}

static int64_t figure(const struct cJSON *object, const char *name)
{
    const struct cJSON *member = inf_json_get(object, name);
    double value = inf_json_is_number(member) ? inf_json_double(member) : -1;

    return value >= 0 && value < 1e15 ? (int64_t)value : -1;
}

struct inf_measured inf_measured_parse(const char *text, const char *engine)
{
    struct inf_measured measured = INF_MEASURED_NONE;
    struct inf_json json = {0};
    struct inf_error ignored;
    const char *its_engine = NULL;

    if (inf_json_parse_own(text, strlen(text), NULL, &json, &ignored) != 0)
        return measured;
    its_engine = inf_json_string(inf_json_get(json.root, "engine"));
    if (its_engine != NULL && strcmp(its_engine, engine) == 0)
        measured =
            (struct inf_measured){figure(json.root, "base"), figure(json.root, "per_allocation"),
                                  figure(json.root, "peak")};
    inf_json_free(&json);
    return inf_measured_known(&measured) ? measured : INF_MEASURED_NONE;
}

struct inf_measured inf_measured_load(const struct inf_store *store, const char *model_id,
                                      const char *engine)
{
    const struct inf_object *object = inf_store_object(store, INF_OBJECT_MEMORY, model_id);

    return object != NULL ? inf_measured_parse(object->text, engine) : INF_MEASURED_NONE;
}

void inf_measured_save(struct inf_store *store, const char *model_id, const char *engine,
                       const struct inf_measured *measured, void (*saved)(void *arg), void *arg)
{
    struct inf_object object = {.id = model_id, .model_id = model_id};
    struct inf_buf text;

    inf_buf_init(&text, TEXT_MAX);
    inf_measured_print(measured, engine, &text);
    inf_buf_append(&text, "", 1);
    object.text = text.data;
    inf_keep_object(store, INF_OBJECT_MEMORY, &object,
                    "the measured memory of a model was not recorded", saved, arg);
    inf_buf_free(&text);
}
