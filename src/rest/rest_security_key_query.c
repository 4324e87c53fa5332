/* rest_security_key_query.c - GET and POST /_security/_query/api_key: keys found by a query, in an
 * order, a page at a time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "key_query.h"
#include "rest_handlers.h"
#include "rest_security.h"
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX ((size_t)256 << 20)

enum { PAGE_MAX = 10000 };

struct order {
    const char *field; /* NULL: by creation, and without the values in the answer */
    bool descending;
};

struct hit {
    size_t at;  /* in the store */
    char *text; /* what it is sorted by; NULL comes last */
    int64_t number;
};

struct hits {
    struct hit *items;
    size_t count;
};

/* ---- order ---- */

/* "name", {"name":"desc"}, {"name":{"order":"desc"}}, or a list of one of them. */
static int read_order(const struct cJSON *sort, struct order *ret, struct inf_error *err)
{
    const struct inf_api_key none = {.name = ""};
    const struct cJSON *one = inf_json_is_array(sort) ? inf_json_first(sort) : sort;
    const struct cJSON *how = inf_json_is_object(one) ? inf_json_first(one) : NULL;
    const char *direction;
    char buffer[INF_KEY_FIELD_SIZE];
    const char *ignored;

    *ret = (struct order){.field = NULL};
    if (one == NULL)
        return 0;
    if (inf_json_is_array(sort) && inf_json_size(sort) > 1)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "[sort] takes one field here");
    ret->field = how != NULL ? inf_json_key(how) : inf_json_string(one);
    direction = inf_json_string(inf_json_is_object(how) ? inf_json_get(how, "order") : how);
    ret->descending = direction != NULL && strcmp(direction, "desc") == 0;
    if (ret->field != NULL && inf_key_query_field(&none, ret->field, buffer, &ignored))
        return 0;
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "Field [%.128s] is not allowed for sorting",
                         ret->field != NULL ? ret->field : "");
}

static int compare(const void *one, const void *other)
{
    const struct hit *a = one, *b = other;

    if (a->text == NULL || b->text == NULL)
        return (a->text == NULL) - (b->text == NULL);
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return strcmp(a->text, b->text);
}

static int compare_descending(const void *one, const void *other)
{
    const struct hit *a = one, *b = other;

    return a->text == NULL || b->text == NULL ? compare(one, other) : compare(other, one);
}

/* ---- search ---- */

static void add_hit(struct hits *hits, size_t at, const struct inf_api_key *key,
                    const struct order *order)
{
    const char *field = order->field != NULL ? order->field : "creation";
    char buffer[INF_KEY_FIELD_SIZE];
    const char *text = NULL;
    struct hit hit = {.at = at};

    inf_key_query_field(key, field, buffer, &text);
    hit.text = text != NULL ? inf_strdup(text) : NULL;
    hit.number = text == buffer ? strtoll(buffer, NULL, 10) : 0;
    if ((hits->count & (hits->count - 1)) == 0) /* room doubles */
        hits->items =
            inf_realloc(hits->items, hits->count > 0 ? 2 * hits->count : 1, sizeof *hits->items);
    hits->items[hits->count++] = hit;
}

static void search(const struct inf_store *store, const struct rest_key_filter *filter,
                   const struct cJSON *query, const struct order *order, struct hits *ret)
{
    for (size_t i = 0; i < inf_store_object_count(store, INF_OBJECT_API_KEY); i++) {
        struct inf_api_key key;

        if (inf_api_key_read(inf_store_object_at(store, INF_OBJECT_API_KEY, i), &key) != 0)
            continue;
        if (rest_key_filter_matches(filter, &key) && inf_key_query_matches(query, &key))
            add_hit(ret, i, &key, order);
        inf_api_key_free(&key);
    }
    if (ret->count > 0)
        qsort(ret->items, ret->count, sizeof *ret->items,
              order->descending ? compare_descending : compare);
}

static void free_hits(struct hits *hits)
{
    for (size_t i = 0; i < hits->count; i++)
        free(hits->items[i].text);
    free(hits->items);
}

static void write_sort(const struct hit *hit, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "_sort");
    inf_jsonw_begin_array(w);
    if (hit->text == NULL)
        inf_jsonw_null(w);
    else if (hit->number != 0)
        inf_jsonw_int(w, hit->number);
    else
        inf_jsonw_string(w, hit->text);
    inf_jsonw_end_array(w);
}

static size_t write_hits(const struct inf_call *call, const struct hits *hits,
                         const struct order *order, struct inf_jsonw *w)
{
    size_t from = (size_t)inf_call_int(call, "from"), size = (size_t)inf_call_int(call, "size");
    size_t end = hits->count, written = 0;

    if (from < end && end - from > size)
        end = from + size;
    for (size_t i = from; i < end; i++) {
        struct inf_api_key key;

        if (inf_api_key_read(
                inf_store_object_at(rest_app(call)->store, INF_OBJECT_API_KEY, hits->items[i].at),
                &key) != 0)
            continue;
        rest_key_write_open(&key, inf_call_bool(call, "with_limited_by"), w);
        if (order->field != NULL)
            write_sort(&hits->items[i], w);
        inf_jsonw_end_object(w);
        inf_api_key_free(&key);
        written++;
    }
    return written;
}

static enum inf_outcome answer(struct inf_call *call, const struct hits *hits,
                               const struct order *order, struct inf_error *err)
{
    struct inf_buf body, keys;
    struct inf_jsonw w, inner;
    size_t written;

    inf_buf_init(&body, ANSWER_MAX);
    inf_buf_init(&keys, ANSWER_MAX);
    inf_jsonw_init(&inner, &keys);
    inf_jsonw_begin_array(&inner);
    written = write_hits(call, hits, order, &inner);
    inf_jsonw_end_array(&inner);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_int(&w, "total", (int64_t)hits->count);
    inf_jsonw_kv_int(&w, "count", (int64_t)written);
    inf_jsonw_key(&w, "api_keys");
    inf_jsonw_raw(&w, keys.data, keys.length);
    inf_jsonw_end_object(&w);
    inf_buf_free(&keys);
    return rest_reply(call, &body, err);
}

static int check_page(const struct inf_call *call, struct inf_error *err)
{
    static const char *const names[] = {"from", "size"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (inf_call_int(call, names[i]) < 0 || inf_call_int(call, names[i]) > PAGE_MAX)
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                 "[%s] must be from [0] to [%d], not [%lld]", names[i], PAGE_MAX,
                                 (long long)inf_call_int(call, names[i]));
    return 0;
}

enum inf_outcome rest_security_key_query(struct inf_call *call, struct inf_error *err)
{
    /* Whoever may manage only its own keys sees only those, whatever it asks for. */
    const struct rest_key_filter filter = {
        .owner = rest_caller_may(call, INF_PRIV_MANAGE_API_KEY) ? NULL : rest_caller(call)};
    const struct cJSON *query = inf_call_json(call, "query");
    struct hits hits = {0};
    struct order order;
    enum inf_outcome outcome;

    if (check_page(call, err) != 0 || inf_key_query_check(query, err) != 0 ||
        read_order(inf_call_json(call, "sort"), &order, err) != 0)
        return INF_FAILED;
    search(rest_app(call)->store, &filter, query, &order, &hits);
    outcome = answer(call, &hits, &order, err);
    free_hits(&hits);
    return outcome;
}
