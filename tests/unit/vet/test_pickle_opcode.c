/* Opcodes: each one that TorchScript's writer uses, and the others by name. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_fixture.h"

#include "pickle_opcode.h"

static void test_opcodes_that_are_refused(void **state)
{
    static const struct {
        uint8_t byte;
        const char *name;
    } rows[] = {{'0', "POP"},
                {'1', "POP_MARK"},
                {'2', "DUP"},
                {'F', "FLOAT"},
                {'I', "INT"},
                {'L', "LONG"},
                {'P', "PERSID"},
                {'S', "STRING"},
                {'T', "BINSTRING"},
                {'U', "SHORT_BINSTRING"},
                {'V', "UNICODE"},
                {'a', "APPEND"},
                {'d', "DICT"},
                {'g', "GET"},
                {'i', "INST"},
                {'l', "LIST"},
                {'o', "OBJ"},
                {'p', "PUT"},
                {'s', "SETITEM"},
                {'B', "BINBYTES"},
                {'C', "SHORT_BINBYTES"},
                {0x82, "EXT1"},
                {0x83, "EXT2"},
                {0x84, "EXT4"},
                {0x8b, "LONG4"},
                {0x8c, "SHORT_BINUNICODE"},
                {0x8d, "BINUNICODE8"},
                {0x8e, "BINBYTES8"},
                {0x8f, "EMPTY_SET"},
                {0x90, "ADDITEMS"},
                {0x91, "FROZENSET"},
                {0x92, "NEWOBJ_EX"},
                {0x93, "STACK_GLOBAL"},
                {0x94, "MEMOIZE"},
                {0x95, "FRAME"},
                {0x96, "BYTEARRAY8"},
                {0x97, "NEXT_BUFFER"},
                {0x98, "READONLY_BUFFER"},
                {0x00, "without a name"},
                {'\n', "without a name"},
                {0xff, "without a name"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[32], reason[128];
        snprintf(words, sizeof words, "N =%02x", rows[i].byte);
        snprintf(
            reason, sizeof reason,
            "[data.pkl] at byte 3: opcode %s (0x%02x) is not one that a TorchScript file needs",
            rows[i].name, rows[i].byte);
        refuses(words, reason);
    }
}

/* Which bytes are opcodes at all: 29 that do something, and STOP. */
static void test_so_many_opcodes_are_taken(void **state)
{
    int taken = 0;
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        struct inf_pickle_facts facts;
        struct inf_error err;
        char words[16];
        snprintf(words, sizeof words, "=%02x", byte);
        walk_program(program_of(words), &facts, &err);
        taken += strstr(err.reason, "is not one that a TorchScript file needs") == NULL ||
                 strstr(err.reason, "protocol") != NULL;
    }
    assert_int_equal(taken, 30);
}

/* The value that a program leaves, seen by the machine itself. */
static struct inf_pickle_value left_by(const char *words)
{
    struct program p = program_of(words);
    struct inf_pickle m;
    struct inf_error err = {0};
    struct inf_pickle_value value;
    uint32_t top = 0;
    bool stopped = false;
    if (inf_pickle_init(&m, p.bytes, p.length, &options, &err) != 0 ||
        inf_pickle_run(&m, &stopped) != 0 || inf_pickle_pop(&m, &top) != 0) {
        fail_msg("%s: %s", words, err.reason);
    }
    assert_true(stopped);
    value = inf_pickle_at(&m, top);
    inf_pickle_fini(&m);
    free(p.bytes);
    return value;
}

static void test_ints(void **state)
{
    static const struct {
        const char *words;
        int64_t number;
    } rows[] = {{"=4b00", 0},
                {"=4bff", 255},
                {"=4d0001", 256},
                {"=4dffff", 65535},
                {"=4affffffff", -1},
                {"=4a00000080", -2147483648LL},
                {"=4affffff7f", 2147483647},
                {"=8a08ffffffffffffffff", -1},
                {"=8a080000000000000080", INT64_MIN},
                {"=8a08ffffffffffffff7f", INT64_MAX}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct inf_pickle_value value = left_by(rows[i].words);
        assert_int_equal(value.kind, INF_PICKLE_INT);
        assert_true(value.number == rows[i].number);
    }
    refuses("=8a01ff", "a wide int has [1] bytes, not [8]");
    refuses("=8a00", "a wide int has [0] bytes, not [8]");
    refuses("=8a09000000000000000000", "a wide int has [9] bytes, not [8]");
}

