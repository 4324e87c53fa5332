/* Parts of a JSON answer by path. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "filter_path.h"
#include <string.h>

static const char json[] = "{\"count\":2,\"models\":[{\"id\":\"a\",\"stats\":{\"n\":1,\"ns\":2}},"
                           "{\"id\":\"b\",\"stats\":{\"n\":3,\"empty\":{}}}],\"none\":null}";

static void leaves(const char *filters, const char *expected)
{
    struct inf_buf out;
    inf_buf_init(&out, 10000);
    assert_int_equal(inf_filter_path(filters, json, strlen(json), &out), 0);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

static void test_filters(void **state)
{
    (void)state;
    leaves("count", "{\"count\":2}");
    leaves("none", "{\"none\":null}");
    leaves("missing", "{}");
    leaves("count.deeper", "{}");
    leaves("models.id", "{\"models\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");
    leaves("models.stats.ns", "{\"models\":[{\"stats\":{\"ns\":2}}]}");
    leaves("models.*.n", "{\"models\":[{\"stats\":{\"n\":1}},{\"stats\":{\"n\":3}}]}");
    leaves("**.n", "{\"models\":[{\"stats\":{\"n\":1}},{\"stats\":{\"n\":3}}]}");
    leaves("m*.i*,c*", "{\"count\":2,\"models\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");
    leaves("models.stats.empty", "{\"models\":[{\"stats\":{\"empty\":{}}}]}");
    leaves("-models", "{\"count\":2,\"none\":null}");
    leaves("-models.stats,-none", "{\"count\":2,\"models\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");
    leaves("models,-**.stats", "{\"models\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");
    leaves("*", json);
    leaves(",,.,-", json);
}

static void test_no_json(void **state)
{
    (void)state;
    struct inf_buf out;
    inf_buf_init(&out, 100);
    assert_int_equal(inf_filter_path("a", "{", 1, &out), -1);
    inf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_filters),
                                       cmocka_unit_test(test_no_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
