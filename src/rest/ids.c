/* ids.c - the rules for model ids and tags, [a-z0-9](?:[a-z0-9_\-\.]*[a-z0-9])? with at most 64,
 * and for aliases, [a-z0-9](?:[a-z0-9_\-\.]*[a-z])?. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ids.h"

#include <string.h>

#define SNAPSHOT "_SNAPSHOT" /* of a packaged model that belongs to no release */

/* ctype.h asks the locale; the rules are about bytes. */
static bool letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool alphanumeric(char c)
{
    return letter(c) || (c >= '0' && c <= '9');
}

static bool spelled_well(const char *id, size_t length)
{
    if (length == 0 || !alphanumeric(id[0]) || !alphanumeric(id[length - 1]))
        return false;
    for (size_t i = 1; i < length; i++)
        if (!alphanumeric(id[i]) && id[i] != '_' && id[i] != '-' && id[i] != '.')
            return false;
    return true;
}

bool inf_id_spelled_well(const char *id)
{
    return spelled_well(id, strlen(id));
}

bool inf_id_short_enough(const char *id)
{
    return strlen(id) <= INF_ID_MAX;
}

bool inf_id_valid(const char *id)
{
    return inf_id_spelled_well(id) && inf_id_short_enough(id);
}

bool inf_id_is_packaged(const char *id)
{
    return id[0] == '.';
}

bool inf_packaged_id_spelled_well(const char *id)
{
    size_t length = strlen(id + 1), suffix = strlen(SNAPSHOT);

    if (length > suffix && strcmp(id + 1 + length - suffix, SNAPSHOT) == 0)
        length -= suffix;
    return spelled_well(id + 1, length);
}

bool inf_alias_spelled_well(const char *alias)
{
    size_t length = strlen(alias);

    return spelled_well(alias, length) && (length == 1 || letter(alias[length - 1]));
}
