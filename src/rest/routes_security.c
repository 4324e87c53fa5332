/* routes_security.c - rows of the route table about users, roles and API keys. They are there only
 * when security is on, as in Elasticsearch. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rest_handlers.h"
#include "route_params.h"
#include "route_rows.h"
#include <stddef.h>

#define ACTION "cluster:admin/xpack/security/"
#define USER "/_security/user"
#define ROLE "/_security/role"
#define KEY "/_security/api_key"

#define ROW(method_, path_, params_, body_, privilege_, action_, handler_, ...)                   \
    {                                                                                             \
        .methods = INF_##method_, .path = (path_), .params = (params_), .body = INF_BODY_##body_, \
        .privilege = INF_PRIV_##privilege_, .action = ACTION action_, .handler = (handler_),      \
        .gated_only = true, __VA_ARGS__                                                           \
    }
/* Elasticsearch takes both of two methods for the same. */
#define PUT_AND_POST(...) ROW(PUT, __VA_ARGS__), ROW(POST, __VA_ARGS__)
#define GET_AND_POST(...) ROW(GET, __VA_ARGS__), ROW(POST, __VA_ARGS__)

const struct inf_route inf_routes_security[] = {
    ROW(GET, "/_security/_authenticate", NULL, NONE, AUTHENTICATED, "user/authenticate",
        rest_security_authenticate, .response = "authenticated", .doc = "Who the caller is."),
    GET_AND_POST(USER "/_has_privileges", inf_has_params, REQUIRED, AUTHENTICATED,
                 "user/has_privileges", rest_security_has_privileges, .parser = "has_privileges",
                 .response = "has_privileges", .doc = "Which of these privileges the caller has."),
    GET_AND_POST(USER "/{username}/_has_privileges", inf_user_has_params, REQUIRED, MANAGE_SECURITY,
                 "user/has_privileges", rest_security_user_has_privileges, .self = "username",
                 .parser = "has_privileges", .response = "has_privileges",
                 .doc = "Which of these privileges a user has."),
    ROW(GET, USER "/_privileges", NULL, NONE, AUTHENTICATED, "user/list_privileges",
        rest_security_privileges_get, .response = "user_privileges",
        .doc = "All that the caller may do."),
    ROW(GET, "/_security/privilege/_builtin", NULL, NONE, READ_SECURITY, "privilege/builtin/get",
        rest_security_builtin_privileges_get, .response = "builtin_privileges",
        .doc = "The privileges there are."),

    ROW(GET, USER, inf_all_users_params, NONE, READ_SECURITY, "user/get",
        rest_security_user_get_all, .response = "users", .doc = "All users."),
    ROW(GET, USER "/{username}", inf_users_params, NONE, READ_SECURITY, "user/get",
        rest_security_user_get, .missing_body = true, .self = "username", .response = "users",
        .doc = "Some users."),
    PUT_AND_POST(USER "/{username}", inf_user_put_params, REQUIRED, MANAGE_SECURITY, "user/put",
                 rest_security_user_put, .parser = "put_user", .response = "created",
                 .doc = "Creates a user or changes it; what is left out gets its default, but the "
                        "password stays."),
    ROW(DELETE, USER "/{username}", inf_user_params, NONE, MANAGE_SECURITY, "user/delete",
        rest_security_user_delete, .missing_body = true, .response = "found",
        .doc = "Deletes a user. Its API keys stay, until they are made invalid."),
    PUT_AND_POST(USER "/_password", inf_own_password_params, REQUIRED, AUTHENTICATED,
                 "user/change_password", rest_security_own_password_put,
                 .parser = "change_password", .response = "empty",
                 .doc = "Changes the caller's own password."),
    PUT_AND_POST(USER "/{username}/_password", inf_password_params, REQUIRED, MANAGE_SECURITY,
                 "user/change_password", rest_security_password_put, .self = "username",
                 .parser = "change_password", .response = "empty",
                 .doc = "Changes a user's password. It is in force at once."),
    PUT_AND_POST(USER "/{username}/_enable", inf_user_params, NONE, MANAGE_SECURITY,
                 "user/set_enabled", rest_security_user_enable, .response = "empty",
                 .doc = "Lets a user log in."),
    PUT_AND_POST(USER "/{username}/_disable", inf_user_params, NONE, MANAGE_SECURITY,
                 "user/set_enabled", rest_security_user_disable, .response = "empty",
                 .doc = "Refuses a user from now on. Its API keys stay."),

    ROW(GET, ROLE, NULL, NONE, READ_SECURITY, "role/get", rest_security_role_get_all,
        .response = "roles", .doc = "All roles, the built-in ones too."),
    ROW(GET, ROLE "/{name}", inf_roles_params, NONE, READ_SECURITY, "role/get",
        rest_security_role_get, .missing_body = true, .response = "roles", .doc = "Some roles."),
    PUT_AND_POST(ROLE "/{name}", inf_role_put_params, REQUIRED, MANAGE_SECURITY, "role/put",
                 rest_security_role_put, .parser = "put_role", .response = "role_created",
                 .doc = "Creates a role or changes it. Users who have it may do what it allows at "
                        "once; API keys keep what they had."),
    ROW(DELETE, ROLE "/{name}", inf_role_params, NONE, MANAGE_SECURITY, "role/delete",
        rest_security_role_delete, .missing_body = true, .response = "found",
        .doc = "Deletes a role."),

    PUT_AND_POST(KEY, inf_key_create_params, REQUIRED, MANAGE_OWN_API_KEY, "api_key/create",
                 rest_security_key_create, .parser = "create_api_key",
                 .response = "api_key_created",
                 .doc = "Makes an API key for the caller. Its secret is told only now."),
    ROW(GET, KEY, inf_key_get_params, NONE, MANAGE_OWN_API_KEY, "api_key/get",
        rest_security_key_get, .missing_body = true, .response = "api_keys",
        .doc = "Shows API keys, without their secrets. Without `manage_api_key` only one's own."),
    ROW(DELETE, KEY, inf_key_invalidate_params, REQUIRED, MANAGE_OWN_API_KEY, "api_key/invalidate",
        rest_security_key_invalidate, .missing_body = true, .parser = "invalidate_api_key",
        .response = "api_keys_invalidated",
        .doc = "Makes API keys invalid for good. Without `manage_api_key` only one's own."),
    ROW(PUT, KEY "/{id}", inf_key_update_params, OPTIONAL, MANAGE_OWN_API_KEY, "api_key/update",
        rest_security_key_update, .parser = "update_api_key", .response = "updated",
        .doc = "Changes an API key of one's own, and limits it anew by what its owner may now."),
    GET_AND_POST("/_security/_query/api_key", inf_key_query_params, OPTIONAL, MANAGE_OWN_API_KEY,
                 "api_key/query", rest_security_key_query, .parser = "query_api_key",
                 .response = "api_keys_found",
                 .doc = "Searches API keys. Without `manage_api_key` only one's own."),
    ROW(POST, KEY "/{ids}/_clear_cache", inf_key_cache_params, NONE, MANAGE_API_KEY,
        "api_key/cache/clear", rest_security_key_clear_cache, .response = "node_acknowledged",
        .doc =
            "Accepted for compatibility: nothing that is remembered of a key outlives a change."),
    {.path = NULL, .more = inf_routes_ingest},
};
