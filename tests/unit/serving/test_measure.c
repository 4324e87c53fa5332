/* Measured memory: what is taken over, what is worth a record, the record's text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "measure.h"
#include <string.h>

static void keeps_the_largest(void **state)
{
    struct inf_measured largest = INF_MEASURED_NONE;
    const struct inf_measured loaded = {.base = 100, .per_allocation = -1, .peak = -1};
    const struct inf_measured warmed = {.base = -1, .per_allocation = 0, .peak = 150};
    const struct inf_measured less = {.base = 90, .per_allocation = 20, .peak = 140};

    (void)state;
    inf_measured_raise(&largest, &loaded);
    assert_false(inf_measured_known(&largest));
    inf_measured_raise(&largest, &warmed);
    assert_true(inf_measured_known(&largest));
    inf_measured_raise(&largest, &less);
    assert_true(largest.base == 100 && largest.per_allocation == 20 && largest.peak == 150);
}

static void records_what_grew_by_more_than_5_percent(void **state)
{
    const struct inf_measured recorded = {1000, 0, 2000};

    (void)state;
    assert_false(inf_measured_grew(&recorded, &(struct inf_measured){1050, 0, 2100}));
    assert_true(inf_measured_grew(&recorded, &(struct inf_measured){1051, 0, 2000}));
    assert_true(inf_measured_grew(&recorded, &(struct inf_measured){1000, 1, 2000}));
    assert_true(inf_measured_grew(&recorded, &(struct inf_measured){1000, 0, 2101}));
    assert_true(inf_measured_grew(&INF_MEASURED_NONE, &(struct inf_measured){0, 0, 0}));
    assert_false(inf_measured_grew(&INF_MEASURED_NONE, &INF_MEASURED_NONE));
}

static struct inf_measured there_and_back(const struct inf_measured *measured, const char *engine)
{
    struct inf_measured back;
    struct inf_buf text;

    inf_buf_init(&text, 1000);
    inf_measured_print(measured, "torch 2.13.0", &text);
    inf_buf_append(&text, "", 1);
    back = inf_measured_parse(text.data, engine);
    inf_buf_free(&text);
    return back;
}

static void is_read_as_written(void **state)
{
    const struct inf_measured measured = {INT64_C(1) << 40, 0, INT64_C(3) << 40};
    struct inf_measured back = there_and_back(&measured, "torch 2.13.0");

    (void)state;
    assert_memory_equal(&back, &measured, sizeof back);
    back = there_and_back(&measured, "torch 2.14.0"); /* another engine takes other memory */
    assert_false(inf_measured_known(&back));
}

static void does_not_believe_just_anything(void **state)
{
    static const char *const texts[] = {
        "",
        "{}",
        "[1]",
        "{\"engine\":\"e\",\"base\":1,\"per_allocation\":2}",
        "{\"engine\":\"e\",\"base\":1,\"per_allocation\":-2,\"peak\":3}",
        "{\"engine\":\"e\",\"base\":1,\"per_allocation\":2,\"peak\":1e300}",
        "{\"engine\":\"e\",\"base\":1,\"per_allocation\":2,\"peak\":\"3\"}",
        "{\"engine\":5,\"base\":1,\"per_allocation\":2,\"peak\":3}"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct inf_measured measured = inf_measured_parse(texts[i], "e");
        assert_false(inf_measured_known(&measured));
        assert_true(measured.base == -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_the_largest),
                                       cmocka_unit_test(records_what_grew_by_more_than_5_percent),
                                       cmocka_unit_test(is_read_as_written),
                                       cmocka_unit_test(does_not_believe_just_anything)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
