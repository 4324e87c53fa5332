/* The text of HTML, and hostile HTML in time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "html_strip.h"
#include <stdlib.h>
#include <string.h>

static void check(const char *html, const char *text)
{
    struct inf_buf out;

    inf_buf_init(&out, 1 << 20);
    inf_html_strip(html, &out);
    assert_string_equal(out.length > 0 ? out.data : "", text);
    inf_buf_free(&out);
}

static void test_tags(void **state)
{
    (void)state;
    check("", "");
    check("a<br/>b <i>c</i>", "a\nb c");
    check("x<!-- > -->y<!DOCTYPE html>z", "xyz");
    check("<style>p {}</style>1 < 2 & 3", "\n1 < 2 & 3");
    check("<a href='x>y'>t</a>", "t");
    check("&amp;lt; &#x41;&#66; &#0; &#xd800; &nope;", "&lt; AB &#0; &#xd800; &nope;");
    check("<", "<");
    check("<!-- open", "");
}

/* Tags that nothing closes must not cost a look at the rest each. */
static void test_no_end(void **state)
{
    size_t size = 1 << 22;
    char *html = malloc(size + 1);
    struct inf_buf out;

    (void)state;
    for (size_t i = 0; i < size; i += 4)
        memcpy(html + i, "<a '", 4);
    html[size] = '\0';
    inf_buf_init(&out, size * 2);
    inf_html_strip(html, &out);
    assert_false(out.failed);
    inf_buf_free(&out);
    free(html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_no_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
