/* Users as they are stored, and what they may do.
 *
 * The user [elastic] is always there and is a superuser; stored of it is only a password that was
 * given over the API, and until then the one of the settings' file counts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "security_state.h"
#include <string.h>

void inf_user_find(const struct inf_security *security, const char *name, struct inf_user *ret)
{
    const struct inf_object *object = inf_store_object(security->store, INF_OBJECT_USER, name);
    bool elastic = strcmp(name, INF_ELASTIC) == 0;
    struct inf_error ignored;

    *ret = (struct inf_user){.enabled = true, .hash = elastic ? security->elastic_hash : NULL};
    if (object == NULL ||
        inf_json_parse_own(object->text, strlen(object->text), NULL, &ret->doc, &ignored) != 0)
        return;
    ret->hash = inf_json_string(inf_json_get(ret->doc.root, "password"));
    ret->enabled = elastic || inf_json_true(inf_json_get(ret->doc.root, "enabled"));
    ret->roles = elastic ? NULL : inf_json_get(ret->doc.root, "roles");
}

void inf_user_free(struct inf_user *user)
{
    inf_json_free(&user->doc);
}

static uint32_t role_privileges(const struct inf_security *security, const char *name)
{
    const struct inf_builtin_role *builtin = inf_builtin_role(name);
    const struct inf_object *object;
    struct inf_json doc;
    struct inf_error ignored;
    uint32_t set = 0;

    if (builtin != NULL)
        return inf_privilege_with_contained(builtin->cluster);
    object = inf_store_object(security->store, INF_OBJECT_ROLE, name);
    if (object == NULL ||
        inf_json_parse_own(object->text, strlen(object->text), NULL, &doc, &ignored) != 0)
        return 0;
    if (inf_role_read(doc.root, name, &set, &ignored) != 0)
        set = 0;
    inf_json_free(&doc);
    return set;
}

static void add_role(const struct inf_security *security, struct inf_principal *principal,
                     const char *name)
{
    principal->roles =
        inf_realloc(principal->roles, principal->role_count + 1, sizeof *principal->roles);
    principal->roles[principal->role_count++] = inf_strdup(name);
    principal->privileges |= role_privileges(security, name);
}

struct inf_principal *inf_user_principal(const struct inf_security *security, const char *name,
                                         const struct inf_user *user)
{
    struct inf_principal *principal = inf_alloc(1, sizeof *principal);
    bool elastic = strcmp(name, INF_ELASTIC) == 0;

    principal->references = 1;
    principal->username = inf_strdup(name);
    principal->realm = elastic ? "reserved" : "default_native";
    principal->realm_type = elastic ? "reserved" : "native";
    principal->privileges = inf_privilege_with_contained(INF_PRIV_AUTHENTICATED);
    if (elastic)
        add_role(security, principal, INF_SUPERUSER);
    for (const struct cJSON *role = inf_json_first(user->roles); role != NULL;
         role = inf_json_next(role))
        if (inf_json_string(role) != NULL)
            add_role(security, principal, inf_json_string(role));
    return principal;
}

struct inf_principal *inf_security_principal(const struct inf_security *security,
                                             const char *username)
{
    struct inf_principal *principal = NULL;
    struct inf_user user;

    inf_user_find(security, username, &user);
    if (user.hash != NULL || strcmp(username, INF_ELASTIC) == 0)
        principal = inf_user_principal(security, username, &user);
    inf_user_free(&user);
    return principal;
}
