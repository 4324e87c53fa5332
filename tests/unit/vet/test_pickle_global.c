/* Constructors: which may be named, and what they make of their arguments. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_fixture.h"

#include "pickle_global.h"

static void test_constructors_that_no_model_needs(void **state)
{
    static const char *const names[] = {
        "posix:system",
        "os:system",
        "builtins:eval",
        "builtins:list",
        "__builtin__:complex",
        "torch._utils:_rebuild_tensor",
        "torch._utils:_rebuild_tensor_v3",
        "torch._utils:_rebuild_parameter",
        "torch._utils:_rebuild_sparse_tensor",
        "torch._utils:_rebuild_meta_tensor_no_storage",
        "torch._utils:_rebuild_mkldnn_tensor",
        "torch._utils:_rebuild_nested_tensor",
        "torch._utils:_rebuild_device_tensor_from_numpy",
        "torch._tensor:_rebuild_from_type_v2",
        "torch.jit._pickle:build_tensor_from_id",
        "torch.jit._pickle:",
        "torch.distributed.rpc:rref",
        "__main__:TensorID",
        "__main__:IntList",
        "torch:load",
        "torch:float32",
        "torch:Size",
        "torch:Generator",
        "torch:FloatStorag",
        "torch:floatstorage",
        "torch:QUInt4x2Storage",
        "torch:Bits8Storage",
        "torch.storage:FloatStorage",
        "torchx:FloatStorage",
        "collections:defaultdict",
        "__torch__.torch.classes.quantized:SomethingBase",
        "__torch__.torch.classes.a:B",
        "__torch__.torch.classes:B",
        "__torch__.torch.classes.quantized.x:LinearPackedParamsBase",
        "__torch__x:M",
        "x.__torch__:M",
        "__torch__.:M",
        "__torch__..a:M",
        ".__torch__:M",
        "__torch__.a:",
        "__torch__.a:b.c",
        "__torch__.a:1",
        "__torch__.1:M",
        "__torch__.a-b:M",
        ":",
        ":M",
        "__torch__.a:M<T>"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char words[256], reason[256];
        snprintf(words, sizeof words, "@%s", names[i]);
        snprintf(reason, sizeof reason,
                 "at byte 2: constructor [%s] is not one that a TorchScript file needs", names[i]);
        *strchr(reason + strlen("at byte 2:"), ':') = '.';
        refuses(words, reason);
    }
}

static void test_names_in_reasons(void **state)
{
    (void)state;
    refuses("=63 =ff00 =0a =1b5b5c =0a",
            "constructor [\\xff\\x00.\\x1b[\\x5c] is not one that a TorchScript file needs");
    refuses(
        "@a:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "constructor [a.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb...] is "
        "not one that a TorchScript file needs");
}

static void test_classes(void **state)
{
    (void)state;
    passes("@__torch__:M ) new } ( u b");
    passes("@__torch__.a.b_1.___torch_mangle_103:M ) new } ( u b");
    passes("@__torch__.torch.nn.modules.linear:Linear ) new } ( u b");
    passes("@__torch__.torch.classesx:M ) new } ( u b");
    passes("@__torch__.x.torch.classes.y:M ) new } ( u b");
}

static void test_long_names(void **state)
{
    struct inf_pickle_facts facts;
    struct inf_error err;
    struct program p;
    (void)state;
    for (int extra = 0; extra <= 1; extra++) {
        int rc = 0;
        p = (struct program){0};
        add(&p,
            "\x80\x02"
            "c__torch__.",
            13);
        for (int i = 0; i < INF_PICKLE_NAME_MAX - 10 + extra; i++) {
            add_byte(&p, 'a');
        }
        add_words(&p, "=0a4d0a ) new } ( u b .");
        rc = walk_program(p, &facts, &err);
        assert_int_equal(rc == 0, extra == 0);
    }
    check_refusal(-1, &err, "a long name", "a constructor's name has more than [1000] bytes");
    p = (struct program){0};
    add(&p,
        "\x80\x02"
        "c__torch__",
        12);
    check_refusal(walk_program(p, &facts, &err), &err, "no line end",
                  "at byte 2: the program ends inside of an opcode");
    p = (struct program){0};
    add(&p,
        "\x80\x02"
        "c__torch__\nM",
        14);
    check_refusal(walk_program(p, &facts, &err), &err, "no second line end",
                  "at byte 2: the program ends inside of an opcode");
}

static void test_complex(void **state)
{
    (void)state;
    passes("@builtins:complex ~1 ~-2 t2 R");
    refuses("@builtins:complex ~1 2 t2 R", "[builtins.complex] takes floats, not an int");
    refuses("@builtins:complex 'a' ~2 t2 R", "[builtins.complex] takes floats, not a string");
    refuses("@builtins:complex ~1 t1 R", "[builtins.complex] takes [2] to [2] parts, not [1]");
    refuses("@builtins:complex ~1 R", "[builtins.complex] takes a tuple, not a float");
}

static void test_devices(void **state)
{
    static const char *const bad[] = {
        "",        ":",    ":1",    "cpu:",  "cuda:x",
        "cuda:-1", "CUDA", "cpu 0", "c:1:1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    (void)state;
    passes("@torch:device 'cpu' t1 R");
    passes("@torch:device 'cuda:0' t1 R");
    passes("@torch:device 'mps' t1 R");
    passes("@torch:device 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' t1 R");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char words[128], reason[128];
        snprintf(words, sizeof words, "@torch:device '%s' t1 R", bad[i]);
        snprintf(reason, sizeof reason, "[%s] is no device", bad[i]);
        refuses(words, reason);
    }
    refuses("@torch:device 1 t1 R", "[torch.device] takes a string, not an int");
    refuses("@torch:device 'cpu' 1 t2 R", "[torch.device] takes [1] to [1] parts, not [2]");
    refuses("@torch:device 'cpu' R", "[torch.device] takes a tuple, not a string");
}

static void test_enums(void **state)
{
    (void)state;
    passes("@__torch__.m:Color 2 R");
    passes("@__torch__.m:Color ~2 R");
    passes("@__torch__.m:Color 'red' R");
    refuses("@__torch__.m:Color ) R", "[__torch__.m.Color] is called with a tuple; only enums are "
                                      "called, with an int, a float or a string");
    refuses("@__torch__.m:Color } R", "[__torch__.m.Color] is called with a dict; only enums are "
                                      "called, with an int, a float or a string");
    refuses("@__torch__.m:Color T R", "[__torch__.m.Color] is called with a bool; only enums are "
                                      "called, with an int, a float or a string");
}

static void test_what_is_no_function(void **state)
{
    (void)state;
    refuses("@torch:FloatStorage ) R", "[torch.FloatStorage] is no function");
    refuses("@torch:per_tensor_affine ) R", "[torch.per_tensor_affine] is no function");
    refuses("@__torch__.torch.classes.quantized:LinearPackedParamsBase 1 R",
            "[__torch__.torch.classes.quantized.LinearPackedParamsBase] is no function");
    /* libtorch keeps a constructor as a number on its stack. */
    refuses("@__torch__.m:Color p0 0 1 R", "an int is called as if it were a constructor");
    refuses("'posix' ) R", "a string is called as if it were a constructor");
    refuses("R", "a value is taken from an empty stack");
    refuses("@__torch__.m:Color R", "a value is taken from an empty stack");
    refuses("@__torch__.m:Color ( 1 R", "a value is taken from an empty stack");
}

