/* A program as a whole: how it begins, what it leaves, and one that torch wrote. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_fixture.h"

/* data.pkl of a scripted module with a linear layer, a buffer, a list and a dict, by torch 2.13. */
static const char written[] = "\x80\x02\x63\x5f\x5f\x74\x6f\x72\x63\x68\x5f\x5f\x0a\x4d\x0a\x71\x00"
                              "\x29\x81\x7d\x28\x58\x01\x00"
                              "\x00\x00\x62\x71\x01\x63\x74\x6f\x72\x63\x68\x2e\x5f\x75\x74\x69\x6c"
                              "\x73\x0a\x5f\x72\x65\x62\x75"
                              "\x69\x6c\x64\x5f\x74\x65\x6e\x73\x6f\x72\x5f\x76\x32\x0a\x71\x02\x28"
                              "\x28\x58\x07\x00\x00\x00\x73"
                              "\x74\x6f\x72\x61\x67\x65\x71\x03\x63\x74\x6f\x72\x63\x68\x0a\x4c\x6f"
                              "\x6e\x67\x53\x74\x6f\x72\x61"
                              "\x67\x65\x0a\x71\x04\x58\x01\x00\x00\x00\x30\x71\x05\x58\x03\x00\x00"
                              "\x00\x63\x70\x75\x71\x06\x4b"
                              "\x05\x74\x51\x71\x07\x4b\x00\x28\x4b\x05\x74\x28\x4b\x01\x74\x89\x63"
                              "\x63\x6f\x6c\x6c\x65\x63\x74"
                              "\x69\x6f\x6e\x73\x0a\x4f\x72\x64\x65\x72\x65\x64\x44\x69\x63\x74\x0a"
                              "\x71\x08\x29\x52\x74\x52\x71"
                              "\x09\x58\x08\x00\x00\x00\x74\x72\x61\x69\x6e\x69\x6e\x67\x71\x0a\x89"
                              "\x58\x16\x00\x00\x00\x5f\x69"
                              "\x73\x5f\x66\x75\x6c\x6c\x5f\x62\x61\x63\x6b\x77\x61\x72\x64\x5f\x68"
                              "\x6f\x6f\x6b\x71\x0b\x4e\x58"
                              "\x05\x00\x00\x00\x6e\x61\x6d\x65\x73\x71\x0c\x63\x74\x6f\x72\x63\x68"
                              "\x2e\x6a\x69\x74\x2e\x5f\x70"
                              "\x69\x63\x6b\x6c\x65\x0a\x72\x65\x73\x74\x6f\x72\x65\x5f\x74\x79\x70"
                              "\x65\x5f\x74\x61\x67\x0a\x71"
                              "\x0d\x5d\x28\x58\x01\x00\x00\x00\x61\x71\x0e\x68\x01\x65\x58\x09\x00"
                              "\x00\x00\x4c\x69\x73\x74\x5b"
                              "\x73\x74\x72\x5d\x71\x0f\x86\x52\x58\x01\x00\x00\x00\x6b\x71\x10\x47"
                              "\x40\x0c\x00\x00\x00\x00\x00"
                              "\x00\x58\x01\x00\x00\x00\x64\x71\x11\x68\x0d\x7d\x28\x58\x01\x00\x00"
                              "\x00\x78\x71\x12\x4b\x01\x75"
                              "\x58\x0e\x00\x00\x00\x44\x69\x63\x74\x5b\x73\x74\x72\x2c\x20\x69\x6e"
                              "\x74\x5d\x71\x13\x86\x52\x58"
                              "\x01\x00\x00\x00\x6c\x71\x14\x63\x5f\x5f\x74\x6f\x72\x63\x68\x5f\x5f"
                              "\x2e\x74\x6f\x72\x63\x68\x2e"
                              "\x6e\x6e\x2e\x6d\x6f\x64\x75\x6c\x65\x73\x2e\x6c\x69\x6e\x65\x61\x72"
                              "\x0a\x4c\x69\x6e\x65\x61\x72"
                              "\x0a\x71\x15\x29\x81\x7d\x28\x58\x06\x00\x00\x00\x77\x65\x69\x67\x68"
                              "\x74\x71\x16\x68\x02\x28\x28"
                              "\x68\x03\x63\x74\x6f\x72\x63\x68\x0a\x46\x6c\x6f\x61\x74\x53\x74\x6f"
                              "\x72\x61\x67\x65\x0a\x71\x17"
                              "\x58\x01\x00\x00\x00\x31\x71\x18\x68\x06\x4b\x10\x74\x51\x71\x19\x4b"
                              "\x00\x28\x4b\x04\x4b\x04\x74"
                              "\x28\x4b\x04\x4b\x01\x74\x88\x68\x08\x29\x52\x74\x52\x71\x1a\x58\x04"
                              "\x00\x00\x00\x62\x69\x61\x73"
                              "\x71\x1b\x68\x02\x28\x28\x68\x03\x68\x17\x58\x01\x00\x00\x00\x32\x71"
                              "\x1c\x68\x06\x4b\x04\x74\x51"
                              "\x71\x1d\x4b\x00\x28\x4b\x04\x74\x28\x4b\x01\x74\x88\x68\x08\x29\x52"
                              "\x74\x52\x71\x1e\x68\x0a\x89"
                              "\x68\x0b\x4e\x75\x62\x71\x1f\x75\x62\x71\x20\x2e";

