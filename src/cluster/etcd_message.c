/* etcd_message.c - the gateway's JSON, both ways. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "etcd_message.h"

#include "inferd/alloc.h"
#include "inferd/base64.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)8 << 20)

/* ---- writing ---- */

void inf_etcd_write_bytes(struct inf_jsonw *w, const char *name, const void *bytes, size_t length)
{
    struct inf_buf text;

    inf_buf_init(&text, TEXT_MAX);
    inf_base64_append(&text, bytes, length);
    inf_jsonw_key(w, name);
    inf_jsonw_string_n(w, text.data != NULL ? text.data : "", text.length);
    w->out->failed |= text.failed;
    inf_buf_free(&text);
}

void inf_etcd_write_key(struct inf_jsonw *w, const char *name, const char *prefix, const char *key)
{
    struct inf_buf whole;

    inf_buf_init(&whole, TEXT_MAX);
    inf_buf_printf(&whole, "%s%s", prefix, key);
    inf_etcd_write_bytes(w, name, whole.data, whole.length);
    inf_buf_free(&whole);
}

void inf_etcd_write_int64(struct inf_jsonw *w, const char *name, int64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, value);
    inf_jsonw_kv_string(w, name, text);
}

/* The end of the keys that begin with prefix and key: the same, its last byte one greater. Keys are
 * UTF-8, so that byte never is the greatest there is. */
void inf_etcd_write_end(struct inf_jsonw *w, const char *prefix, const char *key)
{
    struct inf_buf whole;

    inf_buf_init(&whole, TEXT_MAX);
    inf_buf_printf(&whole, "%s%s", prefix, key);
    if (whole.length > 0)
        whole.data[whole.length - 1]++;
    inf_etcd_write_bytes(w, "range_end", whole.data, whole.length);
    inf_buf_free(&whole);
}

void inf_etcd_write_range(const struct inf_etcd_question *question, struct inf_buf *out)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    if (question->after != NULL) /* the next key after one is it with a NUL behind */
        inf_etcd_write_bytes(&w, "key", question->after, strlen(question->after) + 1);
    else
        inf_etcd_write_key(&w, "key", question->prefix, question->key);
    if (question->below)
        inf_etcd_write_end(&w, question->prefix, question->key);
    if (question->revision > 0)
        inf_etcd_write_int64(&w, "revision", question->revision);
    inf_etcd_write_int64(&w, "limit", question->limit);
    inf_jsonw_end_object(&w);
}

void inf_etcd_write_watch(const char *prefix, const char *key, int64_t from_revision,
                          struct inf_buf *out)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "create_request");
    inf_jsonw_begin_object(&w);
    inf_etcd_write_key(&w, "key", prefix, key);
    inf_etcd_write_end(&w, prefix, key);
    inf_etcd_write_int64(&w, "start_revision", from_revision);
    inf_jsonw_end_object(&w);
    inf_jsonw_end_object(&w);
}

/* ---- reading ---- */

void inf_etcd_pairs_fini(struct inf_etcd_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->items[i].key);
        free(pairs->items[i].value);
    }
    free(pairs->items);
    *pairs = (struct inf_etcd_pairs){0};
}

int64_t inf_etcd_read_int64(const struct cJSON *object, const char *name)
{
    int64_t value = 0;
    struct inf_error ignored;

    return inf_json_int64(inf_json_get(object, name), &value, &ignored) == 0 ? value : 0;
}

int64_t inf_etcd_read_revision(const struct cJSON *answer)
{
    return inf_etcd_read_int64(inf_json_get(answer, "header"), "revision");
}

/* The bytes, NUL-terminated; "" where there is no such member, NULL where it is no base64. */
static char *read_bytes(const struct cJSON *object, const char *name, size_t *ret_length)
{
    const char *text = inf_json_string(inf_json_get(object, name));
    size_t length = text != NULL ? strlen(text) : 0;
    struct inf_base64 decoder = {0};
    char *bytes = inf_alloc(1, INF_BASE64_ROOM(length) + 1);

    if (inf_base64_feed(&decoder, text != NULL ? text : "", length, (uint8_t *)bytes, ret_length) !=
            0 ||
        inf_base64_end(&decoder) != 0) {
        free(bytes);
        return NULL;
    }
    bytes[*ret_length] = '\0';
    return bytes;
}