static void test_hooks(void **state)
{
    (void)state;
    refuses("@collections:OrderedDict ) R", "the program leaves what is unfinished: hooks");
    refuses("@collections:OrderedDict 1 t1 R", "[collections.OrderedDict] is not empty");
    refuses("@collections:OrderedDict ] R", "[collections.OrderedDict] is not empty");
}

/* What constructors take is no value of a model. */
static void test_constructors_are_no_values(void **state)
{
    (void)state;
    refuses("@__torch__.m:M", "the program leaves what is unfinished: a constructor");
    refuses("@__torch__.m:M t1", "the program leaves what is unfinished: a tuple");
    refuses("@__torch__.m:M ) new",
            "the program leaves what is unfinished: an object without attributes");
    refuses(STORAGE("'0'", "12"), "the program leaves what is unfinished: a storage");
    refuses("@torch.jit._pickle:restore_type_tag ] ( @__torch__.m:M e 'List[Any]' t2 R",
            "a list is given what is unfinished: a constructor");
    refuses("] ( 1 ] ( e e", "a list is given what is unfinished: a list");
    refuses("} ( 'a' 1 } u", "a dict is given a key without a value");
    refuses("} ( 'a' } ( u u", "a dict is given what is unfinished: a dict");
    refuses("} ( 'a' ] ( e t1 u", "a dict is given what is unfinished: a tuple");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constructors_that_no_model_needs),
        cmocka_unit_test(test_names_in_reasons),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_complex),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_enums),
        cmocka_unit_test(test_what_is_no_function),
        cmocka_unit_test(test_hooks),
        cmocka_unit_test(test_constructors_are_no_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
