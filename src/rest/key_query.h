/* key_query.h - the part of Elasticsearch's query language that searches of API keys understand.
 *
 * match_all, ids, term, terms, match, prefix, wildcard, exists and bool, over the fields name,
 * type, username, realm_name, creation, expiration and invalidated. Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_KEY_QUERY_H
#define INFERD_REST_KEY_QUERY_H

#include "inferd/security.h"
#include <stdbool.h>

/* ILLEGAL_ARGUMENT that names what is not understood. NULL is every key. */
int inf_key_query_check(const struct cJSON *query, struct inf_error *err);
/* Of a query that was checked. */
bool inf_key_query_matches(const struct cJSON *query, const struct inf_api_key *key);
/* A field as text, as queries and sorts see it; buffer is used for numbers. NULL: the key has no
 * such value. False: there is no such field. */
#define INF_KEY_FIELD_SIZE 24
bool inf_key_query_field(const struct inf_api_key *key, const char *field,
                         char buffer[INF_KEY_FIELD_SIZE], const char **ret);

#endif