static struct inf_etcd_pair *add_pair(struct inf_etcd_pairs *pairs)
{
    if (pairs->count == pairs->capacity) {
        pairs->capacity = pairs->capacity > 0 ? pairs->capacity * 2 : 16;
        pairs->items = inf_realloc(pairs->items, pairs->capacity, sizeof *pairs->items);
    }
    pairs->items[pairs->count] = (struct inf_etcd_pair){0};
    return &pairs->items[pairs->count++];
}

void inf_etcd_pairs_add(struct inf_etcd_pairs *pairs, const char *key, const char *value)
{
    struct inf_etcd_pair *pair = add_pair(pairs);

    pair->key = inf_strdup(key);
    pair->value = value != NULL ? inf_strdup(value) : NULL;
    pair->length = value != NULL ? strlen(value) : 0;
}

static int read_pair(const struct cJSON *kv, const char *prefix, bool deleted,
                     struct inf_etcd_pairs *ret)
{
    size_t length, prefix_length = strlen(prefix);
    struct inf_etcd_pair *pair = add_pair(ret);
    char *key = read_bytes(kv, "key", &length);

    pair->key = key;
    pair->revision = inf_etcd_read_int64(kv, "mod_revision");
    pair->created = inf_etcd_read_int64(kv, "create_revision");
    if (!deleted)
        pair->value = read_bytes(kv, "value", &pair->length);
    if (key == NULL || (!deleted && pair->value == NULL) || strlen(key) != length ||
        strncmp(key, prefix, prefix_length) != 0)
        return -1;
    memmove(key, key + prefix_length, length - prefix_length + 1);
    return 0;
}

int inf_etcd_read_range(const struct cJSON *answer, const char *prefix, struct inf_etcd_pairs *ret,
                        bool *ret_more)
{
    if (!inf_json_is_object(inf_json_get(answer, "header")))
        return -1;
    for (const struct cJSON *kv = inf_json_first(inf_json_get(answer, "kvs")); kv != NULL;
         kv = inf_json_next(kv))
        if (read_pair(kv, prefix, false, ret) != 0)
            return -1;
    *ret_more = inf_json_true(inf_json_get(answer, "more"));
    return 0;
}

static int no_message(struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_UNAVAILABLE,
                         "etcd ends the watch with an answer that is none");
}

int inf_etcd_read_watch(const struct cJSON *message, const char *prefix, struct inf_etcd_pairs *ret,
                        struct inf_error *err)
{
    const struct cJSON *result = inf_json_get(message, "result");

    if (!inf_json_is_object(result))
        return no_message(err);
    ret->revision = inf_etcd_read_revision(result);
    if (inf_etcd_read_int64(result, "compact_revision") > 0)
        return inf_error_set(err, INF_ERR_CONFLICT, "etcd has forgotten changes that old");
    if (inf_json_true(inf_json_get(result, "canceled")))
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "etcd ends the watch: %s",
                             inf_etcd_read_reason(result));
    for (const struct cJSON *event = inf_json_first(inf_json_get(result, "events")); event != NULL;
         event = inf_json_next(event)) {
        const char *type = inf_json_string(inf_json_get(event, "type"));

        if (read_pair(inf_json_get(event, "kv"), prefix,
                      type != NULL && strcmp(type, "DELETE") == 0, ret) != 0)
            return no_message(err);
    }
    return 0;
}

const char *inf_etcd_read_reason(const struct cJSON *answer)
{
    static const char *const names[] = {"error", "message", "cancel_reason"};
    const struct cJSON *error = inf_json_get(answer, "error");
    const char *text =
        inf_json_is_object(error) ? inf_json_string(inf_json_get(error, "message")) : NULL;

    for (size_t i = 0; text == NULL && i < sizeof names / sizeof names[0]; i++)
        text = inf_json_string(inf_json_get(answer, names[i]));
    return text != NULL ? text : "";
}
