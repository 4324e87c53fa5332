/* The table of privileges. What a row contains may contain more, so a set is closed by following
 * the rows; there are few, and sets are made when roles are read, not when requests come. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/privilege.h"

#include <string.h>

#define BIT(name) (UINT32_C(1) << INF_PRIV_##name)

static const struct {
    const char *name;
    uint32_t contains;
} table[INF_PRIV_COUNT] = {
    [INF_PRIV_NONE] = {"none", 0},
    [INF_PRIV_AUTHENTICATED] = {"any authenticated caller", 0},
    [INF_PRIV_MONITOR_ML] = {"monitor_ml", 0},
    [INF_PRIV_MONITOR_INFERENCE] = {"monitor_inference", 0},
    [INF_PRIV_MONITOR] = {"monitor", BIT(MONITOR_ML) | BIT(MONITOR_INFERENCE)},
    [INF_PRIV_MANAGE_ML] = {"manage_ml", BIT(MONITOR_ML)},
    [INF_PRIV_MANAGE_INFERENCE] = {"manage_inference", BIT(MONITOR_INFERENCE)},
    [INF_PRIV_READ_PIPELINE] = {"read_pipeline", 0},
    [INF_PRIV_MANAGE_INGEST_PIPELINES] = {"manage_ingest_pipelines", BIT(MANAGE_PIPELINE)},
    [INF_PRIV_MANAGE_PIPELINE] = {"manage_pipeline", BIT(READ_PIPELINE)},
    [INF_PRIV_MANAGE_OWN_API_KEY] = {"manage_own_api_key", 0},
    [INF_PRIV_MANAGE_API_KEY] = {"manage_api_key", BIT(MANAGE_OWN_API_KEY)},
    [INF_PRIV_READ_SECURITY] = {"read_security", 0},
    [INF_PRIV_MANAGE_SECURITY] = {"manage_security", BIT(READ_SECURITY) | BIT(MANAGE_API_KEY)},
    [INF_PRIV_MANAGE] = {"manage", BIT(MONITOR) | BIT(MANAGE_ML) | BIT(MANAGE_INFERENCE) |
                                       BIT(MANAGE_INGEST_PIPELINES)},
    [INF_PRIV_ALL] = {"all", BIT(MANAGE) | BIT(MANAGE_SECURITY)},
};

const char *inf_privilege_name(enum inf_privilege privilege)
{
    return table[privilege].name;
}

enum inf_privilege inf_privilege_parse(const char *name)
{
    for (int i = INF_PRIV_MONITOR_ML; i < INF_PRIV_COUNT; i++)
        if (strcmp(table[i].name, name) == 0)
            return (enum inf_privilege)i;
    return INF_PRIV_NONE;
}

uint32_t inf_privilege_with_contained(enum inf_privilege privilege)
{
    uint32_t set = UINT32_C(1) << privilege, before;

    do {
        before = set;
        for (int i = 0; i < INF_PRIV_COUNT; i++)
            if ((set >> i & 1) != 0)
                set |= table[i].contains;
    } while (set != before);
    return set;
}

bool inf_privilege_in(enum inf_privilege privilege, uint32_t set)
{
    return privilege != INF_PRIV_NONE && (set >> privilege & 1) != 0;
}

void inf_privilege_print_granting(enum inf_privilege privilege, struct inf_buf *out)
{
    const char *separator = "";

    for (int i = INF_PRIV_MONITOR_ML; i < INF_PRIV_COUNT; i++) {
        if (!inf_privilege_in(privilege, inf_privilege_with_contained((enum inf_privilege)i)))
            continue;
        inf_buf_printf(out, "%s%s", separator, table[i].name);
        separator = ",";
    }
}
