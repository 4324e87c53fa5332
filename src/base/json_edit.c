/* json_edit.c - the changing side of JSON trees, over cJSON's. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/json_edit.h"

#include "json_text.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

struct cJSON *inf_json_new_object(void)
{
    return cJSON_CreateObject();
}

struct cJSON *inf_json_new_array(void)
{
    return cJSON_CreateArray();
}

struct cJSON *inf_json_new_null(void)
{
    return cJSON_CreateNull();
}

struct cJSON *inf_json_new_bool(bool value)
{
    return cJSON_CreateBool(value);
}

static char *copy_bytes(const char *text, size_t length)
{
    char *copy = cJSON_malloc(length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

/* A value of a type that is written as text, or NULL. Takes nothing. */
static struct cJSON *with_text(struct cJSON *value, const char *text, size_t length)
{
    if (value == NULL)
        return NULL;
    value->valuestring = copy_bytes(text, length);
    if (value->valuestring != NULL)
        return value;
    cJSON_Delete(value);
    return NULL;
}

struct cJSON *inf_json_new_int(int64_t value)
{
    struct cJSON *number = cJSON_CreateNumber((double)value);
    char literal[24];
    int length;

    if (number == NULL || fabs(number->valuedouble) < INF_JSON_INEXACT_FROM)
        return number;
    length = snprintf(literal, sizeof literal, "%lld", (long long)value);
    return with_text(number, literal, (size_t)length);
}

struct cJSON *inf_json_new_double(double value)
{
    return cJSON_CreateNumber(value);
}

struct cJSON *inf_json_new_string_n(const char *text, size_t length)
{
    struct cJSON *value = cJSON_CreateNull();

    if (value != NULL)
        value->type = cJSON_String;
    return with_text(value, text, length);
}

struct cJSON *inf_json_new_string(const char *text)
{
    return inf_json_new_string_n(text, strlen(text));
}

struct cJSON *inf_json_new_raw(const char *json, size_t length)
{
    struct cJSON *value = cJSON_CreateNull();

    if (value != NULL)
        value->type = cJSON_Raw;
    return with_text(value, json, length);
}

struct cJSON *inf_json_copy(const struct cJSON *value)
{
    struct cJSON *copy = cJSON_Duplicate(value, 1);

    if (copy != NULL && copy->string != NULL) {
        cJSON_free(copy->string);
        copy->string = NULL;
    }
    return copy;
}

void inf_json_delete(struct cJSON *value)
{
    cJSON_Delete(value);
}

int inf_json_unfold(struct cJSON *value)
{
    struct inf_json parsed;
    struct inf_error err;
    char *text = value->valuestring;

    if (!cJSON_IsRaw(value))
        return 0;
    if (inf_json_parse(text, strlen(text), NULL, &parsed, &err) != 0)
        return -1;
    value->type = parsed.root->type;
    value->child = parsed.root->child;
    value->valuestring = parsed.root->valuestring;
    value->valuedouble = parsed.root->valuedouble;
    value->valueint = parsed.root->valueint;
    parsed.root->child = NULL;
    parsed.root->valuestring = NULL;
    cJSON_free(text);
    inf_json_free(&parsed);
    return 0;
}

/* Behind the array that begins at `at`, if nothing is in it but numbers and the like, as in an
 * embedding, which is most of what is read here: that is seen without a look at each byte. Else 0.
 */
static size_t skip_flat(const char *json, size_t length, size_t at)
{
    const char *begin = json + at + 1, *end = memchr(begin, ']', length - at - 1);
    size_t inside = end != NULL ? (size_t)(end - begin) : 0;

    return end == NULL || memchr(begin, '"', inside) != NULL ||
                   memchr(begin, '[', inside) != NULL || memchr(begin, '{', inside) != NULL
               ? 0
               : at + inside + 2;
}

/* Behind the array or object that begins at `at`. */
static size_t skip_nested(const char *json, size_t length, size_t at)
{
    int depth = 0;

    while (at < length) {
        char c = json[at];
        size_t behind = c == '[' ? skip_flat(json, length, at) : 0;

        if (behind > 0 && depth == 0)
            return behind;
        if (behind > 0 || c == '"') {
            at = behind > 0 ? behind : inf_json_skip_string(json, at);
            continue;
        }
        depth += (c == '[' || c == '{') - (c == ']' || c == '}');
        at++;
        if (depth == 0)
            break;
    }
    return at;
}

static size_t skip_value(const char *json, size_t length, size_t at)
{
    if (json[at] == '"')
        return inf_json_skip_string(json, at);
    if (json[at] == '[' || json[at] == '{')
        return skip_nested(json, length, at);
    while (at < length && json[at] != ',' && json[at] != '}')
        at++;
    return at;
}

