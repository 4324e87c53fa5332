/* Storages and tensors: every number that a program may lie about. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_fixture.h"

#include "pickle_tensor.h"

/* A field of a program, and what is put there instead of what is right. */
struct lie {
    size_t field;
    const char *words;
    const char *reason;
};

/* The fields in a row, the lie in its place. */
static void refuses_lie(const char *const *fields, size_t count, const struct lie *lie)
{
    char words[2048] = "";
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        length += (size_t)snprintf(words + length, sizeof words - length, "%s ",
                                   i == lie->field ? lie->words : fields[i]);
        assert_true(length < sizeof words);
    }
    refuses(words, lie->reason);
}

static void refuses_lies(const char *const *fields, size_t count, const struct lie *lies,
                         size_t lie_count)
{
    char words[2048] = "";
    for (size_t i = 0; i < count; i++) {
        strncat(words, fields[i], sizeof words - strlen(words) - 2);
        strncat(words, " ", 2);
    }
    passes(words);
    for (size_t i = 0; i < lie_count; i++) {
        refuses_lie(fields, count, &lies[i]);
    }
}

#define REFUSES_LIES(fields, lies) \
    refuses_lies(fields, sizeof(fields) / sizeof *(fields), lies, sizeof(lies) / sizeof *(lies))

static void test_a_storage_says_what_its_record_is(void **state)
{
    static const char *const fields[] = {"@torch._utils:_rebuild_tensor_v2 ( (",
                                         "'storage'",
                                         "@torch:FloatStorage",
                                         "'0'",
                                         "'cpu'",
                                         "12",
                                         "t",
                                         "Q",
                                         "0 ( 12 t ( 1 t F " HOOKS "t R"};
    static const struct lie lies[] = {
        {1, "'module'", "a persistent id names a [module], not a [storage]"},
        {1, "'storagf'", "a persistent id names a [storagf], not a [storage]"},
        {1, "7", "what a persistent id names is an int, not a string"},
        {2, "@torch:DoubleStorage",
         "storage [0] claims [12] values of [8] bytes, but its record has [48] bytes"},
        {2, "@torch:ComplexDoubleStorage",
         "storage [0] claims [12] values of [16] bytes, but its record has [48] bytes"},
        {2, "@torch:ByteStorage",
         "storage [0] claims [12] values of [1] bytes, but its record has [48] bytes"},
        {2, "@torch:QUInt4x2Storage",
         "constructor [torch.QUInt4x2Storage] is not one that a TorchScript file needs"},
        {2, "@torch:per_tensor_affine", "[torch.per_tensor_affine] is no type of a storage"},
        {2, "@__torch__:M", "[__torch__.M] is no type of a storage"},
        {2, "6", "a storage's type is an int, not a constructor"},
        {3, "'1'", "storage [1] claims [12] values of [4] bytes, but its record has [16] bytes"},
        {3, "'7'", "storage [7] has no record"},
        {3, "'8'", "storage [8] has no record"},
        {3, "''", "a storage's key is [], not a number"},
        {3, "'../0'", "a storage's key is [../0], not a number"},
        {3, "'-1'", "a storage's key is [-1], not a number"},
        {3, "'00000000000000000000'",
         "a storage's key [00000000000000000000] has [20] bytes, at most [19]"},
        {3, "0", "a storage's key is an int, not a string"},
        {4, "'meta'", "a storage's device is [meta], not [cpu] or [cuda:N]"},
        {4, "'cuda:'", "a storage's device is [cuda:], not [cpu] or [cuda:N]"},
        {4, "'cuda:x'", "a storage's device is [cuda:x], not [cpu] or [cuda:N]"},
        {4, "'cuda:1000'", "a storage's device is [cuda:1000], not [cpu] or [cuda:N]"},
        {4, "''", "a storage's device is [], not [cpu] or [cuda:N]"},
        {4, "'aaaaaaaaaaaaaaaaa'",
         "a storage's device [aaaaaaaaaaaaaaaaa] has [17] bytes, at most [16]"},
        {4, "N", "a storage's device is None, not a string"},
        {5, "11", "storage [0] claims [11] values of [4] bytes, but its record has [48] bytes"},
        {5, "13", "storage [0] claims [13] values of [4] bytes, but its record has [48] bytes"},
        {5, "0", "storage [0] claims [0] values of [4] bytes, but its record has [48] bytes"},
        {5, "-12", "storage [0] claims [-12] values of [4] bytes, but its record has [48] bytes"},
        {5, "4611686018427387916",
         "storage [0] claims [4611686018427387916] values of [4] bytes, "
         "but its record has [48] bytes"},
        {5, "~12", "a storage's number of values is a float, not an int"},
        {5, "T", "a storage's number of values is a bool, not an int"},
        {5, "", "a persistent id takes [5] to [6] parts, not [4]"},
        {6, "7 t", "the view of a storage is an int, not None"},
        {6, "N N t", "a persistent id takes [5] to [6] parts, not [7]"},
        {7, "5 Q", "a persistent id takes a tuple, not an int"},
        {7, "", "what a tensor is made of is a tuple, not a storage"},
    };
    (void)state;
    REFUSES_LIES(fields, lies);
}

