/* Roles: the built-in ones, and descriptors as clients write them.
 *
 * Of a descriptor only the cluster privileges matter here, as there are no indices; the rest is
 * checked for its shape, kept and shown, so that roles written for Elasticsearch can be used. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "role.h"

#include <string.h>

const struct inf_builtin_role inf_builtin_roles[] = {
    {INF_SUPERUSER, INF_PRIV_ALL, "Everything, users, roles and keys included."},
    {"machine_learning_admin", INF_PRIV_MANAGE_ML,
     "Uploads, deploys, changes and deletes models, and runs them."},
    {"machine_learning_user", INF_PRIV_MONITOR_ML, "Sees models and runs what is deployed."},
    {"ingest_admin", INF_PRIV_MANAGE_PIPELINE, "Creates, changes and deletes ingest pipelines."},
    {"inference_admin", INF_PRIV_MANAGE_INFERENCE,
     "Creates and deletes inference endpoints, and uses them."},
    {"inference_user", INF_PRIV_MONITOR_INFERENCE, "Sees and uses inference endpoints."},
    {"monitoring_user", INF_PRIV_MONITOR, "Sees how the node is and what it does."},
    {.name = NULL},
};

const struct inf_builtin_role *inf_builtin_role(const char *name)
{
    for (const struct inf_builtin_role *role = inf_builtin_roles; role->name != NULL; role++)
        if (strcmp(role->name, name) == 0)
            return role;
    return NULL;
}

void inf_security_print_roles(struct inf_buf *out)
{
    inf_buf_puts(out, "| role | cluster privileges | may |\n|---|---|---|\n");
    for (const struct inf_builtin_role *role = inf_builtin_roles; role->name != NULL; role++)
        inf_buf_printf(out, "| `%s` | `%s` | %s |\n", role->name, inf_privilege_name(role->cluster),
                       role->description);
}

/* ---- reading ---- */

/* Members of a descriptor. Those that hold lists are shown even when they are empty. */
static const struct {
    const char *name, *other_name;
    bool (*is_right)(const struct cJSON *value);
    const char *shown_empty; /* NULL: not shown when it was not given */
} members[] = {
    {"cluster", NULL, inf_json_is_array, "[]"},
    {"indices", "index", inf_json_is_array, "[]"},
    {"applications", NULL, inf_json_is_array, "[]"},
    {"run_as", NULL, inf_json_is_array, "[]"},
    {"metadata", NULL, inf_json_is_object, "{}"},
    {"transient_metadata", NULL, inf_json_is_object, "{\"enabled\":true}"},
    {"description", NULL, inf_json_is_string, NULL},
    {"global", NULL, inf_json_is_object, NULL},
    {"remote_indices", NULL, inf_json_is_array, NULL},
    {"remote_cluster", NULL, inf_json_is_array, NULL},
    {"restriction", NULL, inf_json_is_object, NULL},
};

enum { MEMBERS = sizeof members / sizeof members[0] };

static size_t find_member(const char *name)
{
    for (size_t i = 0; i < MEMBERS; i++)
        if (strcmp(members[i].name, name) == 0 ||
            (members[i].other_name != NULL && strcmp(members[i].other_name, name) == 0))
            return i;
    return MEMBERS;
}

static int check_members(const struct cJSON *descriptor, const char *name, struct inf_error *err)
{
    if (!inf_json_is_object(descriptor))
        return inf_error_set(err, INF_ERR_PARSE,
                             "failed to parse role [%.256s]. expected an object but found [%s] "
                             "instead",
                             name, inf_json_token(descriptor));
    for (const struct cJSON *member = inf_json_first(descriptor); member != NULL;
         member = inf_json_next(member)) {
        size_t i = find_member(inf_json_key(member));

        if (i == MEMBERS)
            return inf_error_set(err, INF_ERR_PARSE,
                                 "failed to parse role [%.256s]. unexpected field [%.128s]", name,
                                 inf_json_key(member));
        if (!members[i].is_right(member))
            return inf_error_set(err, INF_ERR_PARSE,
                                 "failed to parse role [%.256s]. field [%s] does not take a [%s]",
                                 name, members[i].name, inf_json_token(member));
    }
    return 0;
}

