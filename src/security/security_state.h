/* security_state.h - what the files of this folder share. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SECURITY_STATE_H
#define INFERD_SECURITY_STATE_H

#include "auth_cache.h"
#include "hasher.h"
#include "inferd/list.h"
#include "inferd/security.h"
#include "throttle.h"

enum { INF_CHANGES_WAITING = 256 };

struct inf_security {
    struct uv_loop_s *loop;
    struct inf_store *store;
    char *elastic_hash; /* of the settings' file; NULL: none was given */
    struct inf_auth_cache *cache;
    struct inf_throttle throttle;
    struct inf_hasher hasher;
    struct inf_list logins;  /* passwords that are being checked, each of them once */
    struct inf_list changes; /* the first one is on its way */
    size_t change_count;
    size_t next_key; /* to be looked at by inf_security_remove_old_keys */
    bool closed;
};

/* A user as stored. Texts and values are borrowed from doc, and hash from the security. */
struct inf_user {
    const char *hash; /* NULL: there is no such user, or none that could log in */
    bool enabled;
    const struct cJSON *roles; /* array of strings; NULL of [elastic] */
    struct inf_json doc;
};

/* user.c; free in any case. */
void inf_user_find(const struct inf_security *security, const char *name, struct inf_user *ret);
void inf_user_free(struct inf_user *user);
struct inf_principal *inf_user_principal(const struct inf_security *security, const char *name,
                                         const struct inf_user *user);

#endif
