/* A query is an object with one member, its kind. The table below has the kinds; each looks at one
 * key, so a search is a walk over the keys. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "key_query.h"

#include "inferd/strmap.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool inf_key_query_field(const struct inf_api_key *key, const char *field,
                         char buffer[INF_KEY_FIELD_SIZE], const char **ret)
{
    const struct {
        const char *name, *text;
        int64_t number;
    } fields[] = {
        {"name", key->name, 0},
        {"type", "rest", 0},
        {"username", key->username, 0},
        {"realm_name", key->realm, 0},
        {"creation", NULL, key->creation_ms},
        {"expiration", NULL, key->expiration_ms},
        {"invalidated", key->invalidation_ms != 0 ? "true" : "false", 0},
    };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(fields[i].name, field) != 0)
            continue;
        *ret = fields[i].text;
        if (fields[i].text == NULL && fields[i].number != 0) {
            snprintf(buffer, INF_KEY_FIELD_SIZE, "%" PRId64, fields[i].number);
            *ret = buffer;
        }
        return true;
    }
    return false;
}

/* A string, boolean or number of a query as text. NULL: something else. */
static const char *text_of(const struct cJSON *value, char buffer[INF_KEY_FIELD_SIZE])
{
    int64_t number;
    struct inf_error ignored;

    if (inf_json_is_string(value))
        return inf_json_string(value);
    if (inf_json_is_bool(value))
        return inf_json_true(value) ? "true" : "false";
    if (!inf_json_is_number(value) || inf_json_int64(value, &number, &ignored) != 0)
        return NULL;
    snprintf(buffer, INF_KEY_FIELD_SIZE, "%" PRId64, number);
    return buffer;
}

static bool equal(const char *have, const struct cJSON *want)
{
    char buffer[INF_KEY_FIELD_SIZE];
    const char *text = text_of(want, buffer);

    return have != NULL && text != NULL && strcmp(have, text) == 0;
}

/* {"field":value} or {"field":{"value":value}}, whatever the inner name. */
static const struct cJSON *wanted(const struct cJSON *body)
{
    const struct cJSON *value = inf_json_first(body);

    return inf_json_is_object(value) ? inf_json_first(value) : value;
}

static const char *have(const struct cJSON *body, const struct inf_api_key *key,
                        char buffer[INF_KEY_FIELD_SIZE])
{
    const char *text = NULL;

    inf_key_query_field(key, inf_json_key(inf_json_first(body)), buffer, &text);
    return text;
}

/* ---- kinds ---- */

static bool all(const struct cJSON *body, const struct inf_api_key *key)
{
    (void)body;
    (void)key;
    return true;
}

static bool ids(const struct cJSON *body, const struct inf_api_key *key)
{
    const struct cJSON *values = inf_json_get(body, "values");

    for (const struct cJSON *one = inf_json_first(values); one != NULL; one = inf_json_next(one))
        if (equal(key->id, one))
            return true;
    return false;
}

static bool term(const struct cJSON *body, const struct inf_api_key *key)
{
    char buffer[INF_KEY_FIELD_SIZE];

    return equal(have(body, key, buffer), wanted(body));
}

static bool terms(const struct cJSON *body, const struct inf_api_key *key)
{
    char buffer[INF_KEY_FIELD_SIZE];
    const char *text = have(body, key, buffer);

    for (const struct cJSON *one = inf_json_first(inf_json_first(body)); one != NULL;
         one = inf_json_next(one))
        if (equal(text, one))
            return true;
    return false;
}

static bool prefix(const struct cJSON *body, const struct inf_api_key *key)
{
    char buffer[INF_KEY_FIELD_SIZE];
    const char *text = have(body, key, buffer), *want = inf_json_string(wanted(body));

    return text != NULL && want != NULL && strncmp(text, want, strlen(want)) == 0;
}

static bool wildcard(const struct cJSON *body, const struct inf_api_key *key)
{
    char buffer[INF_KEY_FIELD_SIZE];
    const char *text = have(body, key, buffer), *want = inf_json_string(wanted(body));

    return text != NULL && want != NULL && inf_wildcard_match(want, text);
}