static int unknown_privilege(const char *name, struct inf_error *err)
{
    struct inf_buf names;

    inf_buf_init(&names, INF_REASON_MAX);
    for (int i = INF_PRIV_MONITOR_ML; i < INF_PRIV_COUNT; i++)
        inf_buf_printf(&names, "%s%s", i > INF_PRIV_MONITOR_ML ? "," : "",
                       inf_privilege_name((enum inf_privilege)i));
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                  "unknown cluster privilege [%.128s]. a privilege must be one of the predefined "
                  "cluster privilege names [%s]",
                  name, names.data);
    inf_buf_free(&names);
    return -1;
}

int inf_role_read(const struct cJSON *descriptor, const char *name, uint32_t *ret,
                  struct inf_error *err)
{
    *ret = 0;
    if (check_members(descriptor, name, err) != 0)
        return -1;
    for (const struct cJSON *one = inf_json_first(inf_json_get(descriptor, "cluster")); one != NULL;
         one = inf_json_next(one)) {
        const char *text = inf_json_string(one);
        enum inf_privilege privilege = text != NULL ? inf_privilege_parse(text) : INF_PRIV_NONE;

        if (text == NULL)
            return inf_error_set(err, INF_ERR_PARSE,
                                 "failed to parse role [%.256s]. field [cluster] takes strings, "
                                 "not a [%s]",
                                 name, inf_json_token(one));
        if (strcmp(text, "none") == 0)
            continue;
        if (privilege == INF_PRIV_NONE)
            return unknown_privilege(text, err);
        *ret |= inf_privilege_with_contained(privilege);
    }
    return 0;
}

int inf_roles_read(const struct cJSON *descriptors, uint32_t *ret, struct inf_error *err)
{
    *ret = 0;
    if (!inf_json_is_object(descriptors))
        return 0;
    for (const struct cJSON *one = inf_json_first(descriptors); one != NULL;
         one = inf_json_next(one)) {
        uint32_t set;

        if (inf_role_read(one, inf_json_key(one), &set, err) != 0)
            return -1;
        *ret |= set;
    }
    return 0;
}

/* ---- writing ---- */

static const struct cJSON *member_of(const struct cJSON *descriptor, size_t i)
{
    const struct cJSON *value = inf_json_get(descriptor, members[i].name);

    return value == NULL && members[i].other_name != NULL
               ? inf_json_get(descriptor, members[i].other_name)
               : value;
}

void inf_role_write(const struct cJSON *descriptor, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    for (size_t i = 0; i < MEMBERS; i++) {
        const struct cJSON *value = member_of(descriptor, i);

        if (value == NULL && members[i].shown_empty == NULL)
            continue;
        inf_jsonw_key(w, members[i].name);
        if (value != NULL)
            inf_jsonw_value(w, value);
        else
            inf_jsonw_raw(w, members[i].shown_empty, strlen(members[i].shown_empty));
    }
    inf_jsonw_end_object(w);
}

void inf_builtin_role_write(const struct inf_builtin_role *role, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "cluster");
    inf_jsonw_begin_array(w);
    inf_jsonw_string(w, inf_privilege_name(role->cluster));
    inf_jsonw_end_array(w);
    for (size_t i = 1; i < MEMBERS; i++) {
        const char *value = members[i].shown_empty;

        if (value == NULL)
            continue;
        if (strcmp(members[i].name, "metadata") == 0)
            value = "{\"_reserved\":true}";
        inf_jsonw_key(w, members[i].name);
        inf_jsonw_raw(w, value, strlen(value));
    }
    inf_jsonw_kv_string(w, "description", role->description);
    inf_jsonw_end_object(w);
}
