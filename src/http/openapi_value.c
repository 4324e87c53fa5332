/* Parameters as JSON Schema. What the reader of the document learns here is what params_value.c
 * takes, in the spelling that is shown to people: case and blanks that are forgiven are not told.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "openapi.h"

#include "inferd/units.h"
#include <string.h>

#define TIME_PATTERN "^(0|-1|[0-9]+(nanos|micros|ms|s|m|h|d))$"
#define BYTES_PATTERN "^(0|-1|[0-9]+([.][0-9]+)?(b|k|kb|m|mb|g|gb|t|tb|p|pb))$"

enum { CHOICES_MOST = 64 }; /* powers of two that are told as a list */

static void write_reference(struct inf_jsonw *w, const char *kind, const char *name)
{
    struct inf_buf text;
    inf_buf_init(&text, 256);
    inf_buf_printf(&text, "#/components/%s/%s", kind, name);
    inf_jsonw_kv_string(w, "$ref", text.data);
    inf_buf_free(&text);
}

void inf_openapi_reference(struct inf_jsonw *w, const char *kind, const char *name)
{
    inf_jsonw_begin_object(w);
    write_reference(w, kind, name);
    inf_jsonw_end_object(w);
}

/* ---- choices and ranges ---- */

static void write_choices(struct inf_jsonw *w, const char *choices)
{
    inf_jsonw_key(w, "enum");
    inf_jsonw_begin_array(w);
    for (const char *choice = choices; choice != NULL;) {
        size_t length = strcspn(choice, "|");
        inf_jsonw_string_n(w, choice, length);
        choice = choice[length] == '|' ? choice + length + 1 : NULL;
    }
    inf_jsonw_end_array(w);
}

static void write_range(struct inf_jsonw *w, const struct inf_check *checks)
{
    int64_t min = INT64_MIN, max = INT64_MAX;
    bool power_of_two = false;
    for (const struct inf_check *check = checks; check != NULL && check->text != NULL; check++) {
        min = check->min > min ? check->min : min;
        max = check->max < max ? check->max : max;
        power_of_two |= check->power_of_two;
    }
    if (power_of_two && max <= CHOICES_MOST) {
        inf_jsonw_key(w, "enum");
        inf_jsonw_begin_array(w);
        for (int64_t value = 1; value <= max; value *= 2)
            inf_jsonw_int(w, value);
        inf_jsonw_end_array(w);
        return;
    }
    if (min > INT32_MIN)
        inf_jsonw_kv_int(w, "minimum", min);
    if (max < INT32_MAX)
        inf_jsonw_kv_int(w, "maximum", max);
}

/* ---- one type each ---- */

static void write_string(struct inf_jsonw *w, const char *pattern)
{
    inf_jsonw_kv_string(w, "type", "string");
    if (pattern != NULL)
        inf_jsonw_kv_string(w, "pattern", pattern);
}

static void write_strings(struct inf_jsonw *w)
{
    inf_jsonw_kv_string(w, "type", "array");
    inf_jsonw_key(w, "items");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "type", "string");
    inf_jsonw_end_object(w);
}

static void write_int(struct inf_jsonw *w, const struct inf_param *param,
                      enum inf_param_place place)
{
    inf_jsonw_kv_string(w, "type", "integer");
    inf_jsonw_kv_string(w, "format", place == INF_IN_BODY ? "int64" : "int32");
    write_range(w, param->checks);
}

static void write_object(struct inf_jsonw *w)
{
    inf_jsonw_key(w, "type");
    inf_jsonw_begin_array(w);
    inf_jsonw_string(w, "object");
    inf_jsonw_string(w, "null");
    inf_jsonw_end_array(w);
}

static void write_type(struct inf_jsonw *w, const struct inf_param *param,
                       enum inf_param_place place)
{
    switch (param->type) {
    case INF_P_STRING:
        write_string(w, NULL);
        if (place == INF_IN_PATH) /* an empty segment is another path */
            inf_jsonw_kv_int(w, "minLength", 1);
        break;
    case INF_P_BOOL:
        inf_jsonw_kv_string(w, "type", "boolean");
        break;
    case INF_P_INT:
        write_int(w, param, place);
        break;
    case INF_P_TIME:
        write_string(w, TIME_PATTERN);
        break;
    case INF_P_BYTES:
        write_string(w, BYTES_PATTERN);
        break;
    case INF_P_ENUM:
        write_string(w, NULL);
        write_choices(w, param->choices);
        break;
    case INF_P_LIST:
        if (place == INF_IN_BODY)
            write_string(w, NULL);
        else
            write_strings(w);
        break;
    case INF_P_STRINGS:
        write_strings(w);
        break;
    case INF_P_OBJECT:
        write_object(w);
        break;
    case INF_P_ANY:
        break;
    }
}

static void write_default(struct inf_jsonw *w, const struct inf_param *param,
                          enum inf_param_place place)
{
    int64_t number;
    if (param->dflt == NULL)
        return;
    inf_jsonw_key(w, "default");
    if (param->type == INF_P_BOOL) {
        inf_jsonw_bool(w, strcmp(param->dflt, "true") == 0);
    } else if (param->type == INF_P_INT && inf_int_parse(param->dflt, &number) == 0) {
        inf_jsonw_int(w, number);
    } else if (param->type == INF_P_LIST && place != INF_IN_BODY) {
        inf_jsonw_begin_array(w);
        for (const char *item = param->dflt; item != NULL && *item != '\0';) {
            size_t length = strcspn(item, ",");
            inf_jsonw_string_n(w, item, length);
            item = item[length] == ',' ? item + length + 1 : NULL;
        }
        inf_jsonw_end_array(w);
    } else {
        inf_jsonw_string(w, param->dflt);
    }
}

void inf_openapi_value(struct inf_jsonw *w, const struct inf_param *param,
                       enum inf_param_place place)
{
    inf_jsonw_begin_object(w);
    if (param->schema != NULL && place == INF_IN_BODY)
        write_reference(w, "schemas", param->schema);
    else
        write_type(w, param, place);
    write_default(w, param, place);
    if (place == INF_IN_BODY && param->doc != NULL)
        inf_jsonw_kv_string(w, "description", param->doc);
    inf_jsonw_end_object(w);
}
