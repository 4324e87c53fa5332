/* sum_tree.c - trees of counts, walked side by side. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "sum_tree.h"

#include "inferd/alloc.h"
#include <stdlib.h>

bool inf_sum_int(const struct cJSON *value, int64_t *ret)
{
    struct inf_error ignored;

    return inf_json_is_number(value) && inf_json_int64(value, ret, &ignored) == 0;
}

static bool are_all(const struct cJSON *const *values, size_t count,
                    bool (*is)(const struct cJSON *value))
{
    for (size_t i = 0; i < count; i++)
        if (!is(values[i]))
            return false;
    return true;
}

static void add_numbers(const struct cJSON *const *values, size_t count, struct inf_jsonw *w)
{
    int64_t total = 0, one;
    double sum = 0;
    bool whole = true;

    for (size_t i = 0; i < count; i++) {
        sum += inf_json_double(values[i]);
        whole =
            whole && inf_sum_int(values[i], &one) && !__builtin_add_overflow(total, one, &total);
    }
    if (whole)
        inf_jsonw_int(w, total);
    else
        inf_jsonw_double(w, sum);
}

/* The members of that name from the i-th object on. */
static void add_members(const struct cJSON *const *values, size_t count, const char *key,
                        struct inf_jsonw *w)
{
    const struct cJSON **same = inf_alloc(count, sizeof *same);
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        same[used] = inf_json_get(values[i], key);
        used += same[used] != NULL;
    }
    inf_jsonw_key(w, key);
    inf_sum_tree(same, used, w);
    free(same);
}

static bool is_in_any(const struct cJSON *const *values, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (inf_json_get(values[i], key) != NULL)
            return true;
    return false;
}

static void add_objects(const struct cJSON *const *values, size_t count, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    for (size_t i = 0; i < count; i++)
        for (const struct cJSON *member = inf_json_first(values[i]); member != NULL;
             member = inf_json_next(member))
            if (!is_in_any(values, i, inf_json_key(member)))
                add_members(values + i, count - i, inf_json_key(member), w);
    inf_jsonw_end_object(w);
}

static void add_arrays(const struct cJSON *const *values, size_t count, struct inf_jsonw *w)
{
    const struct cJSON **elements = inf_alloc(count, sizeof *elements);

    for (size_t i = 0; i < count; i++)
        elements[i] = inf_json_first(values[i]);
    inf_jsonw_begin_array(w);
    while (elements[0] != NULL) {
        inf_sum_tree(elements, count, w);
        for (size_t i = 0; i < count; i++)
            elements[i] = inf_json_next(elements[i]);
    }
    inf_jsonw_end_array(w);
    free(elements);
}

static bool are_as_long(const struct cJSON *const *values, size_t count)
{
    size_t size = inf_json_size(values[0]);

    for (size_t i = 1; i < count; i++)
        if (inf_json_size(values[i]) != size)
            return false;
    return true;
}

/* As deep as the values are, which the reader of JSON bounds. */
void inf_sum_tree(const struct cJSON *const *values, size_t count, struct inf_jsonw *w)
{
    if (are_all(values, count, inf_json_is_number))
        add_numbers(values, count, w);
    else if (are_all(values, count, inf_json_is_object))
        add_objects(values, count, w);
    else if (are_all(values, count, inf_json_is_array) && are_as_long(values, count))
        add_arrays(values, count, w);
    else
        inf_jsonw_value(w, values[0]);
}
