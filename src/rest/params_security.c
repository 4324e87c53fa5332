/* params_security.c - parameters of the endpoints about users, roles and API keys. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "param_rows.h"

#define REFRESH                                                                          \
    {                                                                                    \
        .name = "refresh", .type = INF_P_STRING, .in = QUERY,                            \
        .doc = "Accepted for compatibility; a change is durable and in force before it " \
               "is acknowledged."                                                        \
    }
#define USERNAME(places, text)                                                \
    {                                                                         \
        .name = "username", .type = INF_P_STRING, .in = (places), .doc = text \
    }
#define BODY_ROW(name_, type_, doc_)                            \
    {                                                           \
        .name = name_, .type = (type_), .in = BODY, .doc = doc_ \
    }
#define QUERY_FLAG(name_, doc_)                                                      \
    {                                                                                \
        .name = name_, .type = INF_P_BOOL, .in = QUERY, .dflt = "false", .doc = doc_ \
    }

const struct inf_param inf_user_params[] = {USERNAME(PATH, "The user."), REFRESH, {.name = NULL}};
const struct inf_param inf_users_params[] = {
    {.name = "username",
     .type = INF_P_LIST,
     .in = PATH,
     .doc = "Names, separated by commas. 404 when none of them is there."},
    QUERY_FLAG("with_profile_uid", "Accepted for compatibility; there are no profiles."),
    {.name = NULL},
};
const struct inf_param inf_all_users_params[] = {
    QUERY_FLAG("with_profile_uid", "Accepted for compatibility; there are no profiles."),
    {.name = NULL},
};
const struct inf_param inf_user_put_params[] = {
    USERNAME(PATH | BODY, "The user's name: 1 to 507 printable ASCII characters but the colon."),
    REFRESH,
    BODY_ROW("password", INF_P_STRING,
             "At least 6 characters. Needed for a new user; else it stays when it is left out."),
    BODY_ROW("roles", INF_P_STRINGS, "Names of roles. Required, may be empty."),
    BODY_ROW("full_name", INF_P_STRING, "Free text."),
    BODY_ROW("email", INF_P_STRING, "Free text."),
    BODY_ROW("metadata", INF_P_OBJECT, "Free object."),
    {.name = "enabled",
     .type = INF_P_BOOL,
     .in = BODY,
     .dflt = "true",
     .doc = "Whether the user may log in."},
    {.name = NULL},
};
const struct inf_param inf_password_params[] = {
    USERNAME(PATH, "The user whose password it is."),
    REFRESH,
    BODY_ROW("password", INF_P_STRING, "The new password: at least 6 characters. Required."),
    {.name = NULL},
};
const struct inf_param inf_own_password_params[] = {
    REFRESH,
    BODY_ROW("password", INF_P_STRING, "The new password: at least 6 characters. Required."),
    {.name = NULL},
};

#define HAS_PARAMS                                                                                \
    BODY_ROW("cluster", INF_P_STRINGS, "Names of cluster privileges."),                           \
        BODY_ROW(                                                                                 \
            "index", INF_P_ANY,                                                                   \
            "List of `{\"names\":[...],\"privileges\":[...]}`; there are no indices, so only "    \
            "who has `all` has any of them."),                                                    \
        BODY_ROW("application", INF_P_ANY,                                                        \
                 "List of `{\"application\":\"...\",\"resources\":[...],\"privileges\":[...]}`, " \
                 "likewise.")

const struct inf_param inf_has_params[] = {HAS_PARAMS, {.name = NULL}};
const struct inf_param inf_user_has_params[] = {
    USERNAME(PATH, "The user that is asked about."), HAS_PARAMS, {.name = NULL}};

const struct inf_param inf_role_params[] = {
    {.name = "name", .type = INF_P_STRING, .in = PATH, .doc = "The role."},
    REFRESH,
    {.name = NULL}};
const struct inf_param inf_roles_params[] = {
    {.name = "name",
     .type = INF_P_LIST,
     .in = PATH,
     .doc = "Names, separated by commas. 404 when none of them is there."},
    {.name = NULL},
};

#define KEPT "Checked for its shape, kept and shown; it allows nothing here."

const struct inf_param inf_role_put_params[] = {
    {.name = "name", .type = INF_P_STRING, .in = PATH, .doc = "The role."},
    REFRESH,
    BODY_ROW("cluster", INF_P_ANY, "List of cluster privileges: what the role allows."),
    BODY_ROW("indices", INF_P_ANY, KEPT),
    BODY_ROW("index", INF_P_ANY, "Another name of `indices`."),
    BODY_ROW("applications", INF_P_ANY, KEPT),
    BODY_ROW("run_as", INF_P_ANY, KEPT),
    BODY_ROW("metadata", INF_P_ANY, "Free object."),
    BODY_ROW("transient_metadata", INF_P_ANY, "Kept and shown."),
    BODY_ROW("description", INF_P_ANY, "Free text."),
    BODY_ROW("global", INF_P_ANY, KEPT),
    BODY_ROW("remote_indices", INF_P_ANY, KEPT),
    BODY_ROW("remote_cluster", INF_P_ANY, KEPT),
    BODY_ROW("restriction", INF_P_ANY, KEPT),
    {.name = NULL},
};

#define KEY_MEMBERS                                                                               \
    BODY_ROW("role_descriptors", INF_P_OBJECT,                                                    \
             "`{\"name\":{\"cluster\":[...]}}`: what the key may do, within what its owner may. " \
             "Empty or left out: all that its owner may at this moment."),                        \
        BODY_ROW("metadata", INF_P_OBJECT, "Free object; its keys may not begin with `_`."),      \
        BODY_ROW("expiration", INF_P_TIME,                                                        \
                 "Time until the key is refused. Left out: never, or as before.")

const struct inf_param inf_key_create_params[] = {
    REFRESH,
    BODY_ROW("name", INF_P_STRING, "At most 256 characters, need not be unique. Required."),
    KEY_MEMBERS,
    {.name = NULL}};
const struct inf_param inf_key_update_params[] = {
    {.name = "id", .type = INF_P_STRING, .in = PATH, .doc = "The key's id."},
    KEY_MEMBERS,
    {.name = NULL},
};
const struct inf_param inf_key_get_params[] = {
    {.name = "id",
     .type = INF_P_STRING,
     .in = QUERY,
     .doc = "Only this one; 404 if it is not there."},
    {.name = "name",
     .type = INF_P_STRING,
     .in = QUERY,
     .doc = "Only keys of this name; `*` stands for any characters."},
    USERNAME(QUERY, "Only keys of this user."),
    {.name = "realm_name",
     .type = INF_P_STRING,
     .in = QUERY,
     .doc = "Only keys of this realm's users."},
    QUERY_FLAG("owner", "Only the caller's own. A key owns nothing but itself."),
    QUERY_FLAG("with_limited_by", "Show what the owner could do when the key was made or changed."),
    QUERY_FLAG("with_profile_uid", "Accepted for compatibility; there are no profiles."),
    QUERY_FLAG("active_only", "Only keys that are neither expired nor invalid."),
    {.name = NULL},
};
const struct inf_param inf_key_query_params[] = {
    QUERY_FLAG("with_limited_by", "Show what the owner could do when the key was made or changed."),
    QUERY_FLAG("with_profile_uid", "Accepted for compatibility; there are no profiles."),
    QUERY_FLAG("typed_keys", "Accepted for compatibility; there are no aggregations."),
    BODY_ROW(
        "query", INF_P_ANY,
        "`match_all`, `ids`, `term`, `terms`, `match`, `prefix`, `wildcard`, `exists` or `bool`, "
        "over `name`, `type`, `username`, `realm_name`, `creation`, `expiration` and "
        "`invalidated`."),
    BODY_ROW("sort", INF_P_ANY, "One of these fields, and its order."),
    {.name = "from", .type = INF_P_INT, .in = BODY, .dflt = "0", .doc = "Keys to skip."},
    {.name = "size", .type = INF_P_INT, .in = BODY, .dflt = "10", .doc = "Most keys to show."},
    {.name = NULL},
};
const struct inf_param inf_key_invalidate_params[] = {
    BODY_ROW("ids", INF_P_STRINGS, "Ids of keys."),
    BODY_ROW("id", INF_P_STRING, "Id of one key."),
    BODY_ROW("name", INF_P_STRING, "Keys of this name."),
    BODY_ROW("username", INF_P_STRING, "Keys of this user."),
    BODY_ROW("realm_name", INF_P_STRING, "Keys of this realm's users."),
    {.name = "owner",
     .type = INF_P_BOOL,
     .in = BODY,
     .dflt = "false",
     .doc = "Keys of the caller's own. A key owns nothing but itself."},
    {.name = NULL},
};
const struct inf_param inf_key_cache_params[] = {
    {.name = "ids", .type = INF_P_LIST, .in = PATH, .doc = "Ids of keys, or `*`."}, {.name = NULL}};
