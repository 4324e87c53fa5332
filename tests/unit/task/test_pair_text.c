/* A text of the request beside the document's: read, replaced, which of the two comes first. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "task_fixture.h"

#include "pair_text.h"

static void test_the_last_counts(void **state)
{
    struct inf_inference_config *base =
        config_of("{\"inference_config\":{\"text_similarity\":{}}}");
    struct inf_inference_config *once = updated(base, "{\"text_similarity\":{\"text\":\"a\"}}");
    struct inf_inference_config *twice = updated(once, "{\"text_similarity\":{\"text\":\"b c\"}}");
    (void)state;
    assert_null(base->text);
    assert_string_equal(once->text, "a");
    assert_string_equal(twice->text, "b c");
    inf_inference_config_unref(once);
    assert_string_equal(twice->text, "b c");
    inf_inference_config_unref(twice);
    inf_inference_config_unref(base);
}

static void test_names_what_is_missing(void **state)
{
    struct inf_inference_config *config =
        config_of("{\"inference_config\":{\"text_similarity\":{}}}");
    struct inf_document document = {.config = config, .text = {"c", 1}};
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(inf_pair_text_encode(&document, "question", &e, &err), -1);
    assert_string_equal(err.reason, "please provide configuration update for text_similarity task "
                                    "including the desired [question]");
    inf_inference_config_unref(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_counts),
        cmocka_unit_test(test_names_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
