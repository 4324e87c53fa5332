/* Percent-decoding of paths and queries. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode.h"
#include <string.h>

static const char *decoded(struct inf_arena *arena, const char *text, bool plus_is_blank)
{
    struct inf_error err;
    const char *ret;
    if (inf_percent_decode(arena, text, strlen(text), plus_is_blank, &ret, &err) == 0)
        return ret;
    assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
    return inf_arena_copy(arena, err.reason, strlen(err.reason));
}

static void test_decode(void **state)
{
    (void)state;
    struct inf_arena arena = {0};
    assert_string_equal(decoded(&arena, "", false), "");
    assert_string_equal(decoded(&arena, "a%2Fb%2f", false), "a/b/");
    assert_string_equal(decoded(&arena, "a+b%2B", false), "a+b+");
    assert_string_equal(decoded(&arena, "a+b%2B", true), "a b+");
    assert_string_equal(decoded(&arena, "%25%41%c3%bC", false), "%A\xc3\xbc");
    assert_string_equal(decoded(&arena, "%", false),
                        "unterminated escape sequence at end of string: %");
    assert_string_equal(decoded(&arena, "a%4", false),
                        "partial escape sequence at end of string: a%4");
    assert_string_equal(decoded(&arena, "%4x1", false), "invalid escape sequence in string: %4x1");
    assert_string_equal(decoded(&arena, "%-1a", false), "invalid escape sequence in string: %-1a");
    assert_string_equal(decoded(&arena, "a%00", false), "the URI holds an encoded NUL");
    assert_string_equal(decoded(&arena, "%ff", false), "the URI is not well-formed UTF-8");
    assert_string_equal(decoded(&arena, "\xc3", false), "the URI is not well-formed UTF-8");
    inf_arena_free(&arena);
}

static void test_query(void **state)
{
    (void)state;
    struct inf_arena arena = {0};
    struct inf_error err;
    struct inf_query query;
    assert_int_equal(inf_query_parse(&arena, NULL, &query, &err), 0);
    assert_int_equal(query.count, 0);
    assert_int_equal(inf_query_parse(&arena, "", &query, &err), 0);
    assert_int_equal(query.count, 0);
    assert_int_equal(inf_query_parse(&arena, "a=1&&b&c=%3D%26=x&d+e=f+g&=h&", &query, &err), 0);
    static const char *const expected[][2] = {
        {"a", "1"}, {"b", ""}, {"c", "=&=x"}, {"d e", "f g"}, {"", "h"}};
    assert_int_equal(query.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(query.pairs[i].name, expected[i][0]);
        assert_string_equal(query.pairs[i].value, expected[i][1]);
    }
    assert_int_equal(inf_query_parse(&arena, "a=1&b=%", &query, &err), -1);
    assert_int_equal(inf_query_parse(&arena, "%zz=1", &query, &err), -1);
    inf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_decode), cmocka_unit_test(test_query)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
