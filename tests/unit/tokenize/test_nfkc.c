/* Normalisation form KC: what it makes of code points, and where each one comes from. The
 * comparison over many texts is tests/tokenization/test_bert_ja.py. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "nfkc.h"

struct sink {
    struct inf_buf text; /* "XXXX@start-end " each */
    int stop_at;         /* fails there; 0: never */
    int count;
};

static int take(void *arg, const struct inf_nfkc_point *point)
{
    struct sink *sink = arg;
    inf_buf_printf(&sink->text, "%X@%d-%d ", (unsigned)point->point, point->start, point->end);
    sink->count++;
    return sink->count == sink->stop_at ? -7 : 0;
}

/* points: ended by 0; each is one unit long. */
static void normalises(bool lower, const int32_t *points, const char *expected)
{
    struct sink sink = {0};
    struct inf_nfkc nfkc = {.lower_case = lower, .sink = take, .arg = &sink};
    inf_buf_init(&sink.text, 1 << 16);
    inf_buf_puts(&sink.text, "");
    for (int i = 0; points[i]; i++) {
        assert_int_equal(inf_nfkc_add(&nfkc, points[i], i, i + 1), 0);
    }
    assert_int_equal(inf_nfkc_flush(&nfkc), 0);
    assert_string_equal(sink.text.data ? sink.text.data : "", expected);
    inf_buf_free(&sink.text);
}

#define POINTS(...)    \
    (const int32_t[])  \
    {                  \
        __VA_ARGS__, 0 \
    }

static void test_what_stays(void **state)
{
    (void)state;
    normalises(false, POINTS('a', 'B', 0x732b, 0x1f600), "61@0-1 42@1-2 732B@2-3 1F600@3-4 ");
    normalises(false, POINTS(0x3042, 0x3093), "3042@0-1 3093@1-2 ");
}

static void test_one_becomes_several(void **state)
{
    (void)state;
    normalises(false, POINTS('x', 0x337f, 'y'),
               "78@0-1 682A@1-2 5F0F@1-2 4F1A@1-2 793E@1-2 79@2-3 ");
    normalises(false, POINTS(0xfb01), "66@0-1 69@0-1 ");
}

static void test_several_become_one(void **state)
{
    (void)state;
    normalises(false, POINTS(0xff76, 0xff9e, 0xff7d), "30AC@0-2 30B9@2-3 ");
    normalises(false, POINTS('e', 0x301), "E9@0-2 ");
    normalises(false, POINTS(0x1100, 0x1161, 0x11a8, 0xac00), "AC01@0-3 AC00@3-4 ");
    normalises(false, POINTS(0xac00, 0x11a8), "AC01@0-2 ");
}

/* Marks that stay apart keep their places, unless they change them. */
static void test_marks(void **state)
{
    (void)state;
    normalises(false, POINTS('q', 0x323, 0x307, 'r'), "71@0-1 323@1-2 307@2-3 72@3-4 ");
    normalises(false, POINTS('q', 0x307, 0x323, 'r'), "71@0-3 323@0-3 307@0-3 72@3-4 ");
    normalises(false, POINTS('e', 0x301, 0x323), "1EB9@0-3 301@0-3 ");
    normalises(false, POINTS(0x301, 'a'), "301@0-1 61@1-2 ");
    normalises(false, POINTS(0x915, 0x93f), "915@0-1 93F@1-2 ");
}

static void test_lower_case_comes_first(void **state)
{
    (void)state;
    normalises(true, POINTS('A', 0xff22, 0xc9), "61@0-1 62@1-2 E9@2-3 ");
    normalises(true, POINTS(0x130), "69@0-1 307@0-1 ");
    normalises(true, POINTS(0x2121), "54@0-1 45@0-1 4C@0-1 ");
}

/* Marks without end are passed on in bounded runs, and none is lost. */
static void test_a_letter_with_very_many_marks(void **state)
{
    struct sink sink = {0};
    struct inf_nfkc nfkc = {.sink = take, .arg = &sink};
    (void)state;
    inf_buf_init(&sink.text, 1 << 20);
    assert_int_equal(inf_nfkc_add(&nfkc, 'q', 0, 1), 0);
    for (int i = 1; i < 10000; i++) {
        assert_int_equal(inf_nfkc_add(&nfkc, i % 2 ? 0x307 : 0x323, i, i + 1), 0);
    }
    assert_int_equal(inf_nfkc_flush(&nfkc), 0);
    assert_int_equal(sink.count, 10000);
    inf_buf_free(&sink.text);
}

static void test_the_sink_can_stop(void **state)
{
    struct sink sink = {.stop_at = 2};
    struct inf_nfkc nfkc = {.sink = take, .arg = &sink};
    (void)state;
    inf_buf_init(&sink.text, 4096);
    assert_int_equal(inf_nfkc_add(&nfkc, 0xfb01, 0, 1), 0);
    assert_int_equal(inf_nfkc_add(&nfkc, 'a', 1, 2), -7);
    inf_buf_free(&sink.text);
}

static void test_nothing(void **state)
{
    struct inf_nfkc nfkc = {.sink = take};
    (void)state;
    assert_int_equal(inf_nfkc_flush(&nfkc), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_stays),
        cmocka_unit_test(test_one_becomes_several),
        cmocka_unit_test(test_several_become_one),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_lower_case_comes_first),
        cmocka_unit_test(test_a_letter_with_very_many_marks),
        cmocka_unit_test(test_the_sink_can_stop),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