static int64_t written_record(void *arg, const char *key)
{
    static const int64_t sizes[] = {40, 64, 16};
    (void)arg;
    return key[0] >= '0' && key[0] <= '2' && key[1] == '\0' ? sizes[key[0] - '0'] : -1;
}

static const struct inf_pickle_options written_options = {
    .name = "data.pkl", .record_size = written_record, .top = INF_PICKLE_TOP_OBJECT};

/* From a copy of exactly so many bytes, so that a sanitizer sees what is read behind it. */
static int check_bytes(const char *bytes, size_t length, struct inf_pickle_facts *ret,
                       struct inf_error *err)
{
    uint8_t *exact = malloc(length ? length : 1);
    int rc = 0;
    assert_non_null(exact);
    memcpy(exact, bytes, length);
    memset(err, 0, sizeof *err);
    rc = inf_pickle_check(exact, length, &written_options, ret, err);
    free(exact);
    return rc;
}

static void test_what_torch_writes_passes(void **state)
{
    struct inf_pickle_facts facts = {0};
    struct inf_error err;
    (void)state;
    if (check_bytes(written, sizeof written - 1, &facts, &err) != 0) {
        fail_msg("%s", err.reason);
    }
    assert_int_equal(facts.tensors, 3);
}

static bool is_printable(const char *text)
{
    while (*text >= ' ' && *text <= '~') {
        text++;
    }
    return *text == '\0';
}

static void test_none_of_its_beginnings_passes(void **state)
{
    struct inf_pickle_facts facts;
    struct inf_error err;
    (void)state;
    for (size_t length = 0; length + 1 < sizeof written; length++) {
        assert_int_equal(check_bytes(written, length, &facts, &err), -1);
        assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
        assert_true(strncmp(err.reason, "[data.pkl] at byte ", 19) == 0);
    }
}

/* Whichever byte is another one: an answer, and a reason that can be printed. */
static void test_with_one_byte_changed_it_is_answered(void **state)
{
    static const uint8_t changes[] = {0x01, 0x80, 0xff, 0x10};
    char bytes[sizeof written];
    struct inf_pickle_facts facts;
    struct inf_error err;
    int refused = 0;
    (void)state;
    for (size_t i = 0; i + 1 < sizeof written; i++) {
        for (size_t j = 0; j < sizeof changes; j++) {
            memcpy(bytes, written, sizeof written);
            bytes[i] = (char)(bytes[i] ^ changes[j]);
            if (check_bytes(bytes, sizeof written - 1, &facts, &err) != 0) {
                assert_true(err.reason[0] != '\0' && is_printable(err.reason));
                refused++;
            }
        }
    }
    assert_true(refused > 1000);
}

