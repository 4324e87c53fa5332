/* fuzz_filter_path.c - ?filter_path= on an answer: what is left is part of what was there, and
 * filtering it again leaves it as it is.
 *
 * Input: the filters, a NUL, the JSON text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "filter_path.h"
#include "inferd/json.h"
#include "must.h"
#include <string.h>

enum { DEEP = 128 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_object(const char *text, size_t length)
{
    while (length > 0 && strchr(" \t\r\n", *text) != NULL && *text != '\0') {
        text++;
        length--;
    }
    return length > 0 && *text == '{';
}

static struct inf_json parse(const struct inf_buf *text)
{
    const struct inf_json_limits limits = {.max_depth = DEEP};
    struct inf_json json;
    struct inf_error err;
    MUST(inf_json_parse(text->data, text->length, &limits, &json, &err) == 0);
    return json;
}

static void check_scalar(const struct cJSON *part, const struct cJSON *whole)
{
    struct inf_buf a, b;
    struct inf_jsonw w;
    inf_buf_init(&a, SIZE_MAX / 2);
    inf_buf_init(&b, SIZE_MAX / 2);
    inf_jsonw_init(&w, &a);
    inf_jsonw_value(&w, part);
    inf_jsonw_init(&w, &b);
    inf_jsonw_value(&w, whole);
    MUST(strcmp(a.data, b.data) == 0);
    inf_buf_free(&a);
    inf_buf_free(&b);
}

static bool is_container(const struct cJSON *value)
{
    return inf_json_is_object(value) || inf_json_is_array(value);
}

/* Every member of part is in whole, in its order; of arrays the length alone is looked at, since
 * items that lost all they had are gone. */
static void check_part(const struct cJSON *part, const struct cJSON *whole)
{
    MUST(strcmp(inf_json_token(part), inf_json_token(whole)) == 0);
    MUST(inf_json_size(part) <= inf_json_size(whole));
    if (!is_container(part))
        check_scalar(part, whole);
    if (!inf_json_is_object(part))
        return;
    const struct cJSON *in = inf_json_first(whole);
    for (const struct cJSON *m = inf_json_first(part); m != NULL; m = inf_json_next(m)) {
        while (in != NULL && strcmp(inf_json_key(in), inf_json_key(m)) != 0)
            in = inf_json_next(in);
        MUST(in != NULL);
        check_part(m, in);
    }
}

static bool filter(const char *filters, const char *json, size_t length, struct inf_buf *out)
{
    inf_buf_init(out, SIZE_MAX / 2);
    return inf_filter_path(filters, json, length, out) == 0;
}

static void check_excluded(const char *filters, const struct cJSON *left)
{
    if (filters[0] == '-' && filters[1] != '\0' && strpbrk(filters + 1, ".*,-") == NULL)
        MUST(!inf_json_is_object(left) || inf_json_get(left, filters + 1) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *filters = (const char *)data;
    const char *json = memchr(data, '\0', size);
    size_t length = json != NULL ? size - (size_t)(json + 1 - filters) : 0;
    struct inf_buf once, twice, all;
    if (json == NULL || !is_object(json + 1, length) || !filter(filters, json + 1, length, &once))
        return 0;
    MUST(filter("**", json + 1, length, &all));
    struct inf_json left = parse(&once), whole = parse(&all);
    check_part(left.root, whole.root);
    check_excluded(filters, left.root);
    MUST(filter(filters, once.data, once.length, &twice));
    MUST(once.length == twice.length && memcmp(once.data, twice.data, once.length) == 0);
    inf_json_free(&left);
    inf_json_free(&whole);
    inf_buf_free(&once);
    inf_buf_free(&twice);
    inf_buf_free(&all);
    return 0;
}
