/* fuzz_json.c - the JSON wrapper: what is read is written and read back as the same, compact,
 * indented and as YAML; limits hold; complaints name a place inside the text.
 *
 * Input: a byte with the greatest depth, a byte with the greatest number of values (0: the usual
 * ones), then the text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/json.h"
#include "must.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>
#include <yaml.h>

enum { DEPTH_CAP = 512, DEPTH_USUAL = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t depth_of(const struct cJSON *value)
{
    size_t deepest = 0;
    if (!inf_json_is_object(value) && !inf_json_is_array(value))
        return 0;
    for (const struct cJSON *child = inf_json_first(value); child; child = inf_json_next(child)) {
        size_t depth = depth_of(child);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static size_t count_of(const struct cJSON *value)
{
    size_t count = 1;
    for (const struct cJSON *child = inf_json_first(value); child; child = inf_json_next(child))
        count += count_of(child);
    return count;
}

static void check_equal(const struct cJSON *a, const struct cJSON *b)
{
    MUST(strcmp(inf_json_token(a), inf_json_token(b)) == 0);
    if (inf_json_is_string(a)) {
        MUST(strcmp(inf_json_string(a), inf_json_string(b)) == 0);
    } else if (inf_json_is_number(a)) {
        double x = inf_json_double(a), y = inf_json_double(b);
        MUST(isfinite(x) && memcmp(&x, &y, sizeof x) == 0);
        MUST((a->valuestring == NULL) == (b->valuestring == NULL));
        MUST(a->valuestring == NULL || strcmp(a->valuestring, b->valuestring) == 0);
    } else if (inf_json_is_bool(a)) {
        MUST(inf_json_true(a) == inf_json_true(b));
    }
    a = inf_json_first(a);
    for (b = inf_json_first(b); a && b; a = inf_json_next(a), b = inf_json_next(b)) {
        MUST((inf_json_key(a) == NULL) == (inf_json_key(b) == NULL));
        MUST(inf_json_key(a) == NULL || strcmp(inf_json_key(a), inf_json_key(b)) == 0);
        check_equal(a, b);
    }
    MUST(a == NULL && b == NULL);
}

/* The lookup finds the very member; its place in the text is where its key stands. */
static void check_lookup(const struct inf_json *json)
{
    int line = 0, column = 0;
    if (!inf_json_is_object(json->root))
        return;
    for (const struct cJSON *m = inf_json_first(json->root); m; m = inf_json_next(m)) {
        MUST(inf_json_get(json->root, inf_json_key(m)) == m);
        MUST(inf_json_get_path(json->root, inf_json_key(m)) == m);
        inf_json_locate(json, inf_json_key(m), &line, &column);
        MUST(line >= 1 && column >= 1 && (size_t)column <= json->length + 1);
    }
}

static bool parse(const char *text, size_t length, const struct inf_json_limits *limits,
                  struct inf_json *ret)
{
    struct inf_error err = {0};
    int line = 0, column = 0;
    if (inf_json_parse(text, length, limits, ret, &err) == 0)
        return true;
    MUST(err.code == INF_ERR_PARSE || err.code == INF_ERR_X_CONTENT_PARSE);
    MUST(inf_utf8_valid(err.reason, strlen(err.reason)));
    if (err.code == INF_ERR_X_CONTENT_PARSE) {
        MUST(sscanf(err.reason, "[%d:%d] ", &line, &column) == 2);
        MUST(line >= 1 && column >= 1 && (size_t)(line + column) <= length + 2);
    }
    return false;
}

/* ---- YAML ---- */

/* The scalars of the document, in order, as a reader of YAML sees them. */
static void next_scalar(yaml_parser_t *parser, yaml_event_t *event)
{
    for (;;) {
        MUST(yaml_parser_parse(parser, event));
        MUST(event->type != YAML_STREAM_END_EVENT && event->type != YAML_ALIAS_EVENT);
        if (event->type == YAML_SCALAR_EVENT)
            return;
        yaml_event_delete(event);
    }
}

static void check_scalar(yaml_parser_t *parser, const char *text)
{
    yaml_event_t event;
    next_scalar(parser, &event);
    MUST(strlen(text) == event.data.scalar.length);
    MUST(memcmp(text, event.data.scalar.value, event.data.scalar.length) == 0);
    yaml_event_delete(&event);
}

static void check_yaml_value(yaml_parser_t *parser, const struct cJSON *value)
{
    yaml_event_t event;
    if (inf_json_is_string(value)) {
        check_scalar(parser, inf_json_string(value));
    } else if (inf_json_is_number(value)) {
        next_scalar(parser, &event);
        MUST(strtod((const char *)event.data.scalar.value, NULL) == inf_json_double(value));
        yaml_event_delete(&event);
    } else if (inf_json_is_bool(value)) {
        check_scalar(parser, inf_json_true(value) ? "true" : "false");
    } else if (inf_json_is_null(value)) {
        check_scalar(parser, "null");
    }
    for (const struct cJSON *child = inf_json_first(value); child; child = inf_json_next(child)) {
        if (inf_json_key(child) != NULL)
            check_scalar(parser, inf_json_key(child));
        check_yaml_value(parser, child);
    }
}

static void check_yaml(const struct inf_json *json, struct inf_buf *out)
{
    yaml_parser_t parser;
    inf_buf_clear(out);
    MUST(inf_json_yaml(json->text, json->length, out) == 0);
    MUST(yaml_parser_initialize(&parser));
    yaml_parser_set_input_string(&parser, (const unsigned char *)out->data, out->length);
    check_yaml_value(&parser, json->root);
    yaml_parser_delete(&parser);
}

/* ---- back ---- */

static void check_round_trip(const struct inf_json *json)
{
    const struct inf_json_limits deep = {.max_depth = DEPTH_CAP};
    struct inf_json again;
    struct inf_jsonw w;
    struct inf_buf compact, pretty;
    inf_buf_init(&compact, SIZE_MAX / 2);
    inf_buf_init(&pretty, SIZE_MAX / 2);
    inf_jsonw_init(&w, &compact);
    inf_jsonw_value(&w, json->root);
    MUST(!compact.failed && parse(compact.data, compact.length, &deep, &again));
    check_equal(json->root, again.root);
    inf_json_free(&again);
    MUST(inf_json_pretty(compact.data, compact.length, &pretty) == 0);
    MUST(parse(pretty.data, pretty.length, &deep, &again));
    check_equal(json->root, again.root);
    inf_json_free(&again);
    check_yaml(json, &pretty);
    inf_buf_free(&compact);
    inf_buf_free(&pretty);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inf_json_limits limits;
    struct inf_json json;
    const char *text = (const char *)data + 2;
    if (size < 2)
        return 0;
    limits = (struct inf_json_limits){.max_depth = data[0], .max_values = data[1]};
    if (!parse(text, size - 2, &limits, &json))
        return 0;
    MUST(depth_of(json.root) <= (data[0] > 0 ? data[0] : DEPTH_USUAL));
    MUST(data[1] == 0 || count_of(json.root) <= data[1]);
    check_lookup(&json);
    check_round_trip(&json);
    inf_json_free(&json);
    return 0;
}
