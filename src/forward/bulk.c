/* bulk.c - documents to _bulk's lines and back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "bulk.h"

#include "inferd/alloc.h"
#include "inferd/hex.h"
#include "inferd/json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { ID_BYTES = 16, STATUS_OK = 200, STATUS_REDIRECT = 300, CONFLICT = 409 };
enum { TOO_MANY = 429, UNAVAILABLE = 503 };
#define WORDS_MAX ((size_t)1024) /* bytes of the receiver's words about one document */

/* ---- where a document goes ---- */

static char *make_id(void)
{
    unsigned char bytes[ID_BYTES];
    char *id = inf_alloc(2 * ID_BYTES + 1, 1);

    /* So few bytes are never cut short, and there is no error once the kernel has started. */
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        inf_alloc_failed();
    return inf_hex_print(bytes, ID_BYTES, id);
}

static int check_length(const char *key, const char *text, struct inf_error *err)
{
    size_t length = strlen(text);

    return length >= 1 && length <= INF_BULK_ID_MAX
               ? 0
               : inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                               "[%s] must have 1 to [%d] bytes to be forwarded, not [%zu]", key,
                               INF_BULK_ID_MAX, length);
}

static int take_member(struct inf_bulk_item *item, const struct cJSON *member,
                       struct inf_error *err)
{
    const char *key = inf_json_key(member), *text = inf_json_string(member);

    if (text == NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "[%s] must be a string to be forwarded, not %s", key,
                             inf_json_token(member));
    if (strcmp(key, "_index") == 0) {
        item->index = inf_strdup(text);
        return 0;
    }
    if (check_length(key, text, err) != 0)
        return -1;
    if (strcmp(key, "_id") == 0)
        item->id = inf_strdup(text);
    else if (strcmp(key, "_routing") == 0)
        item->routing = inf_strdup(text);
    else
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "a document with [%s] cannot be forwarded; [_index], [_id] and "
                             "[_routing] can",
                             key);
    return 0;
}

int inf_bulk_address(struct inf_bulk_item *item, const char *metadata, const char *index,
                     const struct inf_receiver *receiver, struct inf_error *err)
{
    struct inf_json json;
    int rc = inf_json_parse_own(metadata, strlen(metadata), NULL, &json, err);

    if (rc != 0)
        return -1;
    for (const struct cJSON *member = inf_json_first(json.root); rc == 0 && member != NULL;
         member = inf_json_next(member))
        rc = take_member(item, member, err);
    inf_json_free(&json);
    if (rc != 0)
        return -1;
    if (item->index == NULL && index == NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "the document has no [_index], and neither the parameter [index] nor "
                             "the setting [ingest.forward.index] names one");
    if (item->index == NULL)
        item->index = inf_strdup(index);
    if (inf_receiver_check_index(receiver, item->index, err) != 0)
        return -1;
    item->named = item->id != NULL;
    if (!item->named)
        item->id = make_id();
    return 0;
}

void inf_bulk_item_fini(struct inf_bulk_item *item)
{
    free(item->index);
    free(item->id);
    free(item->routing);
    free(item->result);
    free(item->error);
    inf_buf_free(&item->source);
}

/* ---- the request ---- */

void inf_bulk_write(struct inf_bulk_item *const *items, size_t count, bool create,
                    struct inf_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct inf_bulk_item *item = items[i];
        struct inf_jsonw w;

        inf_jsonw_init(&w, out);
        inf_jsonw_begin_object(&w);
        inf_jsonw_key(&w, create ? "create" : "index");
        inf_jsonw_begin_object(&w);
        inf_jsonw_kv_string(&w, "_index", item->index);
        inf_jsonw_kv_string(&w, "_id", item->id);
        if (item->routing != NULL)
            inf_jsonw_kv_string(&w, "routing", item->routing);
        inf_jsonw_end_object(&w);
        inf_jsonw_end_object(&w);
        inf_buf_append(out, "\n", 1);
        inf_buf_append(out, item->source.data, item->source.length);
        inf_buf_append(out, "\n", 1);
    }
}

/* ---- the answer ---- */

static void write_cut(struct inf_jsonw *w, const char *key, const char *text)
{
    inf_jsonw_key(w, key);
    inf_jsonw_string_n(w, text, inf_utf8_cut(text, strlen(text), WORDS_MAX));
}

