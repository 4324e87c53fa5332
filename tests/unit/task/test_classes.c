/* The answer of the classifying tasks, and labels that an update may rename but not add to. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "task_fixture.h"

#include "classes.h"

static void writes(int num_top_classes, const char *expected)
{
    static const char *const names[] = {"a", "b", "c"};
    static const double probabilities[] = {0.25, 0.5, 0.25};
    struct inf_inference_config config = {.results_field = "answer"};
    struct inf_labels *labels = inf_labels_of(names, 3);
    struct inf_buf out;
    struct inf_jsonw w;
    inf_buf_init(&out, 4096);
    inf_jsonw_init(&w, &out);
    inf_jsonw_begin_object(&w);
    inf_classes_write(&config, labels, probabilities, num_top_classes, &w);
    inf_jsonw_end_object(&w);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
    inf_labels_unref(labels);
}

#define B "{\"class_name\":\"b\",\"class_probability\":0.5,\"class_score\":0.5}"
#define A "{\"class_name\":\"a\",\"class_probability\":0.25,\"class_score\":0.25}"
#define C "{\"class_name\":\"c\",\"class_probability\":0.25,\"class_score\":0.25}"

static void test_write(void **state)
{
    (void)state;
    writes(0, "{\"answer\":\"b\",\"prediction_probability\":0.5}");
    writes(2, "{\"answer\":\"b\",\"top_classes\":[" B "," A "],\"prediction_probability\":0.5}");
    writes(-1,
           "{\"answer\":\"b\",\"top_classes\":[" B "," A "," C "],\"prediction_probability\":0.5}");
    writes(99,
           "{\"answer\":\"b\",\"top_classes\":[" B "," A "," C "],\"prediction_probability\":0.5}");
}

static int parse(const char *text, struct inf_inference_config *config, struct inf_error *err)
{
    static const struct inf_fields fields = {.path = "", .parser = "p"};
    struct inf_json json = json_of(text);
    int rc = inf_classes_parse_labels(&fields, inf_json_first(json.root), config, err);
    inf_json_free(&json);
    return rc;
}

static void test_the_number_stays(void **state)
{
    struct inf_inference_config config = {0};
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(parse("{\"classification_labels\":[\"x\",\"y\"]}", &config, &err), 0);
    assert_int_equal(parse("{\"classification_labels\":[\"p\",\"q\"]}", &config, &err), 0);
    assert_string_equal(config.classification_labels->names[1], "q");
    assert_int_equal(parse("{\"classification_labels\":[\"p\"]}", &config, &err), -1);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
    inf_labels_unref(config.classification_labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_the_number_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