static void test_starts(void **state)
{
    struct inf_pickle_facts facts;
    struct inf_error err;
    struct program p = {0};
    (void)state;
    check_refusal(walk_program(p, &facts, &err), &err, "nothing",
                  "[data.pkl] at byte 0: the program is empty");
    add_words(&p, "N .");
    check_refusal(walk_program(p, &facts, &err), &err, "no protocol",
                  "[data.pkl] at byte 0: the program begins with 0x4e, not with PROTO (0x80)");
    p = (struct program){0};
    add_words(&p, "=80");
    check_refusal(walk_program(p, &facts, &err), &err, "half a protocol",
                  "[data.pkl] at byte 0: the program ends inside of an opcode");
}

static void test_ends(void **state)
{
    struct inf_pickle_facts facts;
    struct inf_error err;
    struct program p = {0};
    (void)state;
    refuses("", "[data.pkl] at byte 2: the program leaves [0] values and [0] marks, not one value");
    refuses("1 2",
            "[data.pkl] at byte 6: the program leaves [2] values and [0] marks, not one value");
    refuses("1 . N .", "[data.pkl] at byte 4: [3] bytes follow STOP");
    refuses("1 .", "[data.pkl] at byte 4: [1] bytes follow STOP");
    add_words(&p, "=8002 1");
    check_refusal(walk_program(p, &facts, &err), &err, "no stop",
                  "[data.pkl] at byte 4: the program ends without STOP");
}

static void test_tops(void **state)
{
    (void)state;
    options.top = INF_PICKLE_TOP_OBJECT;
    passes(OBJECT(""));
    refuses(")", "the program leaves a tuple, not an object of the file's own classes");
    refuses("N", "the program leaves None, not an object of the file's own classes");
    refuses("@__torch__.torch.classes.quantized:LinearPackedParamsBase ) new " TENSOR(
                "'0'", "12", "0", "( 2 3 t", "( 3 1 t") "N t2 b",
            "the program leaves an object, not an object of the file's own classes");
    options.top = INF_PICKLE_TOP_TUPLE;
    passes(")");
    passes("( 1 2 t");
    refuses(OBJECT(""), "the program leaves an object, not a tuple");
    options.top = INF_PICKLE_TOP_ANY;
    passes("1");
}

static void test_the_name_is_in_the_reason(void **state)
{
    (void)state;
    options.name = "constants.pkl";
    refuses("@posix:system",
            "[constants.pkl] at byte 2: constructor [posix.system] is not one that "
            "a TorchScript file needs");
    options.name = "data.pkl";
}

/* A module whose constructors, names and storages come from the memo. */
static void test_a_module_with_everything(void **state)
{
    struct inf_pickle_facts facts = {0};
    struct inf_error err;
    (void)state;
    assert_int_equal(
        walk_program(
            program_of(
                "@__torch__.m:M p0 ) new } ( "
                "'weight' p1 @torch._utils:_rebuild_tensor_v2 p2 ( ( 'storage' p3 "
                "@torch:FloatStorage p4 '0' p5 'cpu' p6 12 t Q p7 0 ( 3 4 t ( 4 1 t F "
                "@collections:OrderedDict p8 ) R t R "
                "'bias' p9 g2 ( ( g3 g4 '1' p10 g6 4 t Q p11 0 ( 4 t ( 1 t F g8 ) R t R "
                "'tied' p12 g2 ( g7 0 ( 4 3 t ( 1 4 t F g8 ) R t R "
                "'names' p13 @torch.jit._pickle:restore_type_tag p14 ] ( g1 g9 e 'List[str]' p15 "
                "t2 R p16 'more' p17 g16 'training' p18 F 'other' p19 N "
                "'sub' p20 g0 ) new } ( g18 T 'scale' p21 ~0.5 'kind' p22 @__torch__.m:K p23 2 R "
                "'device' p24 @torch:device p25 g6 t1 R p26 'wide' p27 123456789012 u b u b"),
            &facts, &err),
        0);
    assert_int_equal(facts.tensors, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_torch_writes_passes),
        cmocka_unit_test(test_none_of_its_beginnings_passes),
        cmocka_unit_test(test_with_one_byte_changed_it_is_answered),
        cmocka_unit_test(test_starts),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_tops),
        cmocka_unit_test(test_the_name_is_in_the_reason),
        cmocka_unit_test(test_a_module_with_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
