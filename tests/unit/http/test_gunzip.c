/* Inflating request bodies in pieces of any size, and refusing bombs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gunzip.h"
#include "inferd/buf.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static size_t compress_gzip(const char *data, size_t length, char **ret)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&stream, (uLong)length);
    *ret = malloc(room);
    assert_non_null(*ret);
    stream.next_in = (Bytef *)data;
    stream.avail_in = (uInt)length;
    stream.next_out = (Bytef *)*ret;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t made = room - stream.avail_out;
    deflateEnd(&stream);
    return made;
}

static int sink(void *arg, const char *data, size_t length, struct inf_error *err)
{
    (void)err;
    return inf_buf_append(arg, data, length);
}

/* 0, or the code of the error. */
static enum inf_err_code inflate_in(const char *data, size_t length, size_t piece, int64_t max,
                                    struct inf_buf *out)
{
    struct inf_gunzip *gunzip = inf_gunzip_new(max);
    struct inf_error err;
    int rc = 0;
    for (size_t at = 0; rc == 0 && at < length; at += piece)
        rc = inf_gunzip_push(gunzip, data + at, length - at < piece ? length - at : piece, sink,
                             out, &err);
    if (rc == 0)
        rc = inf_gunzip_end(gunzip, &err);
    inf_gunzip_free(gunzip);
    return rc == 0 ? INF_ERR_NONE : err.code;
}

static char *noise(size_t length)
{
    char *data = malloc(length);
    assert_non_null(data);
    unsigned x = 1;
    for (size_t i = 0; i < length; i++) {
        x = x * 1103515245U + 12345U;
        data[i] = (char)('a' + (x >> 16) % 16);
    }
    return data;
}

static void test_pieces(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 100, 16 * 1024, 16 * 1024 + 1, 200000};
    static const size_t pieces[] = {1, 7, 4096, SIZE_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char *plain = noise(lengths[i] + 1), *packed;
        size_t length = compress_gzip(plain, lengths[i], &packed);
        for (size_t j = 0; j < sizeof pieces / sizeof pieces[0]; j++) {
            struct inf_buf out;
            inf_buf_init(&out, 1000000);
            size_t piece = pieces[j] < length ? pieces[j] : length;
            assert_int_equal(inflate_in(packed, length, piece, 1000000, &out), INF_ERR_NONE);
            assert_int_equal(out.length, lengths[i]);
            if (lengths[i] > 0)
                assert_memory_equal(out.data, plain, lengths[i]);
            inf_buf_free(&out);
        }
        free(packed);
        free(plain);
    }
}

static void test_bounds(void **state)
{
    (void)state;
    size_t size = 8 * 1024 * 1024;
    char *zeros = calloc(1, size), *packed;
    struct inf_buf out;
    assert_non_null(zeros);
    inf_buf_init(&out, SIZE_MAX / 2);
    size_t length = compress_gzip(zeros, 5000, &packed);
    assert_int_equal(inflate_in(packed, length, length, 5000, &out), INF_ERR_NONE);
    assert_int_equal(inflate_in(packed, length, length, 4999, &out), INF_ERR_PAYLOAD_TOO_LARGE);
    free(packed);
    length = compress_gzip(zeros, size, &packed);
    assert_int_equal(inflate_in(packed, length, length, INT64_MAX, &out),
                     INF_ERR_PAYLOAD_TOO_LARGE);
    free(packed);
    free(zeros);
    inf_buf_free(&out);
}

static void test_bad_data(void **state)
{
    (void)state;
    char *packed;
    struct inf_buf out;
    inf_buf_init(&out, 10000);
    size_t length = compress_gzip("hello", 5, &packed);
    assert_int_equal(inflate_in("hello", 5, 5, 1000, &out), INF_ERR_ILLEGAL_ARGUMENT);
    assert_int_equal(inflate_in(packed, length - 1, 3, 1000, &out), INF_ERR_ILLEGAL_ARGUMENT);
    packed[length - 6] ^= 1; /* the checksum */
    assert_int_equal(inflate_in(packed, length, length, 1000, &out), INF_ERR_ILLEGAL_ARGUMENT);
    free(packed);
    inf_buf_free(&out);
}

static void test_members_in_a_row(void **state)
{
    (void)state;
    char *packed, twice[200];
    struct inf_buf out;
    inf_buf_init(&out, 10000);
    size_t length = compress_gzip("hello", 5, &packed);
    memcpy(twice, packed, length);
    memcpy(twice + length, packed, length);
    assert_int_equal(inflate_in(twice, 2 * length, 2 * length, 1000, &out), INF_ERR_NONE);
    assert_string_equal(out.data, "hellohello");
    twice[2 * length] = 'x';
    assert_int_equal(inflate_in(twice, 2 * length + 1, length, 1000, &out),
                     INF_ERR_ILLEGAL_ARGUMENT);
    free(packed);
    inf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_bad_data),
        cmocka_unit_test(test_members_in_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
