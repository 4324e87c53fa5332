/* params.h - the parameters of one request, read and checked as its route's table row says.
 *
 * Thread: loop only. Owns: nothing; everything lies in the call's arena, the table or the body's
 * tree. Bound: the table's rows, the header size (query) and the body's limits. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_PARAMS_H
#define INFERD_HTTP_PARAMS_H

#include "arena.h"
#include "decode.h"
#include "inferd/http.h"
#include "router.h"

struct inf_value {
    const struct inf_param *param;
    unsigned given;   /* the inf_param_place that the value in force came from; 0: the default */
    const char *text; /* NULL: absent */
    int64_t number;   /* INT, TIME in ms, BYTES, BOOL as 0 or 1 */
    const struct cJSON *json; /* the body member, whatever place won */
};

/* Parameters that every route takes. */
struct inf_common {
    bool pretty, human, error_trace;
    const char *filter_path, *format, *source, *source_content_type; /* NULL: not given */
};

struct inf_params {
    const struct inf_route *route;
    struct inf_arena *arena;
    struct inf_value *values; /* one for each row of route->params, same order */
    size_t count;
    struct inf_common common;
};

struct inf_complaint {
    struct inf_complaint *next;
    int order;
    const char *text;
};

struct inf_validation {
    struct inf_arena *arena;
    struct inf_complaint *first; /* ascending by order */
};

/* Reads the common parameters out of the query. Needs no route, so that an error can be pretty. */
int inf_common_read(const struct inf_query *query, struct inf_common *ret, struct inf_error *err);

/* Gives every parameter its default, then takes the path's. */
int inf_params_begin(struct inf_params *params, const struct inf_route *route,
                     struct inf_arena *arena, const struct inf_match *match, struct inf_error *err);
/* Takes the members of the body, which must be an object of known fields of the right types. */
int inf_params_body(struct inf_params *params, const struct inf_json *body, struct inf_error *err);
/* Takes the query's values, which override the body's; path names the request in the complaint
 * about unknown ones. has_body matters where the route says that a body replaces the query. */
int inf_params_query(struct inf_params *params, const struct inf_query *query, const char *path,
                     bool has_body, struct inf_error *err);
/* The checks of the table; complaints are added to validation. */
void inf_params_check(const struct inf_params *params, struct inf_validation *validation);
/* Fails with all complaints in one text if there are any. */
int inf_validation_end(const struct inf_validation *validation, struct inf_error *err);

/* The value of the parameter of that name that may stand in one of places; NULL when none may. */
struct inf_value *inf_params_find(const struct inf_params *params, const char *name,
                                  unsigned places);
/* The value of a parameter of the row; asserts that the row has it. */
const struct inf_value *inf_params_get(const struct inf_params *params, const char *name);

/* Sets value from a text of any place; the reason is that of a query parameter. */
int inf_value_parse(struct inf_value *value, const char *text, struct inf_arena *arena,
                    struct inf_error *err);

#endif