static void test_what_else_storages_may_be(void **state)
{
    (void)state;
    passes(
        "@torch._utils:_rebuild_tensor_v2 ( ( 'storage' @torch:FloatStorage '0' 'cuda:0' 12 N t Q "
        "0 ( 12 t ( 1 t F " HOOKS "t R");
    passes("@torch._utils:_rebuild_tensor_v2 ( ( 'storage' @torch:FloatStorage '2' 'cuda' 0 t Q "
           "0 ( 0 t ( 1 t F " HOOKS "t R");
    /* A record of three bytes has one value of two, as the writer counts them. */
    passes("@torch._utils:_rebuild_tensor_v2 ( ( 'storage' @torch:HalfStorage '5' 'cpu' 1 t Q "
           "0 ( 1 t ( 1 t F " HOOKS "t R");
    refuses("@torch._utils:_rebuild_tensor_v2 ( ( 'storage' @torch:HalfStorage '5' 'cpu' 2 t Q "
            "0 ( 1 t ( 1 t F " HOOKS "t R",
            "storage [5] claims [2] values of [2] bytes, but its record has [3] bytes");
}

static void test_a_tensor_stays_inside_its_storage(void **state)
{
    static const char *const fields[] = {"@torch._utils:_rebuild_tensor_v2 (",
                                         STORAGE("'0'", "12"),
                                         "2",
                                         "( 3 2 t",
                                         "( 4 1 t",
                                         "F",
                                         HOOKS,
                                         "t",
                                         "R"};
    static const struct lie lies[] = {
        {1, "5", "what a tensor is made of is an int, not a storage"},
        {2, "3", "a tensor reaches to value [13] of its storage, which has [12]"},
        {2, "-1", "the offset of a tensor is [-1]"},
        {2, "9223372036854775807", "the sizes and strides of a tensor are too large"},
        {2, "N", "the offset of a tensor is None, not an int"},
        {2, "T", "the offset of a tensor is a bool, not an int"},
        {3, "( 4 2 t", "a tensor reaches to value [16] of its storage, which has [12]"},
        {3, "( 3 3 t", "a tensor reaches to value [13] of its storage, which has [12]"},
        {3, "( 3 t", "a tensor has [1] sizes, but [2] strides"},
        {3, "( 3 2 1 t", "a tensor has [3] sizes, but [2] strides"},
        {3, "( -3 2 t", "size [0] of a tensor is [-3]"},
        {3, "( 3 -2 t", "size [1] of a tensor is [-2]"},
        {3, "( 3 ~2 t", "size [1] of a tensor is a float, not an int"},
        {3, "3", "the sizes of a tensor are an int, not a tuple"},
        {3, "@torch.jit._pickle:build_intlist ] ( 3 2 e t1 R",
         "the sizes of a tensor are a list, not a tuple"},
        {3, "( 4611686018427387904 2 t", "the sizes and strides of a tensor are too large"},
        {4, "( 5 1 t", "a tensor reaches to value [14] of its storage, which has [12]"},
        {4, "( 4 2 t", "a tensor reaches to value [13] of its storage, which has [12]"},
        {4, "( 4 t", "a tensor has [2] sizes, but [1] strides"},
        {4, "( -4 1 t", "stride [0] of a tensor is [-4]"},
        {4, "( 4 F t", "stride [1] of a tensor is a bool, not an int"},
        {4, "( 4611686018427387904 1 t", "the sizes and strides of a tensor are too large"},
        {4, "( 4611686018427387903 4611686018427387903 t",
         "the sizes and strides of a tensor are too large"},
        {4, "N", "the strides of a tensor are None, not a tuple"},
        {5, "0", "whether a tensor has gradients is an int, not a bool"},
        {6, "N", "what a tensor has for hooks is None, not hooks"},
        {6, "} ( u", "what a tensor has for hooks is a dict, not hooks"},
        {6, "", "_rebuild_tensor_v2 takes [6] to [7] parts, not [5]"},
        {7, "N N t", "_rebuild_tensor_v2 takes [6] to [7] parts, not [8]"},
        {7, "N t", "the metadata of a tensor is None, not a dict"},
        {7, "t N", "a tuple is called as if it were a constructor"},
    };
    (void)state;
    REFUSES_LIES(fields, lies);
}

