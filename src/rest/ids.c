/* ids.c - the one rule for model ids and tags: [a-z0-9](?:[a-z0-9_\-\.]*[a-z0-9])?, at most 64. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ids.h"

#include <string.h>

/* ctype.h asks the locale; the rule is about bytes. */
static bool alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool inf_id_spelled_well(const char *id)
{
    size_t length = strlen(id);

    if (length == 0 || !alphanumeric(id[0]) || !alphanumeric(id[length - 1]))
        return false;
    for (size_t i = 1; i < length; i++)
        if (!alphanumeric(id[i]) && id[i] != '_' && id[i] != '-' && id[i] != '.')
            return false;
    return true;
}

bool inf_id_short_enough(const char *id)
{
    return strlen(id) <= INF_ID_MAX;
}

bool inf_id_valid(const char *id)
{
    return inf_id_spelled_well(id) && inf_id_short_enough(id);
}
