/* The members of a JSON body into parameters, as Elasticsearch's ObjectParser does it: unknown
 * fields, wrong token types and values that cannot be converted each have their own complaint,
 * which names line, column and parser. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "params.h"

#include "inferd/fields.h"
#include "inferd/similarity.h"

/* The body's object as fields.h wants it; `known` gets the names that the row takes in a body. */
struct members {
    struct inf_fields fields;
    const char *known[INF_SUGGESTIONS + 1];
};

static void describe(const struct inf_params *params, const struct inf_json *body,
                     struct members *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < params->count && count < INF_SUGGESTIONS; i++)
        if ((params->values[i].param->in & INF_IN_BODY) != 0)
            ret->known[count++] = params->values[i].param->name;
    ret->known[count] = NULL;
    ret->fields = (struct inf_fields){
        .doc = body, .path = "", .parser = params->route->parser, .known = ret->known};
}

static bool right_type(const struct inf_param *param, const struct cJSON *json)
{
    bool string = inf_json_is_string(json);
    switch (param->type) {
    case INF_P_STRING:
    case INF_P_TIME:
    case INF_P_ENUM:
    case INF_P_LIST:
        return string;
    case INF_P_BOOL:
        return string || inf_json_is_bool(json);
    case INF_P_INT:
    case INF_P_BYTES:
        return string || inf_json_is_number(json);
    case INF_P_STRINGS:
        return string || inf_json_is_array(json);
    case INF_P_OBJECT:
        return inf_json_is_object(json) || inf_json_is_null(json);
    case INF_P_ANY:
        return true;
    }
    return false;
}

static int check_strings(const struct cJSON *array, struct inf_error *err)
{
    for (const struct cJSON *item = inf_json_first(array); item != NULL; item = inf_json_next(item))
        if (!inf_json_is_string(item))
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "Can't get text on a %s",
                                 inf_json_token(item));
    return 0;
}

static int take_bool(struct inf_value *value, const struct cJSON *json, struct inf_error *err)
{
    const char *text = inf_json_string(json);
    if (text == NULL)
        text = inf_json_true(json) ? "true" : "false";
    if (text[0] == '\0')
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Failed to parse value [] as only [true] or [false] are allowed.");
    return inf_value_parse(value, text, NULL, err);
}

static int take(struct inf_params *params, struct inf_value *value, const struct cJSON *json,
                struct inf_error *err)
{
    const char *text = inf_json_string(json);
    switch (value->param->type) {
    case INF_P_BOOL:
        return take_bool(value, json, err);
    case INF_P_INT:
        value->text = "";
        return inf_json_int64(json, &value->number, err);
    case INF_P_BYTES:
        if (text == NULL)
            text = inf_arena_printf(params->arena, "%.17g", inf_json_double(json));
        return inf_value_parse(value, text, params->arena, err);
    case INF_P_STRING:
    case INF_P_TIME:
    case INF_P_ENUM:
    case INF_P_LIST:
        return inf_value_parse(value, text, params->arena, err);
    case INF_P_STRINGS:
        return check_strings(json, err);
    case INF_P_OBJECT:
    case INF_P_ANY:
        break;
    }
    return 0;
}

/* Asking for what the member is not gives the complaint that names its token. */
static int wrong_type(const struct inf_fields *fields, const struct cJSON *json,
                      struct inf_error *err)
{
    const char *none;
    return inf_json_is_string(json) ? inf_fields_object(fields, json, err)
                                    : inf_fields_string(fields, json, &none, err);
}

static int take_member(struct inf_params *params, const struct members *members,
                       const struct cJSON *json, struct inf_error *err)
{
    const char *field = inf_json_key(json);
    struct inf_value *value = inf_params_find(params, field, INF_IN_BODY);
    if (value == NULL)
        return params->route->open_body ? 0 : inf_fields_unknown(&members->fields, field, err);
    if (!right_type(value->param, json))
        return wrong_type(&members->fields, json, err);
    struct inf_value before = *value;
    if (take(params, value, json, err) != 0)
        return inf_fields_failed(&members->fields, field, err);
    /* A path parameter that the body repeats keeps the path's value; the handler compares the two.
     */
    if ((before.given & INF_IN_PATH) != 0)
        *value = before;
    else
        value->given = INF_IN_BODY;
    value->json = json;
    return 0;
}

int inf_params_body(struct inf_params *params, const struct inf_json *body, struct inf_error *err)
{
    struct members members;
    if (!inf_json_is_object(body->root))
        return inf_error_set(err, INF_ERR_X_CONTENT_PARSE,
                             "[1:1] [%s] Expected START_OBJECT but was: %s", params->route->parser,
                             inf_json_token(body->root));
    describe(params, body, &members);
    for (const struct cJSON *json = inf_json_first(body->root); json != NULL;
         json = inf_json_next(json))
        if (take_member(params, &members, json, err) != 0)
            return -1;
    return 0;
}
