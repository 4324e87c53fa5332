/* The types of lists and dicts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_fixture.h"

#include "pickle_type.h"

#define KIND(name) INF_PICKLE_BIT(INF_PICKLE_##name)
#define ANY INF_PICKLE_ANY_KIND

static void test_texts(void **state)
{
    static const struct {
        const char *text;
        unsigned container;
        uint32_t keys, items;
    } rows[] = {
        {"List[int]", INF_PICKLE_LIST, 0, KIND(INT)},
        {"List[str]", INF_PICKLE_LIST, 0, KIND(STRING)},
        {"List[Tuple[()]]", INF_PICKLE_LIST, 0, KIND(TUPLE)},
        {"List[Tuple[int, str]]", INF_PICKLE_LIST, 0, KIND(TUPLE)},
        {"List[List[List[float]]]", INF_PICKLE_LIST, 0, KIND(LIST)},
        {"List[Optional[bool]]", INF_PICKLE_LIST, 0, KIND(BOOL) | KIND(NONE)},
        {"List[Optional[Dict[str, int]]]", INF_PICKLE_LIST, 0, KIND(DICT) | KIND(NONE)},
        {"List[Union[complex, NoneType, Device]]", INF_PICKLE_LIST, 0,
         KIND(COMPLEX) | KIND(NONE) | KIND(DEVICE)},
        {"List[__torch__.a.B_1]", INF_PICKLE_LIST, 0, ANY},
        {"List[Any]", INF_PICKLE_LIST, 0, ANY},
        {"List[Future[int]]", INF_PICKLE_LIST, 0, ANY},
        {"Dict[str, Tensor]", INF_PICKLE_DICT, KIND(STRING), KIND(TENSOR)},
        {"Dict[int,List[Dict[str, float]]]", INF_PICKLE_DICT, KIND(INT), KIND(LIST)},
        {"Dict[Tensor, None]", INF_PICKLE_DICT, KIND(TENSOR), KIND(NONE)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct inf_pickle_type type = {0};
        const char *problem = NULL;
        if (inf_pickle_type_read((const uint8_t *)rows[i].text, strlen(rows[i].text), &type,
                                 &problem) != 0) {
            fail_msg("%s: %s", rows[i].text, problem);
        }
        assert_int_equal(type.container, rows[i].container);
        assert_int_equal(type.keys, rows[i].keys);
        assert_int_equal(type.items, rows[i].items);
    }
}

static void refuses_text(const char *text, size_t length, const char *expected)
{
    struct inf_pickle_type type = {0};
    const char *problem = NULL;
    uint8_t *exact = malloc(length ? length : 1);
    memcpy(exact, text, length);
    if (inf_pickle_type_read(exact, length, &type, &problem) == 0) {
        fail_msg("%.80s passes", text);
    }
    assert_string_equal(problem, expected);
    free(exact);
}

static void test_texts_that_are_no_types(void **state)
{
    static const struct {
        const char *text, *problem;
    } rows[] = {
        {"", "a name is missing"},
        {"[int]", "a name is missing"},
        {"List[]", "a name is missing"},
        {"List[int", "a bracket is missing"},
        {"List[int]]", "something follows"},
        {"List[int] ", "something follows"},
        {"List[int]; import os", "something follows"},
        {"List[3]", "a name is missing"},
        {"List[a.]", "a name is missing"},
        {"List[f(x)]", "a bracket is missing"},
        {"List['x']", "a name is missing"},
        {"List[int  , int]", "a bracket is missing"},
        {"List[()]", "List and Optional take one type, Dict takes two"},
        {"List[Tuple[(]]", "a bracket is missing"},
        {"List[Tuple[()", "a bracket is missing"},
        {"List[int, str]", "List and Optional take one type, Dict takes two"},
        {"Dict[int]", "List and Optional take one type, Dict takes two"},
        {"Dict[int, int, int]", "List and Optional take one type, Dict takes two"},
        {"List[Optional[int, str]]", "List and Optional take one type, Dict takes two"},
        {"int", "it is neither List[] nor Dict[]"},
        {"Tuple[int]", "it is neither List[] nor Dict[]"},
        {"Optional[List[int]]", "it is neither List[] nor Dict[]"},
        {"__torch__.List[int]", "it is neither List[] nor Dict[]"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        refuses_text(rows[i].text, strlen(rows[i].text), rows[i].problem);
    }
    refuses_text("List[a\0b]", 9, "a bracket is missing");
}

/* List[List[...int...]], so many of them. */
static size_t nest(char *text, int depth)
{
    size_t length = 0;
    for (int i = 0; i < depth - 1; i++) {
        memcpy(text + length, "List[", 5);
        length += 5;
    }
    memcpy(text + length, "int", 3);
    length += 3;
    for (int i = 0; i < depth - 1; i++) {
        text[length++] = ']';
    }
    return length;
}

static void test_texts_are_bounded(void **state)
{
    char text[2 * INF_PICKLE_TYPE_MAX];
    struct inf_pickle_type type = {0};
    const char *problem = NULL;
    size_t length = nest(text, INF_PICKLE_TYPE_DEPTH_MAX);
    (void)state;
    assert_int_equal(inf_pickle_type_read((uint8_t *)text, length, &type, &problem), 0);
    refuses_text(text, nest(text, INF_PICKLE_TYPE_DEPTH_MAX + 1), "types lie too deep in types");
    memset(text, 'a', sizeof text);
    memcpy(text, "List[", 5);
    text[INF_PICKLE_TYPE_MAX - 1] = ']';
    assert_int_equal(inf_pickle_type_read((uint8_t *)text, INF_PICKLE_TYPE_MAX, &type, &problem),
                     0);
    text[INF_PICKLE_TYPE_MAX - 1] = 'a';
    text[INF_PICKLE_TYPE_MAX] = ']';
    refuses_text(text, INF_PICKLE_TYPE_MAX + 1, "it is too long");
}