void inf_bulk_refuse(struct inf_bulk_item *item, int status, const char *type, const char *reason)
{
    struct inf_buf text;
    struct inf_jsonw w;
    size_t length;

    inf_buf_init(&text, 16 * WORDS_MAX); /* an escape makes six bytes of one */
    inf_jsonw_init(&w, &text);
    inf_jsonw_begin_object(&w);
    write_cut(&w, "type", type);
    write_cut(&w, "reason", reason);
    inf_jsonw_end_object(&w);
    item->status = status;
    free(item->error);
    item->error =
        text.failed ? inf_strdup("{\"type\":\"status_exception\",\"reason\":\"\"}") : NULL;
    if (item->error == NULL)
        item->error = inf_buf_take(&text, &length);
    inf_buf_free(&text);
}

static void take_refusal(struct inf_bulk_item *item, int status, const struct cJSON *error)
{
    const struct cJSON *cause = inf_json_get(error, "caused_by");
    const char *type = inf_json_string(inf_json_get(error, "type"));
    const char *reason = inf_json_string(inf_json_get(error, "reason"));
    const char *deeper = inf_json_string(inf_json_get(cause, "reason"));
    char text[WORDS_MAX];

    if (reason == NULL)
        reason = inf_json_string(error); /* of a receiver that says no more than that */
    snprintf(text, sizeof text, "%s%s%s", reason != NULL ? reason : "no reason was given",
             deeper != NULL ? ": " : "", deeper != NULL ? deeper : "");
    inf_bulk_refuse(item, status, type != NULL ? type : "status_exception", text);
}

/* A document that may have been taken before and is refused now because it is there: it is the one.
 */
static bool was_taken_before(const struct inf_bulk_item *item, int status)
{
    return status == CONFLICT && item->uncertain && !item->named;
}

/* true: the receiver has decided. */
static bool take_verdict(struct inf_bulk_item *item, int status, const struct cJSON *verdict)
{
    const char *result = inf_json_string(inf_json_get(verdict, "result"));

    if (status == TOO_MANY || status == UNAVAILABLE)
        return false;
    if ((status >= STATUS_OK && status < STATUS_REDIRECT) || was_taken_before(item, status)) {
        item->status = status;
        item->result = inf_strdup(result != NULL ? result : "created");
    } else {
        take_refusal(item, status, inf_json_get(verdict, "error"));
    }
    return true;
}

static int read_status(const struct cJSON *entry, int64_t *ret)
{
    struct inf_error ignored;

    return inf_json_int64(inf_json_get(inf_json_first(entry), "status"), ret, &ignored) == 0 &&
                   *ret >= 100 && *ret < 600
               ? 0
               : -1;
}

static int check_answer(const struct cJSON *list, size_t count, struct inf_error *err)
{
    int64_t status;

    if (!inf_json_is_array(list) || inf_json_size(list) != count)
        return inf_error_set(err, INF_ERR_UNAVAILABLE,
                             "it has no [items], or not [%zu], one for each document", count);
    for (const struct cJSON *entry = inf_json_first(list); entry != NULL;
         entry = inf_json_next(entry))
        if (read_status(entry, &status) != 0)
            return inf_error_set(err, INF_ERR_UNAVAILABLE, "an item has no [status]");
    return 0;
}

int inf_bulk_read(const char *text, size_t length, struct inf_bulk_item *const *items, size_t count,
                  size_t *ret_settled, struct inf_error *err)
{
    struct inf_json json;
    const struct cJSON *list;
    int rc = inf_json_parse(text, length, NULL, &json, err);
    size_t i = 0;

    *ret_settled = 0;
    if (rc != 0)
        return -1;
    list = inf_json_get(json.root, "items");
    rc = check_answer(list, count, err);
    for (const struct cJSON *entry = rc == 0 ? inf_json_first(list) : NULL; entry != NULL;
         entry = inf_json_next(entry)) {
        int64_t status = 0;

        read_status(entry, &status);
        *ret_settled += take_verdict(items[i++], (int)status, inf_json_first(entry));
    }
    inf_json_free(&json);
    return rc;
}