static void test_shapes_at_the_edge(void **state)
{
    (void)state;
    passes(TENSOR("'0'", "12", "11", ")", ")"));
    refuses(TENSOR("'0'", "12", "12", ")", ")"),
            "a tensor reaches to value [13] of its storage, which has [12]");
    passes(TENSOR("'0'", "12", "12", "( 0 t", "( 1 t"));
    refuses(TENSOR("'0'", "12", "13", "( 0 t", "( 1 t"),
            "a tensor reaches to value [13] of its storage, which has [12]");
    passes(TENSOR("'2'", "0", "0", "( 2 0 3 t", "( 3 3 1 t"));
    refuses(TENSOR("'2'", "0", "0", ")", ")"),
            "a tensor reaches to value [1] of its storage, which has [0]");
    passes(TENSOR("'0'", "12", "0", "( 1000000 1000000 t", "( 0 0 t"));
    refuses(TENSOR("'0'", "12", "0", "( 4294967296 4294967296 t", "( 0 0 t"),
            "the sizes and strides of a tensor are too large");
    refuses(TENSOR("'0'", "12", "0", "( 0 4294967296 4294967296 t", "( 0 0 0 t"),
            "the sizes and strides of a tensor are too large");
}

static void test_so_many_dimensions(void **state)
{
    struct program p = {0};
    struct inf_pickle_facts facts;
    struct inf_error err;
    (void)state;
    for (int count = INF_PICKLE_DIMENSIONS_MAX; count <= INF_PICKLE_DIMENSIONS_MAX + 1; count++) {
        int rc = 0;
        p = (struct program){0};
        add_words(&p, "=8002 @torch._utils:_rebuild_tensor_v2 ( " STORAGE("'0'", "12") "0");
        for (int i = 0; i < 2; i++) {
            add_words(&p, "(");
            for (int n = 0; n < count; n++) {
                add_int(&p, 1);
            }
            add_words(&p, "t");
        }
        add_words(&p, "F " HOOKS "t R .");
        rc = walk_program(p, &facts, &err);
        assert_int_equal(rc == 0, count == INF_PICKLE_DIMENSIONS_MAX);
    }
    check_refusal(-1, &err, "65 dimensions", "a tensor has [65] sizes, at most [64]");
}

