/* One parameter's text into a value of its type, with Elasticsearch's complaint when it is none. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "params.h"

#include "inferd/units.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { ENUM_TEXT = 64 };

static int parse_bool(const char *text, int64_t *ret, struct inf_error *err)
{
    if (text[0] == '\0' || strcmp(text, "true") == 0)
        *ret = 1;
    else if (strcmp(text, "false") == 0)
        *ret = 0;
    else
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Failed to parse value [%s] as only [true] or [false] are allowed.",
                             text);
    return 0;
}

static int parse_int(const struct inf_param *param, const char *text, int64_t *ret,
                     struct inf_error *err)
{
    if (inf_int_parse(text, ret) == 0 && *ret >= INT32_MIN && *ret <= INT32_MAX)
        return 0;
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                  "Failed to parse int parameter [%s] with value [%s]", param->name, text);
    return inf_error_cause(err, INF_ERR_NUMBER_FORMAT, "For input string: \"%s\"", text);
}

static int no_such_constant(const struct inf_param *param, const char *text, struct inf_error *err)
{
    char upper[ENUM_TEXT];
    size_t i = 0;
    for (; text[i] != '\0' && i < sizeof upper - 1; i++)
        upper[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
    upper[i] = '\0';
    if (param->enum_class == NULL || text[i] != '\0')
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "Failed to parse value [%.*s] of [%s], allowed are [%s]", ENUM_TEXT,
                             text, param->name, param->choices);
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "No enum constant %s.%s", param->enum_class,
                         upper);
}

/* The choice in the table's spelling: Java's enums are looked up without case. */
static int parse_enum(const struct inf_param *param, const char *text, struct inf_arena *arena,
                      const char **ret, struct inf_error *err)
{
    size_t length = strlen(text);
    for (const char *choice = param->choices; length > 0 && choice != NULL;) {
        size_t choice_length = strcspn(choice, "|");
        if (choice_length == length && strncasecmp(choice, text, length) == 0) {
            *ret = inf_arena_copy(arena, choice, length);
            return 0;
        }
        choice = choice[choice_length] == '|' ? choice + choice_length + 1 : NULL;
    }
    return no_such_constant(param, text, err);
}

int inf_value_parse(struct inf_value *value, const char *text, struct inf_arena *arena,
                    struct inf_error *err)
{
    const struct inf_param *param = value->param;
    int rc = 0;
    value->text = text;
    switch (param->type) {
    case INF_P_BOOL:
        rc = parse_bool(text, &value->number, err);
        break;
    case INF_P_INT:
        rc = parse_int(param, text, &value->number, err);
        break;
    case INF_P_TIME:
        rc = inf_time_parse(text, param->name, &value->number, err);
        break;
    case INF_P_BYTES:
        rc = inf_bytes_parse(text, param->name, &value->number, err);
        break;
    case INF_P_ENUM:
        rc = parse_enum(param, text, arena, &value->text, err);
        break;
    case INF_P_STRING:
    case INF_P_LIST:
    case INF_P_STRINGS:
    case INF_P_OBJECT:
    case INF_P_ANY:
        break;
    }
    return rc;
}
