/* Objects: of the file's own classes, and of libtorch's. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_fixture.h"

#include "pickle_object.h"

static void test_objects_are_made_of_attributes(void **state)
{
    (void)state;
    passes(OBJECT(""));
    passes(OBJECT("'a' 1 'b' N 'c' ~1 'd' ( t 'e' " OBJECT("'a' 1")));
    passes(OBJECT("'a' @torch.jit._pickle:build_intlist ] ( 1 e t1 R"));
    refuses(OBJECT("'a' 1 2 1"), "the name of attribute [1] of [__torch__.m.M] is an int");
    refuses(OBJECT("N 1"), "the name of attribute [0] of [__torch__.m.M] is None");
    refuses(OBJECT("'a'"), "a dict is given a key without a value");
    refuses(OBJECT("'a' ] ( e"), "a dict is given what is unfinished: a list");
    refuses("@__torch__.m:M ) new } b", "[__torch__.m.M] is given a dict before its contents");
    refuses("@__torch__.m:M ) new",
            "the program leaves what is unfinished: an object without attributes");
}

static void test_new_object(void **state)
{
    (void)state;
    refuses("@__torch__.m:M 1 t1 new } ( u b",
            "an object is made with a tuple, not with an empty tuple");
    refuses("@__torch__.m:M N new } ( u b", "an object is made with None, not with an empty tuple");
    refuses("3 ) new } ( u b", "an object is made of an int, not of a class");
    refuses("'posix' ) new } ( u b", "an object is made of a string, not of a class");
    refuses("@collections:OrderedDict ) new } ( u b", "[collections.OrderedDict] is no class");
    refuses("@torch:FloatStorage ) new } ( u b", "[torch.FloatStorage] is no class");
    refuses("@torch._utils:_rebuild_tensor_v2 ) new",
            "[torch._utils._rebuild_tensor_v2] is no class");
    refuses(") new", "a value is taken from an empty stack");
}

static void test_build(void **state)
{
    (void)state;
    refuses("3 } ( u b", "an int is given attributes");
    refuses("@__torch__.m:M } ( u b", "a constructor is given attributes");
    refuses(OBJECT("") "} ( u b", "an object is given attributes");
    refuses(TENSOR("'0'", "12", "0", ")", ")") "} ( u b", "a tensor is given attributes");
    refuses("@__torch__.m:M ) new b", "a value is taken from an empty stack");
    refuses("@__torch__.m:M ) new ( } b", "a value is taken from an empty stack");
}

#define TYPED_DICT "@torch.jit._pickle:restore_type_tag } ( 'a' 1 u 'Dict[str, int]' t2 R "

/* What a class of the file's own takes in its __setstate__. */
static void test_states_of_their_own(void **state)
{
    static const struct {
        const char *words, *kind;
    } rows[] = {{"( 1 2 t", "a tuple"}, {"1", "an int"},           {"N", "None"},
                {TYPED_DICT, "a dict"}, {OBJECT(""), "an object"}, {"'a'", "a string"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[512], reason[512];
        snprintf(words, sizeof words, "@__torch__.m:M ) new %s b", rows[i].words);
        snprintf(reason, sizeof reason,
                 "[__torch__.m.M] is given %s instead of its attributes, which its __setstate__ "
                 "would take while the file is loaded",
                 rows[i].kind);
        refuses(words, reason);
        options.own_states = true;
        passes(words);
        options.own_states = false;
    }
    for (int own = 0; own < 2; own++) {
        options.own_states = own;
        refuses("@__torch__.m:M ) new ] ( e b",
                "[__torch__.m.M] is given what is unfinished: a list");
        refuses("@__torch__.m:M ) new @__torch__.m:M t1 b",
                "[__torch__.m.M] is given what is unfinished: a tuple");
    }
    options.own_states = false;
}

#define PACKED(module, name, state) \
    "@__torch__.torch.classes." module ":" name " ) new " state " b "
#define QTENSOR(type, sizes, strides)                                                        \
    "@torch._utils:_rebuild_qtensor ( ( 'storage' @torch:" type " '6' 'cpu' 40 t Q 0 " sizes \
    " " strides " ( @torch:per_tensor_affine ~1 0 t F " HOOKS "t R "
#define WEIGHT QTENSOR("QInt8Storage", "( 2 3 t", "( 3 1 t")
#define BIAS TENSOR("'0'", "12", "0", "( 2 t", "( 1 t")
#define TENSORS(items) "@torch.jit._pickle:build_tensorlist ] ( " items "e t1 R "
#define INTS(items) "@torch.jit._pickle:build_intlist ] ( " items "e t1 R "
#define FLOATS(items) "@torch.jit._pickle:build_doublelist ] ( " items "e t1 R "
#define LINEAR(state) PACKED("quantized", "LinearPackedParamsBase", state)

/* `passes` is the right one; each of the others has one thing that is not. */
static void refuses_state(const char *words, const char *name)
{
    char reason[256];
    snprintf(reason, sizeof reason,
             "the state of [__torch__.torch.classes.%s] is not one that torch writes", name);
    refuses(words, reason);
}

static void test_linear(void **state)
{
    static const char *const wrong[] = {
        LINEAR("N"),
        LINEAR("} ( 'a' 1 u"),
        LINEAR(WEIGHT),
        LINEAR(WEIGHT "t1"),
        LINEAR(WEIGHT BIAS "N t3"),
        LINEAR("N " BIAS "t2"),
        LINEAR(WEIGHT "3 t2"),
        LINEAR(QTENSOR("QInt8Storage", "( 2 t", "( 1 t") BIAS "t2"),
        LINEAR(QTENSOR("QInt8Storage", "( 2 1 3 t", "( 3 3 1 t") BIAS "t2"),
        LINEAR(QTENSOR("QInt8Storage", "( 3 2 t", "( 2 1 t") BIAS "t2"),
        LINEAR(QTENSOR("QUInt8Storage", "( 2 3 t", "( 3 1 t") BIAS "t2"),
        LINEAR(WEIGHT TENSOR("'0'", "12", "0", "( 3 t", "( 1 t") "t2"),
        LINEAR(WEIGHT TENSOR("'0'", "12", "0", "( 2 1 t", "( 1 1 t") "t2"),
        LINEAR(WEIGHT WEIGHT "t2")};
    (void)state;
    passes(LINEAR(WEIGHT BIAS "t2"));
    passes(LINEAR(WEIGHT "N t2"));
    passes(LINEAR(TENSOR("'0'", "12", "0", "( 2 3 t", "( 3 1 t") BIAS "t2"));
    for (int own = 0; own < 2; own++) {
        options.own_states = own;
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            refuses_state(wrong[i], "quantized.LinearPackedParamsBase");
        }
    }
    options.own_states = false;
}