static void test_storages_are_shared_and_tensors_counted(void **state)
{
    struct inf_pickle_facts facts = {0};
    struct inf_error err;
    (void)state;
    assert_int_equal(walk_program(program_of("( @torch._utils:_rebuild_tensor_v2 p0 ( " STORAGE(
                                      "'0'", "12") "p1 0 ( 12 t ( 1 t F " HOOKS "t R p2 "
                                                   "g0 ( g1 2 ( 2 5 t ( 5 1 t T " HOOKS "t R g2 t"),
                                  &facts, &err),
                     0);
    assert_int_equal(facts.tensors, 2);
    refuses("( @torch._utils:_rebuild_tensor_v2 p0 ( " STORAGE(
                "'0'", "12") "p1 0 ( 12 t ( 1 t F " HOOKS "t R "
                             "g0 ( g1 2 ( 2 5 t ( 6 1 t T " HOOKS "t R t",
            "a tensor reaches to value [13] of its storage, which has [12]");
}

#define QSTORAGE "( 'storage' @torch:QInt8Storage '6' 'cpu' 40 t Q "
#define SCALES(values)                                                                       \
    "@torch._utils:_rebuild_tensor_v2 ( ( 'storage' @torch:DoubleStorage '4' 'cpu' 3 t Q 0 " \
    "( " values " t ( 1 t F " HOOKS "t R"
#define ZEROS(values)                                                                      \
    "@torch._utils:_rebuild_tensor_v2 ( ( 'storage' @torch:LongStorage '4' 'cpu' 3 t Q 0 " \
    "( " values " t ( 1 t F " HOOKS "t R"

static void test_a_quantised_tensor(void **state)
{
    static const char *const fields[] = {"@torch._utils:_rebuild_qtensor (",
                                         QSTORAGE,
                                         "0",
                                         "( 4 10 t",
                                         "( 10 1 t",
                                         "(",
                                         "@torch:per_tensor_affine",
                                         "~0.5",
                                         "3",
                                         "t",
                                         "F",
                                         HOOKS,
                                         "t R"};
    static const struct lie lies[] = {
        {1, STORAGE("'0'", "12"), "a quantised tensor is made of [FloatStorage]"},
        {1, "N", "what a tensor is made of is None, not a storage"},
        {2, "1", "a tensor reaches to value [41] of its storage, which has [40]"},
        {2, "-1", "the offset of a tensor is [-1]"},
        {3, "( 5 10 t", "a tensor reaches to value [50] of its storage, which has [40]"},
        {3, "( 4 t", "a tensor has [1] sizes, but [2] strides"},
        {4, "( 11 1 t", "a tensor reaches to value [43] of its storage, which has [40]"},
        {4, "( 10 -1 t", "stride [1] of a tensor is [-1]"},
        {6, "@torch:per_tensor_symmetric",
         "constructor [torch.per_tensor_symmetric] is not one that a TorchScript file needs"},
        {6, "@torch:FloatStorage", "[torch.FloatStorage] is no scheme of a quantiser"},
        {6, "@torch:per_channel_affine",
         "a quantiser [torch.per_channel_affine] has [3] parts, not [4]"},
        {6, "1", "a quantiser's scheme is an int, not a constructor"},
        {7, "1", "the scale of a quantised tensor is an int, not a float"},
        {7, "~inf", "the scale of a quantised tensor is [inf]"},
        {7, "~nan", "the scale of a quantised tensor is [nan]"},
        {8, "~3", "the zero point of a quantised tensor is a float, not an int"},
        {8, "3 0", "a quantiser [torch.per_tensor_affine] has [4] parts, not [3]"},
        {8, "", "a quantiser takes [3] to [4] parts, not [2]"},
        {9, "t N", "_rebuild_qtensor takes [7] to [7] parts, not [8]"},
        {10, "1", "whether a tensor has gradients is an int, not a bool"},
        {11, "F", "what a tensor has for hooks is a bool, not hooks"},
        {11, "", "_rebuild_qtensor takes [7] to [7] parts, not [6]"},
    };
    (void)state;
    REFUSES_LIES(fields, lies);
    refuses("@torch._utils:_rebuild_tensor_v2 ( " QSTORAGE "0 ( 4 t ( 1 t F " HOOKS "t R",
            "a plain tensor is made of [QInt8Storage]");
}

