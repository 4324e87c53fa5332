/* fuzz_part.c - the body of a definition part, read as it arrives: the same bytes, fields and
 * complaints however it is cut; what is taken is what the JSON reader reads of the same text.
 *
 * Input: two bytes with the sizes of pieces that take turns, then the body. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/base64.h"
#include "inferd/buf.h"
#include "inferd/json.h"
#include "must.h"
#include "part_reader.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
    int rc;
    struct inf_part_fields fields;
    struct inf_buf bytes;
    struct inf_error err;
};

static int collect(void *arg, const void *data, size_t length, struct inf_error *err)
{
    struct inf_buf *bytes = arg;
    MUST(length > 0 && length <= 12 * 1024 + 3);
    (void)err;
    return inf_buf_append(bytes, data, length);
}

static void read_in_pieces(const char *body, size_t length, const size_t sizes[2],
                           struct result *ret)
{
    struct inf_part_reader *reader = inf_part_reader_new(collect, &ret->bytes);
    *ret = (struct result){.rc = 0};
    inf_buf_init(&ret->bytes, SIZE_MAX / 2);
    for (size_t i = 0, turn = 0; i < length && ret->rc == 0; turn++) {
        size_t size = sizes[turn % 2] < length - i ? sizes[turn % 2] : length - i;
        char *piece = malloc(size); /* its own, so that a step beyond it is seen */
        MUST(piece != NULL);
        memcpy(piece, body + i, size);
        ret->rc = inf_part_reader_feed(reader, piece, size, &ret->err);
        free(piece);
        i += size;
    }
    if (ret->rc == 0)
        ret->rc = inf_part_reader_end(reader, &ret->fields, &ret->err);
    inf_part_reader_free(reader);
}

static void check_same(const struct result *a, const struct result *b)
{
    MUST(a->rc == b->rc);
    if (a->rc != 0) {
        MUST(a->err.code == b->err.code && strcmp(a->err.reason, b->err.reason) == 0);
        return;
    }
    MUST(a->fields.total_definition_length == b->fields.total_definition_length);
    MUST(a->fields.total_parts == b->fields.total_parts);
    MUST(a->bytes.length == b->bytes.length);
    MUST(a->bytes.length == 0 || memcmp(a->bytes.data, b->bytes.data, a->bytes.length) == 0);
}

static int64_t number_of(const struct inf_json *json, const char *name)
{
    const struct cJSON *value = inf_json_get(json->root, name);
    struct inf_error err;
    int64_t number = 0;
    MUST(value == NULL || inf_json_int64(value, &number, &err) == 0);
    return number;
}

/* The decoded bytes, written as base64 again, are the text that the body has. */
static void check_base64(const char *text, const struct inf_buf *bytes)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = (const unsigned char *)bytes->data;
    MUST(strlen(text) == (bytes->length + 2) / 3 * 4);
    for (size_t i = 0; i < bytes->length; i += 3) {
        size_t left = bytes->length - i;
        unsigned group = (unsigned)in[i] << 16 | (left > 1 ? (unsigned)in[i + 1] << 8 : 0) |
                         (left > 2 ? in[i + 2] : 0);
        MUST(text[0] == letters[group >> 18] && text[1] == letters[group >> 12 & 63]);
        MUST(text[2] == (left > 1 ? letters[group >> 6 & 63] : '='));
        MUST(text[3] == (left > 2 ? letters[group & 63] : '='));
        text += 4;
    }
}

static void check_against_json(const char *body, size_t length, const struct result *result)
{
    struct inf_json json;
    struct inf_error err;
    MUST(inf_json_parse(body, length, NULL, &json, &err) == 0);
    MUST(inf_json_size(json.root) <= 3);
    MUST(number_of(&json, "total_parts") == result->fields.total_parts);
    MUST(number_of(&json, "total_definition_length") == result->fields.total_definition_length);
    check_base64(inf_json_string(inf_json_get(json.root, "definition")), &result->bytes);
    inf_json_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *body = (const char *)data + 2;
    struct result whole, cut, bytewise;
    if (size < 2)
        return 0;
    read_in_pieces(body, size - 2, (size_t[]){SIZE_MAX, SIZE_MAX}, &whole);
    read_in_pieces(body, size - 2, (size_t[]){data[0] + 1u, data[1] + 1u}, &cut);
    read_in_pieces(body, size - 2, (size_t[]){1, 1}, &bytewise);
    check_same(&whole, &cut);
    check_same(&whole, &bytewise);
    if (whole.rc == 0)
        check_against_json(body, size - 2, &whole);
    inf_buf_free(&whole.bytes);
    inf_buf_free(&cut.bytes);
    inf_buf_free(&bytewise.bytes);
    return 0;
}
