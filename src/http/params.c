/* The parameters of one request, from the route's table row.
 *
 * Nobody behind this file checks again what a row says. The order of the complaints is
 * Elasticsearch's: a value of the wrong form is reported at once, then parameters that the route
 * does not know, and last all broken rules together in one numbered list. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "params.h"

#include "inferd/similarity.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for the longest list of names; the reason itself is cut where struct inf_error says. */
enum { LIST_TEXT = 256 * 1024 };

static int read_flag(const char *text, bool *ret, struct inf_error *err)
{
    static const struct inf_param flag = {.name = "flag", .type = INF_P_BOOL};
    struct inf_value value = {.param = &flag};
    if (inf_value_parse(&value, text, NULL, err) != 0)
        return -1;
    *ret = value.number != 0;
    return 0;
}

/* True when name is a common parameter; then it was read. */
static int read_common(struct inf_common *common, const struct inf_query_pair *pair,
                       bool *ret_known, struct inf_error *err)
{
    *ret_known = true;
    if (strcmp(pair->name, "pretty") == 0)
        return read_flag(pair->value, &common->pretty, err);
    if (strcmp(pair->name, "human") == 0)
        return read_flag(pair->value, &common->human, err);
    if (strcmp(pair->name, "error_trace") == 0)
        return read_flag(pair->value, &common->error_trace, err);
    if (strcmp(pair->name, "filter_path") == 0)
        common->filter_path = pair->value;
    else if (strcmp(pair->name, "format") == 0)
        common->format = pair->value;
    else if (strcmp(pair->name, "source") == 0)
        common->source = pair->value;
    else if (strcmp(pair->name, "source_content_type") == 0)
        common->source_content_type = pair->value;
    else
        *ret_known = false;
    return 0;
}

int inf_common_read(const struct inf_query *query, struct inf_common *ret, struct inf_error *err)
{
    bool known;
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < query->count; i++)
        if (read_common(ret, &query->pairs[i], &known, err) != 0)
            return -1;
    return 0;
}

struct inf_value *inf_params_find(const struct inf_params *params, const char *name,
                                  unsigned places)
{
    for (size_t i = 0; i < params->count; i++)
        if ((params->values[i].param->in & places) != 0 &&
            strcmp(params->values[i].param->name, name) == 0)
            return &params->values[i];
    return NULL;
}

const struct inf_value *inf_params_get(const struct inf_params *params, const char *name)
{
    const struct inf_value *value =
        inf_params_find(params, name, INF_IN_PATH | INF_IN_QUERY | INF_IN_BODY);
    assert(value != NULL);
    return value;
}

int inf_params_begin(struct inf_params *params, const struct inf_route *route,
                     struct inf_arena *arena, const struct inf_match *match, struct inf_error *err)
{
    params->route = route;
    params->arena = arena;
    params->count = 0;
    while (route->params != NULL && route->params[params->count].name != NULL)
        params->count++;
    params->values = inf_arena_alloc(arena, (params->count + 1) * sizeof params->values[0]);
    for (size_t i = 0; i < params->count; i++) {
        struct inf_value *value = &params->values[i];
        value->param = &route->params[i];
        if (value->param->dflt != NULL &&
            inf_value_parse(value, value->param->dflt, arena, err) != 0)
            abort(); /* a default that its own row forbids */
    }
    for (size_t i = 0; i < match->count; i++) {
        struct inf_value *value = inf_params_find(params, match->values[i].name, INF_IN_PATH);
        assert(value != NULL);
        const char *text;
        if (inf_percent_decode(arena, match->values[i].text, match->values[i].length, false, &text,
                               err) != 0 ||
            inf_value_parse(value, text, arena, err) != 0)
            return -1;
        value->given = INF_IN_PATH;
    }
    return 0;
}

static bool takes_source(const struct inf_route *route)
{
    return route->body == INF_BODY_OPTIONAL || route->body == INF_BODY_REQUIRED;
}