static void test_a_tensor_quantised_by_channels(void **state)
{
    static const char *const fields[] = {"@torch._utils:_rebuild_qtensor ( " QSTORAGE,
                                         "0",
                                         "( 3 10 t",
                                         "( 10 1 t (",
                                         "@torch:per_channel_affine",
                                         SCALES("3"),
                                         ZEROS("3"),
                                         "0",
                                         "t F " HOOKS "t R"};
    static const struct lie lies[] = {
        {2, "( 2 10 t",
         "the tensor of scales has [1] dimensions and [3] values, but there are [2] channels"},
        {5, SCALES("2"),
         "the tensor of scales has [1] dimensions and [2] values, but there are [3] channels"},
        {5, ZEROS("3"), "the tensor of scales is of type [LongStorage]"},
        {5, "~0.5", "the tensor of scales is a float, not a tensor"},
        {5, TENSOR("'0'", "12", "0", "( 3 2 t", "( 2 1 t"),
         "the tensor of scales has [2] dimensions and [3] values, but there are [3] channels"},
        {6, ZEROS("1"),
         "the tensor of zero points has [1] dimensions and [1] values, but there are [3] channels"},
        {6, SCALES("3"), "the tensor of zero points is of type [DoubleStorage]"},
        {6, "0", "the tensor of zero points is an int, not a tensor"},
        {7, "1",
         "the tensor of scales has [1] dimensions and [3] values, but there are [10] channels"},
        {7, "2", "the axis of the channels is [2], but the tensor has [2] dimensions"},
        {7, "-1", "the axis of the channels is [-1], but the tensor has [2] dimensions"},
        {7, "N", "the axis of the channels is None, not an int"},
        {7, "", "a quantiser [torch.per_channel_affine] has [3] parts, not [4]"},
        {4, "@torch:per_channel_affine_float_qparams",
         "the tensor of zero points is of type [LongStorage]"},
    };
    (void)state;
    REFUSES_LIES(fields, lies);
    passes("@torch._utils:_rebuild_qtensor ( " QSTORAGE "0 ( 3 10 t ( 10 1 t ( "
           "@torch:per_channel_affine_float_qparams " SCALES("3") " " SCALES("3") " 0 t F " HOOKS
                                                                                  "t R");
    passes("@torch._utils:_rebuild_qtensor ( " QSTORAGE "0 ( 3 10 t ( 1 3 t ( "
           "@torch:per_channel_affine " SCALES("3") " " ZEROS("3") " 0 t F " HOOKS "t R");
}

#define WITH_METADATA(type, values, dict)                                                      \
    "@torch._utils:_rebuild_tensor_v2 ( ( 'storage' @torch:" type " '0' 'cpu' " values " t Q " \
    "0 ) ) F " HOOKS dict " t R"
#define METADATA(entries) \
    "@torch.jit._pickle:restore_type_tag } ( " entries " u 'Dict[str, bool]' t2 R"