/* One member, at its key; *at is behind it then. 0, or -1. */
static int take_member(struct cJSON *object, const char *json, size_t length, size_t *at)
{
    size_t key_end = inf_json_skip_string(json, *at), begin = key_end + 1, end;
    struct cJSON *value;
    char *key = copy_bytes(json + *at + 1, key_end - *at - 2);
    int rc;

    if (key == NULL)
        return -1;
    end = skip_value(json, length, begin);
    value = inf_json_new_raw(json + begin, end - begin);
    if (value != NULL && json[begin] != '[' && json[begin] != '{' && inf_json_unfold(value) != 0) {
        cJSON_Delete(value);
        value = NULL;
    }
    rc = inf_json_set(object, key, value);
    cJSON_free(key);
    *at = end;
    return rc;
}

struct cJSON *inf_json_parse_shallow(const char *json, size_t length)
{
    struct cJSON *object = length > 1 && json[0] == '{' ? cJSON_CreateObject() : NULL;
    size_t at = 1;

    while (object != NULL && at < length && json[at] == '"') {
        if (take_member(object, json, length, &at) != 0) {
            cJSON_Delete(object);
            return NULL;
        }
        at += json[at] == ',';
    }
    return object;
}

struct cJSON *inf_json_next_joined(const char *json, size_t length, size_t *at)
{
    size_t begin = *at, end = skip_nested(json, length, begin);

    *at = end + 1; /* and a comma */
    return inf_json_parse_shallow(json + begin, end - begin);
}

struct cJSON *inf_json_take_root(struct inf_json *json)
{
    struct cJSON *root = json->root;

    json->root = NULL;
    inf_json_free(json);
    return root;
}

/* ---- containers ---- */

struct cJSON *inf_json_begin(struct cJSON *container)
{
    return container->child;
}

struct cJSON *inf_json_after(struct cJSON *value)
{
    return value->next;
}

struct cJSON *inf_json_find_n(struct cJSON *object, const char *key, size_t length)
{
    struct cJSON *member = cJSON_IsObject(object) ? object->child : NULL;

    while (member != NULL &&
           (strncmp(member->string, key, length) != 0 || member->string[length] != '\0'))
        member = member->next;
    return member;
}

struct cJSON *inf_json_find(struct cJSON *object, const char *key)
{
    return inf_json_find_n(object, key, strlen(key));
}

struct cJSON *inf_json_at(struct cJSON *array, size_t i)
{
    struct cJSON *element = cJSON_IsArray(array) ? array->child : NULL;

    while (element != NULL && i-- > 0)
        element = element->next;
    return element;
}

struct cJSON *inf_json_detach(struct cJSON *container, struct cJSON *child)
{
    return cJSON_DetachItemViaPointer(container, child);
}

int inf_json_replace(struct cJSON *container, struct cJSON *child, struct cJSON *value)
{
    if (value == NULL)
        return -1;
    if (child->string != NULL) {
        value->string = copy_bytes(child->string, strlen(child->string));
        if (value->string == NULL) {
            cJSON_Delete(value);
            return -1;
        }
    }
    cJSON_ReplaceItemViaPointer(container, child, value);
    return 0;
}

int inf_json_set(struct cJSON *object, const char *key, struct cJSON *value)
{
    struct cJSON *old = inf_json_find(object, key);

    if (value == NULL)
        return -1;
    if (old != NULL)
        return inf_json_replace(object, old, value);
    if (cJSON_AddItemToObject(object, key, value))
        return 0;
    cJSON_Delete(value);
    return -1;
}

int inf_json_push(struct cJSON *array, struct cJSON *value)
{
    if (value == NULL)
        return -1;
    cJSON_AddItemToArray(array, value);
    return 0;
}

/* ---- comparing ---- */

static bool numbers_equal(const struct cJSON *a, const struct cJSON *b)
{
    if (a->valuestring != NULL && b->valuestring != NULL)
        return strcmp(a->valuestring, b->valuestring) == 0;
    return !(a->valuedouble < b->valuedouble) && !(a->valuedouble > b->valuedouble);
}

static bool objects_equal(const struct cJSON *a, const struct cJSON *b)
{
    if (inf_json_size(a) != inf_json_size(b))
        return false;
    for (const struct cJSON *member = a->child; member != NULL; member = member->next) {
        const struct cJSON *other = inf_json_get(b, member->string);

        if (other == NULL || !inf_json_equal(member, other))
            return false;
    }
    return true;
}

static bool arrays_equal(const struct cJSON *a, const struct cJSON *b)
{
    const struct cJSON *one = a->child, *other = b->child;

    while (one != NULL && other != NULL && inf_json_equal(one, other)) {
        one = one->next;
        other = other->next;
    }
    return one == NULL && other == NULL;
}

bool inf_json_equal(const struct cJSON *a, const struct cJSON *b)
{
    if ((a->type & 0xff) != (b->type & 0xff))
        return false;
    if (cJSON_IsString(a) || cJSON_IsRaw(a))
        return strcmp(a->valuestring, b->valuestring) == 0;
    if (cJSON_IsNumber(a))
        return numbers_equal(a, b);
    if (cJSON_IsObject(a))
        return objects_equal(a, b);
    return !cJSON_IsArray(a) || arrays_equal(a, b);
}
