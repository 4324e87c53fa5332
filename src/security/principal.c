/* Principals are shared: by the cache, and by each call that one of them makes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/security.h"

#include <stdlib.h>

void inf_principal_ref(struct inf_principal *principal)
{
    principal->references++;
}

void inf_principal_unref(struct inf_principal *principal)
{
    if (principal == NULL || --principal->references > 0)
        return;
    for (size_t i = 0; i < principal->role_count; i++)
        free(principal->roles[i]);
    free(principal->roles);
    free(principal->username);
    free(principal->key_id);
    free(principal->key_name);
    free(principal);
}

static void print_roles(const struct inf_principal *principal, struct inf_buf *out)
{
    for (size_t i = 0; i < principal->role_count; i++)
        inf_buf_printf(out, "%s%s", i > 0 ? "," : "", principal->roles[i]);
}

int inf_security_authorize(const struct inf_principal *principal, enum inf_privilege privilege,
                           const char *action, struct inf_error *err)
{
    struct inf_buf who, granting;

    if (inf_privilege_in(privilege, principal->privileges))
        return 0;
    inf_buf_init(&who, INF_REASON_MAX);
    inf_buf_init(&granting, INF_REASON_MAX);
    if (principal->key_id != NULL) {
        inf_buf_printf(&who, "API key id [%s] of user [%.128s]", principal->key_id,
                       principal->username);
    } else {
        inf_buf_printf(&who, "user [%.128s] with effective roles [", principal->username);
        print_roles(principal, &who);
        inf_buf_puts(&who, "]");
    }
    inf_privilege_print_granting(privilege, &granting);
    inf_error_set(err, INF_ERR_UNAUTHORIZED,
                  "action [%s] is unauthorized for %.512s, this action is granted by the cluster "
                  "privileges [%s]",
                  action, who.data, granting.data != NULL ? granting.data : "");
    inf_buf_free(&who);
    inf_buf_free(&granting);
    return -1;
}