static void test_metadata(void **state)
{
    (void)state;
    passes(WITH_METADATA("ComplexFloatStorage", "6", METADATA("'conj' T")));
    passes(WITH_METADATA("ComplexFloatStorage", "6", METADATA("'conj' F 'neg' T")));
    passes(WITH_METADATA("FloatStorage", "12", METADATA("'neg' T")));
    passes(WITH_METADATA("FloatStorage", "12", METADATA("")));
    refuses(WITH_METADATA("FloatStorage", "12", METADATA("'conj' T")),
            "metadata [conj] of a tensor of type [FloatStorage]");
    refuses(WITH_METADATA("FloatStorage", "12", METADATA("'zero' T")),
            "metadata [zero] of a tensor of type [FloatStorage]");
    refuses(WITH_METADATA("FloatStorage", "12", METADATA("'neg' T 'neg' T 'neg' T")),
            "the metadata of a tensor are no Dict[str, bool] of conj and neg");
    refuses(WITH_METADATA("FloatStorage", "12", "} ( 'neg' T u"),
            "the metadata of a tensor are no Dict[str, bool] of conj and neg");
    refuses(
        WITH_METADATA("FloatStorage", "12",
                      "@torch.jit._pickle:restore_type_tag } ( 'neg' 1 u 'Dict[str, int]' t2 R"),
        "a value of a tensor's metadata is an int, not a bool");
    refuses(WITH_METADATA("FloatStorage", "12",
                          "@torch.jit._pickle:restore_type_tag } ( 3 T u 'Dict[int, bool]' t2 R"),
            "a key of a tensor's metadata is an int, not a string");
}

/* Each type's size, as libtorch has it. */
static void test_storage_types(void **state)
{
    static const struct {
        const char *name;
        int bytes;
    } rows[] = {{"Byte", 1},
                {"Char", 1},
                {"Short", 2},
                {"Int", 4},
                {"Long", 8},
                {"Bool", 1},
                {"Half", 2},
                {"BFloat16", 2},
                {"Float", 4},
                {"Double", 8},
                {"ComplexHalf", 4},
                {"ComplexFloat", 8},
                {"ComplexDouble", 16},
                {"QInt8", 1},
                {"QUInt8", 1},
                {"QInt32", 4},
                {"UInt16", 2},
                {"UInt32", 4},
                {"UInt64", 8},
                {"Float8_e5m2", 1},
                {"Float8_e4m3fn", 1},
                {"Float8_e5m2fnuz", 1},
                {"Float8_e4m3fnuz", 1},
                {"Float8_e8m0fnu", 1}};
    size_t count = 0;
    const struct inf_pickle_storage_type *types = inf_pickle_storage_types(&count);
    (void)state;
    assert_int_equal(count, sizeof rows / sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        bool found = false;
        snprintf(name, sizeof name, "%sStorage", rows[i].name);
        for (size_t j = 0; j < count; j++) {
            found = found || (strcmp(types[j].name, name) == 0 && types[j].bytes == rows[i].bytes);
        }
        assert_true(found);
    }
}

/* All views of a few small shapes, counted one by one. */
static void test_extent_is_what_counting_says(void **state)
{
    (void)state;
    for (int n = 0; n < 4 * 4 * 4 * 4 * 4; n++) {
        int64_t sizes[] = {n & 3, n >> 2 & 3};
        int64_t strides[] = {n >> 4 & 3, n >> 6 & 3};
        int64_t offset = n >> 8 & 3, furthest = offset - 1, end = 0;
        for (int64_t i = 0; i < sizes[0]; i++) {
            for (int64_t j = 0; j < sizes[1]; j++) {
                int64_t at = offset + i * strides[0] + j * strides[1];
                furthest = at > furthest ? at : furthest;
            }
        }
        assert_true(inf_pickle_extent(sizes, strides, 2, offset, &end));
        assert_int_equal(end, furthest + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_storage_says_what_its_record_is),
        cmocka_unit_test(test_what_else_storages_may_be),
        cmocka_unit_test(test_a_tensor_stays_inside_its_storage),
        cmocka_unit_test(test_shapes_at_the_edge),
        cmocka_unit_test(test_so_many_dimensions),
        cmocka_unit_test(test_storages_are_shared_and_tensors_counted),
        cmocka_unit_test(test_a_quantised_tensor),
        cmocka_unit_test(test_a_tensor_quantised_by_channels),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_storage_types),
        cmocka_unit_test(test_extent_is_what_counting_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
