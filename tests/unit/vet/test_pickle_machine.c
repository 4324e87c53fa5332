/* The stack machine: its bounds, and how it says where something is wrong. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_fixture.h"

static void test_quotes(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *text;
    } rows[] = {{"", 0, ""},
                {"a b~", 4, "a b~"},
                {"a\0\n\x7f\x80\xff\\", 7, "a\\x00\\x0a\\x7f\\x80\\xff\\x5c"}};
    char text[INF_PICKLE_QUOTE];
    uint8_t many[200];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(inf_pickle_quote((const uint8_t *)rows[i].bytes, rows[i].length, text),
                            rows[i].text);
    }
    memset(many, 'x', sizeof many);
    assert_int_equal(strlen(inf_pickle_quote(many, 64, text)), 64);
    assert_string_equal(inf_pickle_quote(many, 65, text) + 60, "xxxx...");
    memset(many, 0, sizeof many);
    assert_int_equal(strlen(inf_pickle_quote(many, 16, text)), 64);
    assert_int_equal(strlen(inf_pickle_quote(many, 17, text)), 67);
    many[0] = 'x';
    assert_int_equal(strlen(inf_pickle_quote(many, sizeof many, text)), 1 + 15 * 4 + 3);
}

static void test_every_kind_has_a_name(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < INF_PICKLE_KINDS; kind++) {
        assert_true(strlen(inf_pickle_kind_name(kind)) > 2);
    }
}

static void test_the_memo(void **state)
{
    (void)state;
    passes("'a' p0 'b' p1 g0 g1 ( t t2 t3 t2");
    passes("'a' =7200000000 =6a00000000 t2");
    refuses("g0", "place [0] of the memo is read, but only [0] are filled");
    refuses("'a' p0 g1 t2", "place [1] of the memo is read, but only [1] are filled");
    refuses("'a' p1", "place [1] of the memo is filled, but the next is [0]");
    refuses("'a' p0 p0", "place [0] of the memo is filled, but the next is [1]");
    refuses("'a' =72ffffffff", "place [4294967295] of the memo is filled, but the next is [0]");
    refuses("'a' =6affffffff", "place [4294967295] of the memo is read, but only [0] are filled");
    refuses("p0", "a value is taken from an empty stack");
    refuses("1 ( p0", "a value is taken from an empty stack");
}

/* What could be changed after it is shared, and so could come to hold itself. */
static void test_the_memo_has_finished_values(void **state)
{
    (void)state;
    refuses("] p0 ( g0 e", "what is unfinished is put into the memo: a list");
    refuses("] ( e p0", "what is unfinished is put into the memo: a list");
    refuses("} p0", "what is unfinished is put into the memo: a dict");
    refuses("] t1 p0", "what is unfinished is put into the memo: a tuple");
    refuses("@__torch__.m:M ) new p0",
            "what is unfinished is put into the memo: an object without attributes");
    refuses("@collections:OrderedDict ) R p0", "what is unfinished is put into the memo: hooks");
    passes("@torch.jit._pickle:build_intlist ] ( 1 e t1 R p0 g0 t2");
    passes(OBJECT("'a' 1") "p0 g0 t2");
}

static void test_depth(void **state)
{
    (void)state;
    passes("(*512 t*512");
    passes("(*513 t*513");
    refuses("(*514 t*514", "at byte 1029: values lie more than 512 deep in values");
    refuses("N (*3 t*3 =85", "the program leaves [2] values and [0] marks, not one value");
}

/* The depth of lists and objects is theirs too. */
static void test_depth_of_all_kinds(void **state)
{
    struct program p = {0};
    struct inf_pickle_facts facts;
    struct inf_error err;
    (void)state;
    for (int times = 170; times <= 172; times++) {
        int rc = 0;
        p = (struct program){0};
        add_words(&p, "=8002");
        for (int i = 0; i < times; i++) {
            add_words(&p, "@__torch__.m:M ) new } ( 'a' @torch.jit._pickle:restore_type_tag ] ( (");
        }
        for (int i = 0; i < times; i++) {
            add_words(&p, "t e 'List[Any]' t2 R u b");
        }
        add_words(&p, ".");
        rc = walk_program(p, &facts, &err);
        assert_int_equal(rc == 0, times <= 171);
    }
    check_refusal(-1, &err, "deep", "values lie more than 512 deep in values");
}

/* A value that holds one twice that holds one twice ... is small here, but not for who walks it. */
static void test_values_that_are_met_too_often(void **state)
{
    struct program p;
    struct inf_pickle_facts facts;
    struct inf_error err;
    (void)state;
    for (int times = 22; times <= 23; times++) {
        int rc = 0;
        p = (struct program){0};
        add_words(&p, "=8002 ( N p0");
        for (int i = 0; i < times; i++) {
            char words[32];
            snprintf(words, sizeof words, "g%d g%d t2 p%d", i, i, i + 1);
            add_words(&p, words);
        }
        add_words(&p, "t .");
        rc = walk_program(p, &facts, &err);
        /* 2 ^ (n + 1) - 1 values in the last, as many in the others together, and the whole. */
        assert_int_equal(rc == 0, times <= 21);
    }
    check_refusal(-1, &err, "wide",
                  "a value holds more than 10000000 values, shared ones counted "
                  "wherever they are");
}

static void test_the_stack(void **state)
{
    (void)state;
    passes("( N*1000000 t");
    refuses("( N*1000001 t", "more than 1000000 values on the stack");
    refuses("(*1000001", "more than 1000000 marks");
}

static void test_the_memo_is_bounded(void **state)
{
    struct program p = {0};
    struct inf_pickle_facts facts;
    struct inf_error err;
    (void)state;
    add_words(&p, "=8002 N");
    for (uint32_t i = 0; i <= INF_PICKLE_MEMO_MAX; i++) {
        add_byte(&p, 'r');
        add_number(&p, i, 4);
    }
    add_words(&p, ".");
    check_refusal(walk_program(p, &facts, &err), &err, "memo",
                  "more than 1000000 values in the memo");
}

static void test_values_are_bounded(void **state)
{
    struct program p = {0};
    struct inf_pickle_facts facts;
    struct inf_error err;
    (void)state;
    add_words(&p, "=8002");
    for (int i = 0; i < 11; i++) {
        add_words(&p, "( ]*999900 t");
    }
    add_words(&p, ".");
    check_refusal(walk_program(p, &facts, &err), &err, "values", "more than 10000000 values");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_every_kind_has_a_name),
        cmocka_unit_test(test_the_memo),
        cmocka_unit_test(test_the_memo_has_finished_values),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_depth_of_all_kinds),
        cmocka_unit_test(test_values_that_are_met_too_often),
        cmocka_unit_test(test_the_stack),
        cmocka_unit_test(test_the_memo_is_bounded),
        cmocka_unit_test(test_values_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
