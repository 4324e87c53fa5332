/* Which deployments share a process, and what is kept of a precision. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/buf.h"
#include "precision.h"
#include <stdlib.h>
#include <string.h>

static const struct inf_precision full = {INF_PRECISION_FP32, -1}, small = {INF_PRECISION_INT8, -1},
                                  floored = {INF_PRECISION_INT8, 0.995},
                                  half = {INF_PRECISION_BF16, -1};

static void names_of_weights(void **state)
{
    const struct inf_precision *const all[] = {&full, &small, &floored, &half};
    char *names[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        names[i] = inf_precision_weights("m", all[i]);
    assert_string_equal(names[0], "m");
    assert_string_not_equal(names[0], names[1]);
    assert_string_not_equal(names[1], names[2]);
    assert_string_not_equal(names[1], names[3]);
    for (int i = 0; i < 4; i++) {
        char *again = inf_precision_weights("m", all[i]);
        assert_string_equal(again, names[i]);
        free(again);
        free(names[i]);
    }
}

static void check_kept(const struct inf_precision *precision, const char *expected)
{
    struct inf_buf buf;
    struct inf_jsonw w;
    struct inf_json json;
    struct inf_error err;
    struct inf_precision again;

    inf_buf_init(&buf, 4096);
    inf_jsonw_init(&w, &buf);
    inf_jsonw_begin_object(&w);
    inf_precision_write(precision, &w);
    inf_jsonw_end_object(&w);
    assert_string_equal(buf.data, expected);
    assert_int_equal(inf_json_parse(buf.data, buf.length, NULL, &json, &err), 0);
    inf_precision_read(json.root, &again);
    assert_int_equal(again.type, precision->type);
    assert_true(again.min_cosine == precision->min_cosine);
    inf_json_free(&json);
    inf_buf_free(&buf);
}

static void written_and_read(void **state)
{
    (void)state;
    check_kept(&full, "{}");
    check_kept(&half, "{\"precision\":\"bf16\"}");
    check_kept(&small, "{\"precision\":\"int8\"}");
    check_kept(&floored, "{\"precision\":\"int8\",\"min_cosine\":0.995}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_weights),
        cmocka_unit_test(written_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