static bool is_common(const struct inf_route *route, const char *name)
{
    static const char *const names[] = {"pretty", "human", "error_trace", "filter_path", "format"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return takes_source(route) &&
           (strcmp(name, "source") == 0 || strcmp(name, "source_content_type") == 0);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t drop_repeated(const char **names, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0)
            names[kept++] = names[i];
    return kept;
}

static int unrecognized(const struct inf_params *params, const char *path, const char **names,
                        size_t count, unsigned places, struct inf_error *err)
{
    const char *candidates[INF_SUGGESTIONS];
    size_t candidate_count = 0;
    for (size_t i = 0; i < params->count && candidate_count < INF_SUGGESTIONS; i++)
        if ((params->values[i].param->in & places) != 0)
            candidates[candidate_count++] = params->values[i].param->name;
    qsort(names, count, sizeof names[0], compare_names);
    count = drop_repeated(names, count);
    struct inf_buf text;
    inf_buf_init(&text, LIST_TEXT);
    for (size_t i = 0; i < count && !text.failed; i++) {
        inf_buf_printf(&text, "%s[%s]", i > 0 ? ", " : "", names[i]);
        inf_suggest(&text, " -> ", names[i], candidates, candidate_count);
    }
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                  "request [%s] contains unrecognized parameter%s: %s", path, count > 1 ? "s" : "",
                  text.data != NULL ? text.data : "");
    inf_buf_free(&text);
    return -1;
}

int inf_params_query(struct inf_params *params, const struct inf_query *query, const char *path,
                     bool has_body, struct inf_error *err)
{
    if (query->count == 0)
        return 0;
    bool replaced = has_body && params->route->body_replaces_query;
    unsigned places = replaced ? INF_IN_PATH : INF_IN_PATH | INF_IN_QUERY;
    const char **unknown = inf_arena_alloc(params->arena, query->count * sizeof unknown[0]);
    size_t unknown_count = 0;
    for (size_t i = 0; i < query->count; i++) {
        const struct inf_query_pair *pair = &query->pairs[i];
        if (is_common(params->route, pair->name))
            continue;
        struct inf_value *value = inf_params_find(params, pair->name, places);
        if (value == NULL) {
            unknown[unknown_count++] = pair->name;
            continue;
        }
        if ((value->given & INF_IN_PATH) != 0)
            continue;
        if (inf_value_parse(value, pair->value, params->arena, err) != 0)
            return -1;
        value->given = INF_IN_QUERY;
    }
    if (unknown_count > 0)
        return unrecognized(params, path, unknown, unknown_count, places, err);
    return 0;
}

/* ---- complaints ---- */

void inf_validation_add(struct inf_validation *validation, int order, const char *format, ...)
{
    struct inf_complaint *complaint = inf_arena_alloc(validation->arena, sizeof *complaint);
    va_list arguments;
    va_start(arguments, format);
    complaint->text = inf_arena_vprintf(validation->arena, format, arguments);
    va_end(arguments);
    complaint->order = order;
    struct inf_complaint **at = &validation->first;
    while (*at != NULL && (*at)->order <= order)
        at = &(*at)->next;
    complaint->next = *at;
    *at = complaint;
}

static bool breaks(const struct inf_check *check, int64_t number)
{
    return number < check->min || number > check->max ||
           (check->power_of_two && (number <= 0 || (number & (number - 1)) != 0));
}

void inf_params_check(const struct inf_params *params, struct inf_validation *validation)
{
    for (size_t i = 0; i < params->count; i++) {
        const struct inf_value *value = &params->values[i];
        const struct inf_param *param = value->param;
        if (param->required && value->text == NULL && value->json == NULL)
            inf_validation_add(validation, 0, "[%s] must not be null.", param->name);
        if (value->text == NULL || param->checks == NULL)
            continue;
        for (const struct inf_check *check = param->checks; check->text != NULL; check++)
            if (breaks(check, value->number))
                inf_validation_add(validation, check->order, "[%s] %s", param->name, check->text);
    }
}

int inf_validation_end(const struct inf_validation *validation, struct inf_error *err)
{
    if (validation->first == NULL)
        return 0;
    struct inf_buf text;
    inf_buf_init(&text, LIST_TEXT);
    int number = 0;
    for (const struct inf_complaint *c = validation->first; c != NULL; c = c->next)
        inf_buf_printf(&text, "%d: %s;", ++number, c->text);
    inf_error_set(err, INF_ERR_VALIDATION, "Validation Failed: %s",
                  text.data != NULL ? text.data : "");
    inf_buf_free(&text);
    return -1;
}