#define NUMBERS(count)                                                                       \
    "@torch._utils:_rebuild_tensor_v2 ( ( 'storage' @torch:ShortStorage '0' 'cpu' 24 t Q 0 " \
    "( " count " t ( 1 t F " HOOKS "t R "
#define CONV(dimensions, state) PACKED("quantized", "Conv" dimensions "dPackedParamsBase", state)
#define WEIGHT_4D QTENSOR("QInt8Storage", "( 2 1 3 3 t", "( 9 9 3 1 t")
#define WEIGHT_5D QTENSOR("QInt8Storage", "( 2 1 2 3 3 t", "( 18 18 9 3 1 t")
#define OPTIONAL(items) \
    "@torch.jit._pickle:restore_type_tag ] ( " items "e 'List[Optional[Tensor]]' t2 R "

static void test_convolutions(void **state)
{
    static const char *const wrong[] = {
        CONV("2", "'3' " TENSORS(NUMBERS("11") WEIGHT_4D) OPTIONAL("N ") "t3"),
        CONV("2", "2 " TENSORS(NUMBERS("11") WEIGHT_4D) OPTIONAL("N ") "t3"),
        CONV("2", "'2' " TENSORS(NUMBERS("10") WEIGHT_4D) OPTIONAL("N ") "t3"),
        CONV("2", "'2' " TENSORS(NUMBERS("15") WEIGHT_4D) OPTIONAL("N ") "t3"),
        CONV("2", "'2' " TENSORS(BIAS WEIGHT_4D) OPTIONAL("N ") "t3"),
        CONV("2", "'2' " TENSORS(NUMBERS("11") WEIGHT_5D) OPTIONAL("N ") "t3"),
        CONV("2", "'2' " TENSORS(NUMBERS("11") BIAS) OPTIONAL("N ") "t3"),
        CONV("2", "'2' " TENSORS(NUMBERS("11")) OPTIONAL("N ") "t3"),
        CONV("2", "'2' " TENSORS(NUMBERS("11") WEIGHT_4D) OPTIONAL("") "t3"),
        CONV("2", "'2' " TENSORS(NUMBERS("11") WEIGHT_4D) OPTIONAL(WEIGHT_4D) "t3"),
        CONV("2", "'2' " TENSORS(NUMBERS("11") WEIGHT_4D) "N t3"),
        CONV("2", "'2' " OPTIONAL("N " WEIGHT_4D) OPTIONAL("N ") "t3"),
        CONV("2", "'2' " TENSORS(NUMBERS("11") WEIGHT_4D) "t2")};
    (void)state;
    passes(CONV("2", "'2' " TENSORS(NUMBERS("11") WEIGHT_4D) OPTIONAL("N ") "t3"));
    passes(CONV("2", "'2' " TENSORS(NUMBERS("11") WEIGHT_4D) OPTIONAL(BIAS) "t3"));
    passes(CONV("3", "'2' " TENSORS(NUMBERS("15") WEIGHT_5D) TENSORS(BIAS) "t3"));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        refuses_state(wrong[i], "quantized.Conv2dPackedParamsBase");
    }
    refuses_state(CONV("3", "'2' " TENSORS(NUMBERS("11") WEIGHT_4D) OPTIONAL("N ") "t3"),
                  "quantized.Conv3dPackedParamsBase");
}

