/* operations.c - what a model's code may call.
 *
 * Whatever is in neither list is unknown: refused, unless an operator approved that very file. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "operations.h"

#include "inferd/vet.h"
#include <stdlib.h>
#include <string.h>

static const char *const allowed[] = {
    "aten::add",
};

static const char *const forbidden[] = {
    "aten::as_strided",
    "aten::from_file",
    "aten::save",
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

const char *const *inf_operations_allowed(size_t *ret_count)
{
    *ret_count = COUNT(allowed);
    return allowed;
}

const char *const *inf_operations_forbidden(size_t *ret_count)
{
    *ret_count = COUNT(forbidden);
    return forbidden;
}

static int compare(const void *name, const void *item)
{
    return strcmp(name, *(const char *const *)item);
}

static int has(const char *const *list, size_t count, const char *name)
{
    return bsearch(name, list, count, sizeof *list, compare) != NULL;
}

enum inf_vet_class inf_vet_operation(const char *name)
{
    if (has(forbidden, COUNT(forbidden), name))
        return INF_VET_FORBIDDEN;
    return has(allowed, COUNT(allowed), name) ? INF_VET_ALLOWED : INF_VET_UNKNOWN;
}
