/* endpoint_chunking.c - strategies: a row each, with what it takes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint_chunking.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

enum { SIZE_DEFAULT = 250 };

struct strategy {
    const char *name;
    int size_min, size_max;           /* of max_chunk_size; 0: it has none */
    const char *overlap;              /* the member's name, or NULL */
    int overlap_default, overlap_max; /* overlap_max 0: half of the size */
    bool separators;
};

static const struct strategy strategies[] = {
    {.name = "sentence",
     .size_min = 20,
     .size_max = 300,
     .overlap = "sentence_overlap",
     .overlap_default = 1,
     .overlap_max = 1},
    {.name = "word",
     .size_min = 10,
     .size_max = INT_MAX,
     .overlap = "overlap",
     .overlap_default = 100},
    {.name = "recursive", .size_min = 10, .size_max = 300, .separators = true},
    {.name = "none"},
};

static int complain(struct inf_error *err, const char *what, const char *name, int64_t low,
                    int64_t high)
{
    return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                             "[chunking_settings] Invalid value%s. [%s] must be "
                             "an integer from [%lld] to [%lld]",
                             what, name, (long long)low, (long long)high);
}

static int read_number(const struct cJSON *given, const char *name, int64_t low, int64_t high,
                       int64_t dflt, int64_t *ret, struct inf_error *err)
{
    const struct cJSON *value = inf_json_get(given, name);
    struct inf_error ignored;

    *ret = dflt;
    if (value == NULL)
        return 0;
    if (!inf_json_is_number(value) || inf_json_int64(value, ret, &ignored) != 0 || *ret < low ||
        *ret > high)
        return complain(err, "", name, low, high);
    return 0;
}

static int check_members(const struct strategy *strategy, const struct cJSON *given,
                         struct inf_error *err)
{
    for (const struct cJSON *member = inf_json_first(given); member != NULL;
         member = inf_json_next(member)) {
        const char *key = inf_json_key(member);

        if (strcmp(key, "strategy") == 0 ||
            (strategy->size_min > 0 && strcmp(key, "max_chunk_size") == 0) ||
            (strategy->overlap != NULL && strcmp(key, strategy->overlap) == 0) ||
            (strategy->separators &&
             (strcmp(key, "separators") == 0 || strcmp(key, "separator_group") == 0)))
            continue;
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "When chunking is [%s], settings can not have "
                                 "the following: [%s]",
                                 strategy->name, key);
    }
    return 0;
}

static bool are_strings(const struct cJSON *list)
{
    const struct cJSON *one = inf_json_first(list);

    while (inf_json_is_string(one))
        one = inf_json_next(one);
    return inf_json_is_array(list) && inf_json_first(list) != NULL && one == NULL;
}

static int add_separators(const struct cJSON *given, struct cJSON *made, struct inf_error *err)
{
    const struct cJSON *list = inf_json_get(given, "separators");
    const struct cJSON *group = inf_json_get(given, "separator_group");
    const char *name = inf_json_string(group);

    if (list != NULL && group != NULL)
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "Recursive chunking settings can not have both "
                                 "[separator_group] and [separators]");
    if (list != NULL && !are_strings(list))
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "[separators] must be a list of strings");
    if (group != NULL &&
        (name == NULL || (strcmp(name, "markdown") != 0 && strcmp(name, "plaintext") != 0)))
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "[separator_group] must be one of [markdown, "
                                 "plaintext]");
    if (list != NULL)
        return inf_json_set(made, "separators", inf_json_copy(list));
    return inf_json_set(made, "separator_group",
                        inf_json_new_string(name != NULL ? name : "plaintext"));
}

static int fill(const struct strategy *strategy, const struct cJSON *given, struct cJSON *made,
                struct inf_error *err)
{
    int64_t size = 0, overlap = 0, most = 0;

    inf_json_set(made, "strategy", inf_json_new_string(strategy->name));
    if (strategy->size_min == 0)
        return 0;
    if (read_number(given, "max_chunk_size", strategy->size_min, strategy->size_max, SIZE_DEFAULT,
                    &size, err) != 0)
        return -1;
    inf_json_set(made, "max_chunk_size", inf_json_new_int(size));
    if (strategy->separators)
        return add_separators(given, made, err);
    most = strategy->overlap_max > 0 ? strategy->overlap_max : size / 2;
    overlap = strategy->overlap_default < most ? strategy->overlap_default : most;
    if (read_number(given, strategy->overlap, 0, most, overlap, &overlap, err) != 0)
        return -1;
    return inf_json_set(made, strategy->overlap, inf_json_new_int(overlap));
}

int inf_endpoint_chunking(const struct cJSON *given, struct cJSON **ret, struct inf_error *err)
{
    const char *name = inf_json_string(inf_json_get(given, "strategy"));
    const struct strategy *strategy = NULL;
    struct cJSON *made;

    if (given != NULL && !inf_json_is_object(given))
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "[chunking_settings] must be an object");
    if (name == NULL)
        name = "sentence";
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++)
        if (strcmp(strategies[i].name, name) == 0)
            strategy = &strategies[i];
    if (strategy == NULL)
        return inf_error_invalid(err, INF_ERR_STATE_VALIDATION,
                                 "[chunking_settings] Invalid value [%s] "
                                 "received. [strategy] must be one of [none, recursive, sentence, "
                                 "word]",
                                 name);
    if (check_members(strategy, given, err) != 0)
        return -1;
    made = inf_json_new_object();
    inf_error_set(err, INF_ERR_MEMORY, "not enough memory for chunking settings");
    if (made != NULL && fill(strategy, given, made, err) == 0) {
        *ret = made;
        return 0;
    }
    inf_json_delete(made);
    return -1;
}
