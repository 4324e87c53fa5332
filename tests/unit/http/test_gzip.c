/* Compressed answers: who gets one, and that it reads back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gunzip.h"
#include "gzip.h"
#include <stdlib.h>
#include <string.h>

static void test_who_wants_it(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "gzip",        "GZIP",   "deflate, gzip, br, zstd", "gzip;q=0.5", "br;q=1.0, gzip;q=0.001",
        "*",           "x-gzip", "identity;q=0, *",         " , gzip",    "gzip ; q=1",
        "gzip;level=0"};
    static const char *const no[] = {
        "",   "identity", "gzipped", "gzip;q=0", "gzip; q=0.000", "*;q=0", "*, gzip;q=0",
        "br", "gzi",      "deflate", "gzip;Q=0"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (!inf_gzip_wanted(yes[i]))
            fail_msg("%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (inf_gzip_wanted(no[i]))
            fail_msg("%s", no[i]);
    assert_false(inf_gzip_wanted(NULL));
}

static int collect(void *arg, const char *data, size_t length, struct inf_error *err)
{
    (void)err;
    return inf_buf_append(arg, data, length);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct inf_buf body, back;
    struct inf_error err;
    inf_buf_init(&body, 1000000);
    inf_buf_init(&back, 1000000);
    for (int i = 0; i < 20000; i++)
        inf_buf_printf(&body, "%d,", i);
    char *before = strdup(body.data);
    size_t length = body.length;
    assert_true(inf_gzip(&body));
    assert_true(body.length < length / 2);
    struct inf_gunzip *gunzip = inf_gunzip_new(1000000);
    assert_int_equal(inf_gunzip_push(gunzip, body.data, body.length, collect, &back, &err), 0);
    assert_int_equal(inf_gunzip_end(gunzip, &err), 0);
    assert_int_equal(back.length, length);
    assert_string_equal(back.data, before);
    inf_gunzip_free(gunzip);
    inf_buf_free(&body);
    inf_buf_free(&back);
    free(before);
}

/* Bytes without any order do not become shorter; they are sent as they are. */
static void test_what_does_not_shrink(void **state)
{
    (void)state;
    struct inf_buf body;
    uint32_t seed = 1;
    inf_buf_init(&body, 10000);
    for (int i = 0; i < 4000; i++) {
        seed = seed * 1664525 + 1013904223;
        inf_buf_append(&body, (const char[]){(char)(seed >> 24)}, 1);
    }
    char *before = malloc(body.length);
    assert_non_null(before);
    memcpy(before, body.data, body.length);
    assert_false(inf_gzip(&body));
    assert_int_equal(body.length, 4000);
    assert_memory_equal(body.data, before, 4000);
    free(before);
    inf_buf_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_wants_it),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_what_does_not_shrink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