#define ROWS(axis, scheme, type, count)                                                        \
    "@torch._utils:_rebuild_qtensor ( ( 'storage' @torch:" type " '6' 'cpu' 40 t Q 0 ( 3 4 t " \
    "( 4 1 t ( @torch:" scheme " " TENSOR("'0'", "12", "0", "( " count " t", "( 1 t")          \
        TENSOR("'0'", "12", "0", "( " count " t", "( 1 t") axis " t F " HOOKS "t R "
#define TABLE ROWS("0", "per_channel_affine_float_qparams", "QUInt8Storage", "3")
#define EMBEDDING(state) PACKED("quantized", "EmbeddingPackedParamsBase", state)

static void test_embeddings(void **state)
{
    static const char *const wrong[] = {
        EMBEDDING("( 2 " TENSORS(TABLE) FLOATS("") INTS("8 ") "t"),
        EMBEDDING("( 1 " TENSORS(TABLE) FLOATS("") INTS("4 ") "t"),
        EMBEDDING("( 1 " TENSORS(TABLE) FLOATS("~1 ") INTS("8 ") "t"),
        EMBEDDING("( 1 " TENSORS(TABLE) FLOATS("") INTS("8 8 ") "t"),
        EMBEDDING("( 1 " TENSORS(TABLE) FLOATS("") FLOATS("~8 ") "t"),
        EMBEDDING("( 1 " TENSORS(TABLE TABLE) FLOATS("") INTS("8 ") "t"),
        EMBEDDING("( 1 " TENSORS("") FLOATS("") INTS("8 ") "t"),
        EMBEDDING("( 1 " INTS("1 ") FLOATS("") INTS("8 ") "t"),
        EMBEDDING("( 1 " TENSORS(BIAS) FLOATS("") INTS("8 ") "t"),
        EMBEDDING("( 1 " TENSORS(ROWS("1", "per_channel_affine_float_qparams", "QUInt8Storage",
                                      "4")) FLOATS("") INTS("8 ") "t"),
        EMBEDDING("( 1 " TENSORS(ROWS("0", "per_channel_affine_float_qparams", "QInt8Storage", "3"))
                      FLOATS("") INTS("8 ") "t"),
        EMBEDDING("( 1 " TENSORS(TABLE) FLOATS("") "t")};
    (void)state;
    passes(EMBEDDING("( 1 " TENSORS(TABLE) FLOATS("") INTS("8 ") "t"));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        refuses_state(wrong[i], "quantized.EmbeddingPackedParamsBase");
    }
}

#define CELL(kind, tensors, floats, ints, packed) \
    PACKED("rnn", "CellParamsBase",               \
           "( " kind " " TENSORS(tensors) FLOATS(floats) INTS(ints) packed " t")
#define PACKED_LIST(items) "@torch.jit._pickle:restore_type_tag ] ( " items "e 'List[Any]' t2 R "
#define ONE LINEAR(WEIGHT "N t2")
#define PAIR PACKED_LIST(ONE ONE)

static void test_cells(void **state)
{
    static const char *const wrong[] = {
        CELL("'quantized'", BIAS BIAS, "", "1 ", PAIR),
        CELL("1", BIAS BIAS, "", "1 ", PAIR),
        CELL("'quantized_dynamic'", BIAS, "", "1 ", PAIR),
        CELL("'quantized_dynamic'", BIAS WEIGHT, "", "1 ", PAIR),
        CELL("'quantized_dynamic'", WEIGHT BIAS, "", "1 ", PAIR),
        CELL("'quantized_dynamic'", BIAS BIAS, "~1 ", "1 ", PAIR),
        CELL("'quantized_dynamic'", BIAS BIAS, "", "", PAIR),
        CELL("'quantized_dynamic'", BIAS BIAS, "", "1 ", PACKED_LIST(ONE)),
        CELL("'quantized_dynamic'", BIAS BIAS, "", "1 ", PACKED_LIST(ONE "N ")),
        CELL("'quantized_dynamic'", BIAS BIAS, "", "1 ", PACKED_LIST(ONE OBJECT(""))),
        CELL("'quantized_dynamic'", BIAS BIAS, "", "1 ", "N"),
        CELL("'quantized_dynamic'", BIAS BIAS, "", "1 ", PAIR "N"),
        CELL("'quantized_fp16'", BIAS BIAS, "", "1 ", PAIR),
        CELL("'quantized_fp16'", "", "", "1 ", PAIR)};
    (void)state;
    passes(CELL("'quantized_dynamic'", BIAS BIAS, "", "1 ", PAIR));
    passes(CELL("'quantized_fp16'", "", "", "", PAIR));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        refuses_state(wrong[i], "rnn.CellParamsBase");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_are_made_of_attributes),
        cmocka_unit_test(test_new_object),
        cmocka_unit_test(test_build),
        cmocka_unit_test(test_states_of_their_own),
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_convolutions),
        cmocka_unit_test(test_embeddings),
        cmocka_unit_test(test_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
