/* model_members.c - small readers over a configuration's members. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "model_members.h"

const struct cJSON *inf_strings_first(const struct cJSON *strings)
{
    return inf_json_is_string(strings)  ? strings
           : inf_json_is_array(strings) ? inf_json_first(strings)
                                        : NULL;
}

const struct cJSON *inf_strings_next(const struct cJSON *strings, const struct cJSON *item)
{
    return item == strings ? NULL : inf_json_next(item);
}

bool inf_member_present(const struct cJSON *object, const char *key)
{
    const struct cJSON *value = inf_json_get(object, key);

    return value != NULL && !inf_json_is_null(value);
}

bool inf_has_definition(const struct cJSON *root)
{
    return inf_member_present(root, "definition") ||
           inf_member_present(root, "compressed_definition");
}