static void test_other_values(void **state)
{
    (void)state;
    assert_int_equal(left_by("N").kind, INF_PICKLE_NONE);
    assert_int_equal(left_by("T").kind, INF_PICKLE_BOOL);
    assert_int_equal(left_by("T").number, 1);
    assert_int_equal(left_by("F").number, 0);
    assert_true(left_by("=47bff8000000000000").real == -1.5);
    assert_int_equal(left_by("=47bff8000000000000").kind, INF_PICKLE_FLOAT);
    assert_int_equal(left_by("'abc'").count, 3);
    assert_int_equal(left_by("'abc'").first, 7);
    assert_int_equal(left_by("''").count, 0);
    assert_int_equal(left_by(")").count, 0);
    assert_int_equal(left_by("( t").count, 0);
    assert_int_equal(left_by("( 1 2 3 4 t").count, 4);
    assert_int_equal(left_by("1 2 3 t1").count, 1);
    assert_int_equal(left_by("1 2 3 t2").count, 2);
    assert_int_equal(left_by("1 2 3 t3").count, 3);
    assert_int_equal(left_by("] ( 1 2 e").count, 2);
    assert_int_equal(left_by("} ( 1 2 3 4 u").count, 4);
}

static void test_the_protocol(void **state)
{
    (void)state;
    refuses(
        "N =8002",
        "at byte 3: protocol [2], where only [2] at the start is one that a TorchScript file has");
    for (int protocol = 0; protocol < 6; protocol++) {
        struct program p = {0};
        struct inf_pickle_facts facts;
        struct inf_error err;
        add_byte(&p, 0x80);
        add_byte(&p, protocol);
        add_words(&p, "N .");
        assert_int_equal(walk_program(p, &facts, &err) == 0, protocol == 2);
    }
}

static void test_strings_that_lie_about_their_length(void **state)
{
    (void)state;
    refuses("=58ffffffff", "a string of [4294967295] bytes, at most [1000000]");
    refuses("=5841420f00", "a string of [1000001] bytes, at most [1000000]");
    refuses("=5840420f00", "a string of [1000000] bytes, but [1] are left");
    refuses("=5804000000 =616263", "at byte 11: the program ends without STOP");
    refuses("=5805000000 =616263", "a string of [5] bytes, but [4] are left");
}

static void test_short_tuples_want_their_values(void **state)
{
    static const char *const words[] = {"t1", "1 t2", "1 2 t3", "1 ( t1", "1 ( 2 t2", "1 ( 2 3 t3"};
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        refuses(words[i], "a value is taken from an empty stack");
    }
}

static void test_marks(void **state)
{
    (void)state;
    refuses("1 t", "there is no mark on the stack");
    refuses("1 e", "there is no mark on the stack");
    refuses("1 u", "there is no mark on the stack");
    refuses("( 1", "the program leaves [1] values and [1] marks, not one value");
    refuses("1 (", "the program leaves [1] values and [1] marks, not one value");
}

static void test_lists_and_dicts_are_filled_once(void **state)
{
    (void)state;
    refuses("( 1 e", "there is no list below the mark");
    refuses("( 1 2 u", "there is no dict below the mark");
    refuses("] ( ( 1 e", "there is no list below the mark");
    refuses("} ( 1 e", "a dict is filled as if it were a list");
    refuses("] ( 1 2 u", "a list is filled as if it were a dict");
    refuses("3 ( 1 e", "an int is filled as if it were a list");
    refuses("] ( 1 e ( 2 e", "a list is filled again");
    refuses("] ( e ( e", "a list is filled again");
    refuses("} ( 1 2 u ( 3 4 u", "a dict is filled again");
    refuses("@torch.jit._pickle:build_intlist ] ( 1 e t1 R ( 2 e", "a list is filled again");
    refuses("} ( 1 u", "a dict is given a key without a value");
    refuses("} ( 1 2 3 u", "a dict is given a key without a value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opcodes_that_are_refused),
        cmocka_unit_test(test_so_many_opcodes_are_taken),
        cmocka_unit_test(test_ints),
        cmocka_unit_test(test_other_values),
        cmocka_unit_test(test_the_protocol),
        cmocka_unit_test(test_strings_that_lie_about_their_length),
        cmocka_unit_test(test_short_tuples_want_their_values),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_lists_and_dicts_are_filled_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
