/* The record of a cost curve: comes back as it was, for the same circumstances only, and whatever a
 * disk makes of it is sound or refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cost_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct inf_batching sample(void)
{
    struct inf_batching batching = {.state = INF_BATCHING_ON, .difference = 2e-7};

    inf_cost_add(&batching.cost, 8, 2);
    inf_cost_add(&batching.cost, 24, 4);
    inf_cost_add(&batching.cost, 300, 31.5);
    return batching;
}

static char *printed(void)
{
    struct inf_batching batching = sample();
    struct inf_buf text;

    inf_buf_init(&text, 4096);
    inf_cost_record_print(&batching, "here", &text);
    inf_buf_append(&text, "", 1);
    return inf_buf_take(&text, NULL);
}

static void test_comes_back_as_it_was(void **state)
{
    struct inf_batching before = sample(), after;
    char *text = printed();

    (void)state;
    assert_true(inf_cost_record_parse(text, "here", &after));
    assert_true(after.difference == before.difference);
    for (size_t i = 0; i < INF_COST_SIZES; i++) {
        assert_true(after.cost.sizes[i].token_ms == before.cost.sizes[i].token_ms);
        assert_true(after.cost.sizes[i].size == before.cost.sizes[i].size);
    }
    assert_int_equal(after.state, INF_BATCHING_UNTRIED); /* who takes it over says so */
    free(text);
}

static void test_other_circumstances(void **state)
{
    struct inf_batching after;
    char *text = printed();

    (void)state;
    assert_false(inf_cost_record_parse(text, "there", &after));
    assert_false(inf_cost_record_parse(text, "", &after));
    assert_false(inf_cost_record_parse("{\"difference\":0}", "here", &after));
    free(text);
}

static bool is_sound(const struct inf_batching *batching)
{
    for (size_t i = 0; i < INF_COST_SIZES; i++)
        if (!(batching->cost.sizes[i].token_ms >= 0 && batching->cost.sizes[i].token_ms <= 60000))
            return false;
    return batching->difference >= 0 && batching->difference <= 1e-5;
}

static void test_every_byte_cut_and_changed(void **state)
{
    struct inf_batching after;
    char *text = printed();
    size_t length = strlen(text);

    (void)state;
    for (size_t i = 0; i < length; i++) {
        static const char changes[] = {'0', '9', '-', 'e', '"', '}', ',', ' '};
        char before = text[i];

        text[i] = '\0';
        assert_false(inf_cost_record_parse(text, "here", &after));
        for (size_t j = 0; j < sizeof changes; j++) {
            text[i] = changes[j];
            assert_true(!inf_cost_record_parse(text, "here", &after) || is_sound(&after));
        }
        text[i] = before;
    }
    free(text);
}

/* A text with this curve of one size, the first. */
static bool takes(const char *token_ms, const char *log2_tokens, const char *difference)
{
    struct inf_batching after;
    struct inf_buf text;

    inf_buf_init(&text, 4096);
    inf_buf_printf(&text, "{\"of\":\"here\",\"difference\":%s,\"sizes\":[", difference);
    inf_buf_printf(&text, "{\"token_ms\":%s,\"log2_tokens\":%s}", token_ms, log2_tokens);
    for (size_t i = 1; i < INF_COST_SIZES; i++)
        inf_buf_printf(&text, ",{\"token_ms\":0,\"log2_tokens\":0}");
    inf_buf_printf(&text, "]}");
    inf_buf_append(&text, "", 1);
    bool found = inf_cost_record_parse(text.data, "here", &after);
    inf_buf_free(&text);
    return found;
}

static void test_numbers_that_cannot_be(void **state)
{
    (void)state;
    assert_true(takes("1.5", "0", "0"));
    assert_true(takes("1.5", "0.5", "1e-5"));
    assert_false(takes("-1", "0", "0"));
    assert_false(takes("1e300", "0", "0"));
    assert_false(takes("1e999", "0", "0"));
    assert_false(takes("1.5", "0.6", "0")); /* of another size */
    assert_false(takes("1.5", "-0.1", "0"));
    assert_false(takes("1.5", "0", "0.1"));
    assert_false(takes("1.5", "0", "-1"));
    assert_false(takes("\"1.5\"", "0", "0"));
    assert_false(takes("null", "0", "0"));
    assert_false(takes("0", "0", "0")); /* nothing is known */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back_as_it_was),
        cmocka_unit_test(test_other_circumstances),
        cmocka_unit_test(test_every_byte_cut_and_changed),
        cmocka_unit_test(test_numbers_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
