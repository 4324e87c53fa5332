/* What the handlers of /_security share. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rest_security.h"

#include <ctype.h>
#include <string.h>

enum { NAME_MAX_BYTES = 507 };

int rest_security_check_room(const struct inf_store *store, enum inf_object_kind kind,
                             const char *what, struct inf_error *err)
{
    if (inf_store_object_count(store, kind) < INF_SECURITY_OBJECTS_MAX)
        return 0;
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "there are [%d] %s, and no more are kept",
                         INF_SECURITY_OBJECTS_MAX, what);
}

int rest_security_check_name(const char *name, const char *what, struct inf_error *err)
{
    size_t length = strlen(name);
    bool printable = true;

    for (size_t i = 0; i < length; i++)
        printable =
            printable && isascii(name[i]) && isprint((unsigned char)name[i]) && name[i] != ':';
    if (printable && length > 0 && length <= NAME_MAX_BYTES && name[0] != ' ' &&
        name[length - 1] != ' ')
        return 0;
    return inf_error_invalid(err, INF_ERR_VALIDATION,
                             "%s names must have 1 to %d printable ASCII "
                             "characters, no colon, and no blank at either end",
                             what, NAME_MAX_BYTES);
}

bool rest_security_owns(const struct inf_principal *caller, const struct inf_api_key *key)
{
    return caller->key_id != NULL ? strcmp(caller->key_id, key->id) == 0
                                  : strcmp(caller->username, key->username) == 0 &&
                                        strcmp(caller->realm, key->realm) == 0;
}
