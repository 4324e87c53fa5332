/* Near names, in Elasticsearch's order. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/similarity.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void close_to(float actual, float expected)
{
    assert_true(actual > expected - 1e-6F && actual < expected + 1e-6F);
}

static void test_similarity(void **state)
{
    (void)state;
    close_to(inf_similarity("timeout", "timeout"), 1);
    close_to(inf_similarity("", ""), 1);
    close_to(inf_similarity("abc", ""), 0);
    close_to(inf_similarity("abc", "xyz"), 0);
    close_to(inf_similarity("timeot", "timeout"), 1 - 1.0F / 7);
    close_to(inf_similarity("kitten", "sitting"), 1 - 3.0F / 7);
    char a[66];
    memset(a, 'a', 65);
    a[65] = '\0';
    close_to(inf_similarity(a, a), 0);
    close_to(inf_similarity(a + 1, a + 1), 1);
}

static void suggests(const char *wrong, const char *expected)
{
    static const char *const names[] = {"timeout", "priority", "wait_for",
                                        "abcd",    "abce",     "abcdef"};
    struct inf_buf out;
    inf_buf_init(&out, 1000);
    inf_buf_puts(&out, "");
    inf_suggest(&out, " -> ", wrong, names, 6);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

static void test_suggest(void **state)
{
    (void)state;
    suggests("timeot", " -> did you mean [timeout]?");
    suggests("abcx", " -> did you mean any of [abcd, abce]?");
    suggests("abcde", " -> did you mean any of [abcdef, abcd, abce]?");
    suggests("zzz", "");
}

/* With more candidates than there is room for, the best are kept wherever they stand. */
static void test_too_many(void **state)
{
    (void)state;
    enum { COUNT = 2 * INF_SUGGESTIONS };
    static char text[COUNT][16];
    const char *names[COUNT];
    struct inf_buf out;
    for (int i = 0; i < COUNT - 1; i++) {
        snprintf(text[i], sizeof text[i], "settings%02d", i);
        names[i] = text[i];
    }
    names[COUNT - 1] = "settings";
    inf_buf_init(&out, 2000);
    inf_suggest(&out, "", "settings", names, COUNT);
    assert_non_null(strstr(out.data, "any of [settings, settings00, settings01,"));
    assert_non_null(strstr(out.data, "settings30]?"));
    inf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_similarity),
        cmocka_unit_test(test_suggest),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