#define TAG "@torch.jit._pickle:restore_type_tag "

static void test_lists_and_dicts_get_their_type(void **state)
{
    (void)state;
    passes(TAG "] ( e 'List[str]' t2 R");
    passes(TAG "] ( 'a' 'b' e 'List[str]' t2 R");
    passes(TAG "] ( N 'b' e 'List[Optional[str]]' t2 R");
    passes(TAG "} ( 'a' 1 u 'Dict[str, int]' t2 R");
    passes(TAG "} ( T 1 u 'Dict[bool, int]' t2 R");
    passes(TAG "} ( 1 ~1 u 'Dict[Any, Any]' t2 R");
    passes(TAG "} ( " TENSOR("'0'", "12", "0", ")", ")") "1 u 'Dict[Tensor, int]' t2 R");
    passes("( " TAG "p0 ] ( e 'List[str]' p1 t2 R g0 ] ( 'c' e g1 t2 R t");
    passes(TAG "p0 ] ( g0 ] ( 'a' e 'List[str]' t2 R e 'List[List[str]]' t2 R");
}

static void test_what_a_type_does_not_allow(void **state)
{
    (void)state;
    refuses(TAG "] ( 'a' 1 e 'List[str]' t2 R",
            "item [1] is an int, which the type does not allow");
    refuses(TAG "] ( N e 'List[Tensor]' t2 R", "item [0] is None, which the type does not allow");
    refuses(TAG "} ( 1 1 'a' 1 u 'Dict[int, int]' t2 R",
            "key [1] is a string, which the type does not allow");
    refuses(TAG "} ( 1 1 2 'a' u 'Dict[int, int]' t2 R",
            "value [1] is a string, which the type does not allow");
    refuses(TAG "} ( N 1 u 'Dict[Any, int]' t2 R",
            "key [0] is None, which the type does not allow");
    refuses(TAG "} ( ) 1 u 'Dict[Tuple[()], int]' t2 R",
            "key [0] is a tuple, which the type does not allow");
    refuses(TAG "} ( u 'List[int]' t2 R", "a dict is given the type of a list");
    refuses(TAG "] ( e 'Dict[int, int]' t2 R", "a list is given the type of a dict");
    refuses(TAG "3 'List[int]' t2 R", "an int is given the type of a list");
    refuses(TAG "] 'List[int]' t2 R", "a list is given its type before its contents");
    refuses(TAG "p0 g0 ] ( e 'List[str]' p1 t2 R g1 t2 R", "a list is given its type again");
    refuses(TAG "] ( e 'List[int' t2 R",
            "type [List[int] is not one that TorchScript writes: a bracket is missing");
    refuses(TAG "] ( e 7 t2 R", "restore_type_tag takes a list or dict and a string");
    refuses(TAG "] ( e 'List[int]' N t3 R", "restore_type_tag takes a list or dict and a string");
    refuses(TAG ") R", "restore_type_tag takes a list or dict and a string");
    refuses(TAG "N R", "restore_type_tag takes a list or dict and a string");
    refuses("] ( e", "the program leaves what is unfinished: a list");
    refuses("} ( u", "the program leaves what is unfinished: a dict");
}

#define LIST(kind) "@torch.jit._pickle:build_" kind "list "

static void test_specialised_lists(void **state)
{
    (void)state;
    passes(LIST("int") "( ] ( 1 -2 e t R");
    passes(LIST("int") "( ] ( e t R");
    passes(LIST("double") "( ] ( ~1 ~nan e t R");
    passes(LIST("bool") "( ] ( T F e t R");
    passes(LIST("tensor") "( ] ( " TENSOR("'0'", "12", "0", ")", ")") "e t R");
    refuses(LIST("int") "( ] ( 1 T e t R", "item [1] is a bool, which the type does not allow");
    refuses(LIST("int") "( ] ( ~1 e t R", "item [0] is a float, which the type does not allow");
    refuses(LIST("double") "( ] ( 1 e t R", "item [0] is an int, which the type does not allow");
    refuses(LIST("bool") "( ] ( 1 e t R", "item [0] is an int, which the type does not allow");
    refuses(LIST("tensor") "( ] ( N e t R", "item [0] is None, which the type does not allow");
    refuses(LIST("int") "( } ( u t R", "a dict is given the type of a list");
    refuses(LIST("int") "( ] ( e N t R", "the function that gives a list its type takes one list");
    refuses(LIST("int") "] ( e R", "the function that gives a list its type takes one list");
    refuses(LIST("str") "( ] ( e t R", "constructor [torch.jit._pickle.build_strlist] is not one "
                                       "that a TorchScript file needs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_texts_that_are_no_types),
        cmocka_unit_test(test_texts_are_bounded),
        cmocka_unit_test(test_lists_and_dicts_get_their_type),
        cmocka_unit_test(test_what_a_type_does_not_allow),
        cmocka_unit_test(test_specialised_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
