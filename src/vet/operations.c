/* operations.c - what is to be thought of an operation: a search in the two tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "operations.h"

#include "inferd/vet.h"
#include <stdlib.h>
#include <string.h>

static int compare(const void *name, const void *item)
{
    return strcmp(name, *(const char *const *)item);
}

/* A namespace sorts right before its members, and few families have one: a plain walk finds it. */
static int in_namespace(const struct inf_operation_family *family, const char *name)
{
    size_t i, length;

    for (i = 0; i < family->count; i++) {
        length = strlen(family->names[i]);
        if (family->names[i][length - 1] == ':' && strncmp(family->names[i], name, length) == 0)
            return 1;
    }
    return 0;
}

static const struct inf_operation_family *find(const struct inf_operation_family *families,
                                               size_t count, const char *name)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (bsearch(name, families[i].names, families[i].count, sizeof *families[i].names, compare))
            return &families[i];
        if (in_namespace(&families[i], name))
            return &families[i];
    }
    return NULL;
}

const char *inf_vet_forbidden_because(const char *name)
{
    size_t count;
    const struct inf_operation_family *families = inf_operations_forbidden(&count);
    const struct inf_operation_family *family = find(families, count, name);

    return family ? family->what : NULL;
}

/* Goes up when a rule changes that is in no list. */
#define RULES 1

/* FNV-1a, which is enough to tell lists apart that nobody made to collide. */
static uint32_t mix(uint32_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return (hash ^ 0xff) * 16777619u;
}

uint32_t inf_vet_rules(void)
{
    size_t counts[2];
    const struct inf_operation_family *lists[2] = {inf_operations_allowed(&counts[0]),
                                                   inf_operations_forbidden(&counts[1])};
    uint32_t hash = 2166136261u + RULES;

    for (size_t list = 0; list < 2; list++) {
        for (size_t i = 0; i < counts[list]; i++)
            for (size_t name = 0; name < lists[list][i].count; name++)
                hash = mix(hash, lists[list][i].names[name]);
        hash = mix(hash, "");
    }
    return hash;
}

enum inf_vet_class inf_vet_operation(const char *name)
{
    size_t count;
    const struct inf_operation_family *allowed = inf_operations_allowed(&count);

    if (inf_vet_forbidden_because(name))
        return INF_VET_FORBIDDEN;
    return find(allowed, count, name) ? INF_VET_ALLOWED : INF_VET_UNKNOWN;
}
