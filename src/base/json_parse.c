/* json_parse.c - from bytes to a tree: strict check, then cJSON, then the exact large numbers.
 *
 * cJSON keeps a number only as a double, which loses integers above 2^53 (document ids often are).
 * The check lists those literals in document order; a walk over the tree meets the same numbers in
 * the same order and hangs the literal on the node as its valuestring, which cJSON frees with it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "json_text.h"

#include "inferd/reserve.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int fail_memory(size_t length, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_MEMORY, "not enough memory to read a JSON text of %zu bytes",
                         length);
}

static char *copy_literal(const char *text, const struct inf_json_span *span)
{
    char *copy = cJSON_malloc(span->length + 1);
    if (copy) {
        memcpy(copy, text + span->offset, span->length);
        copy[span->length] = '\0';
    }
    return copy;
}

/* Recursion is bounded by INF_JSON_DEPTH_CAP. *next is the first span not yet placed. */
static int place_literals(struct cJSON *value, const char *text, const struct inf_json_spans *spans,
                          size_t *next)
{
    for (; value && *next < spans->count; value = value->next) {
        if (cJSON_IsNumber(value) && fabs(value->valuedouble) >= INF_JSON_INEXACT_FROM) {
            value->valuestring = copy_literal(text, &spans->items[(*next)++]);
            if (!value->valuestring) {
                return -1;
            }
        } else if (place_literals(value->child, text, spans, next)) {
            return -1;
        }
    }
    return 0;
}

static int build(struct inf_json *json, const struct inf_json_spans *large, struct inf_error *err)
{
    size_t next = 0;
    json->root = cJSON_ParseWithLengthOpts(json->text, json->length + 1, NULL, 1);
    if (!json->root || place_literals(json->root, json->text, large, &next)) {
        return fail_memory(json->length, err); /* the text is known to be well-formed */
    }
    return 0;
}

int inf_json_parse(const char *text, size_t length, const struct inf_json_limits *limits,
                   struct inf_json *ret, struct inf_error *err)
{
    struct inf_json json = {.length = length};
    struct inf_json_spans large = {0};
    int result = -1;
    json.text = malloc(length + 1);
    if (!json.text) {
        return fail_memory(length, err);
    }
    if (length > 0) {
        memcpy(json.text, text, length);
    }
    json.text[length] = '\0';
    if (inf_json_skip_blanks(json.text, 0) == length) {
        inf_error_set(err, INF_ERR_PARSE, "request body is required");
    } else if (inf_json_check(json.text, length, limits, &large, err) == 0) {
        result = build(&json, &large, err);
    }
    free(large.items);
    if (result) {
        inf_json_free(&json);
    } else {
        *ret = json;
    }
    return result;
}

int inf_json_parse_own(const char *text, size_t length, const struct inf_json_limits *limits,
                       struct inf_json *ret, struct inf_error *err)
{
    int rc = inf_json_parse(text, length, limits, ret, err);
    if (rc != 0 && err->code == INF_ERR_MEMORY && inf_reserve_release()) {
        rc = inf_json_parse(text, length, limits, ret, err);
    }
    return rc;
}

void inf_json_free(struct inf_json *json)
{
    if (json) {
        cJSON_Delete(json->root);
        free(json->text);
        *json = (struct inf_json){0};
    }
}