static bool exists(const struct cJSON *body, const struct inf_api_key *key)
{
    char buffer[INF_KEY_FIELD_SIZE];
    const char *text = NULL, *field = inf_json_string(inf_json_get(body, "field"));

    return field != NULL && inf_key_query_field(key, field, buffer, &text) && text != NULL;
}

/* How many of a clause, an object or an array of such, match. */
static size_t count(const struct cJSON *clause, const struct inf_api_key *key, size_t *ret_of)
{
    size_t matching = 0;

    *ret_of = clause != NULL ? 1 : 0;
    if (!inf_json_is_array(clause))
        return clause != NULL && inf_key_query_matches(clause, key) ? 1 : 0;
    *ret_of = inf_json_size(clause);
    for (const struct cJSON *one = inf_json_first(clause); one != NULL; one = inf_json_next(one))
        matching += inf_key_query_matches(one, key);
    return matching;
}

static bool combination(const struct cJSON *body, const struct inf_api_key *key)
{
    size_t must, filter, should, must_not, matching;

    if (count(inf_json_get(body, "must"), key, &must) != must ||
        count(inf_json_get(body, "filter"), key, &filter) != filter ||
        count(inf_json_get(body, "must_not"), key, &must_not) != 0)
        return false;
    matching = count(inf_json_get(body, "should"), key, &should);
    return must + filter > 0 || should == 0 || matching > 0;
}

static const struct {
    const char *name;
    bool (*matches)(const struct cJSON *body, const struct inf_api_key *key);
    bool names_field; /* its member is a field's name */
} kinds[] = {
    {"match_all", all, false},    {"ids", ids, false},       {"term", term, true},
    {"match", term, true},        {"terms", terms, true},    {"prefix", prefix, true},
    {"wildcard", wildcard, true}, {"exists", exists, false}, {"bool", combination, false},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static size_t kind_of(const struct cJSON *query)
{
    const char *name = inf_json_key(inf_json_first(query));

    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return i;
    return KINDS;
}

bool inf_key_query_matches(const struct cJSON *query, const struct inf_api_key *key)
{
    return query == NULL || kinds[kind_of(query)].matches(inf_json_first(query), key);
}

/* ---- checks ---- */

static int check_field(const struct cJSON *body, struct inf_error *err)
{
    const struct inf_api_key none = {.name = ""};
    char buffer[INF_KEY_FIELD_SIZE];
    const char *ignored, *field;

    if (inf_json_size(body) != 1)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "a query is of exactly one field");
    field = inf_json_key(inf_json_first(body));
    if (inf_key_query_field(&none, field, buffer, &ignored))
        return 0;
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "Field [%.128s] is not allowed for querying or aggregation", field);
}

static int check_clauses(const struct cJSON *body, struct inf_error *err)
{
    static const char *const names[] = {"must", "filter", "should", "must_not"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct cJSON *clause = inf_json_get(body, names[i]);

        if (clause != NULL && !inf_json_is_array(clause) && inf_key_query_check(clause, err) != 0)
            return -1;
        if (inf_json_is_array(clause))
            for (const struct cJSON *one = inf_json_first(clause); one != NULL;
                 one = inf_json_next(one))
                if (inf_key_query_check(one, err) != 0)
                    return -1;
    }
    return 0;
}

int inf_key_query_check(const struct cJSON *query, struct inf_error *err)
{
    size_t kind;

    if (query == NULL)
        return 0;
    if (!inf_json_is_object(query) || inf_json_size(query) != 1 ||
        !inf_json_is_object(inf_json_first(query)))
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "[query] takes an object with one member, the query's kind");
    kind = kind_of(query);
    if (kind == KINDS)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Query type [%.64s] is not supported in this context",
                             inf_json_key(inf_json_first(query)));
    if (kinds[kind].names_field)
        return check_field(inf_json_first(query), err);
    return kinds[kind].matches == combination ? check_clauses(inf_json_first(query), err) : 0;
}
