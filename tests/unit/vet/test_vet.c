/* A whole archive: which records it must, may and may not have, and what is said of each. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/vet.h"
#include "stored_archive.h"
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define RECORD(name, text)                  \
    {                                       \
        "m/" name, (text), sizeof(text) - 1 \
    }

/* An object with one attribute, a tensor of four floats in data/0. */
static const char one_tensor[] = "\x80\x02"
                                 "c__torch__\nM\nq\0)\x81}(X\1\0\0\0wq\1ctorch._utils\n_rebuild_"
                                 "tensor_v2\nq\2((X\7\0\0\0storageq\3"
                                 "ctorch\nFloatStorage\nq\4X\1\0\0\0"
                                 "0q\5X\3\0\0\0cpuq\6K\4tQq\7K\0(K\4t(K\1t\x89"
                                 "ccollections\nOrderedDict\nq\10)RtRq\tub.";
static const char four_floats[16];
static const char code[] = "class M(Module):\n  w : Tensor\n";

static const struct stored_record good[] = {
    RECORD("version", "10\n"),         RECORD("constants.pkl", "\x80\x02)."),
    RECORD("data.pkl", one_tensor),    {"m/data/0", four_floats, sizeof four_floats},
    RECORD("code/__torch__.py", code),
};
#define GOOD (sizeof good / sizeof good[0])

static int vet(const struct stored_record *records, size_t count, struct inf_vet_facts *facts,
               struct inf_error *err)
{
    struct stored_archive archive = stored_archive_make(records, count);
    int fd = memfd_create("archive", MFD_CLOEXEC), rc = -1;

    assert_int_equal(write(fd, archive.data, archive.length), (ssize_t)archive.length);
    rc = inf_vet_archive(fd, (int64_t)archive.length, "torch 9.9", facts, err);
    free(archive.data);
    close(fd);
    return rc;
}

static void expect_reason(const struct stored_record *records, size_t count, const char *reason)
{
    struct inf_vet_facts facts;
    struct inf_error err;

    assert_int_equal(vet(records, count, &facts, &err), -1);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
    assert_string_equal(err.reason, reason);
    assert_null(facts.spans);
}

/* The good archive with one record in place of the i-th, or besides. */
static void expect_of(size_t i, struct stored_record record, const char *reason)
{
    struct stored_record records[GOOD + 1];

    memcpy(records, good, sizeof good);
    records[i] = record;
    expect_reason(records, i < GOOD ? GOOD : GOOD + 1, reason);
}

static void test_good(void **state)
{
    struct inf_vet_facts facts;
    struct inf_error err;

    (void)state;
    assert_int_equal(vet(good, GOOD, &facts, &err), 0);
    assert_int_equal(facts.format_version, 10);
    assert_int_equal(facts.records, GOOD);
    assert_int_equal(facts.tensors, 1);
    assert_int_equal(facts.tensor_bytes, 16);
    assert_int_equal(facts.code_bytes, sizeof code - 1);
    assert_int_equal(facts.span_count, 1);
    assert_int_equal(facts.spans[0].length, 16);
    inf_vet_facts_free(&facts);
    assert_null(facts.spans);
}

static void test_what_nobody_reads(void **state)
{
    static const char *const names[] = {
        "m/byteorder",       "m/.data/serialization_id",      "m/traced_inputs.pkl",
        "m/traced_inputs/0", "m/code/__torch__.py.debug_pkl", "m/extra/anything/at all",
        "m/.format_version", "m/.storage_alignment"};
    struct stored_record records[GOOD + 1];
    struct inf_vet_facts facts;
    struct inf_error err;

    (void)state;
    memcpy(records, good, sizeof good);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        records[GOOD] = (struct stored_record){names[i], i == 0 ? "little" : "", i == 0 ? 6 : 0};
        assert_int_equal(vet(records, GOOD + 1, &facts, &err), 0);
        inf_vet_facts_free(&facts);
    }
}

static void test_versions(void **state)
{
    struct stored_record both[GOOD + 1];
    struct inf_vet_facts facts;
    struct inf_error err;

    (void)state;
    expect_of(0, (struct stored_record)RECORD("version", "11\n"),
              "the file has version [11] of PyTorch's format, and the engine [torch 9.9] reads [3] "
              "to [10]: the PyTorch that wrote it is newer");
    expect_of(0, (struct stored_record)RECORD("version", "2\n"),
              "the file has version [2] of PyTorch's format, and [3] to [10] are read; save it "
              "again with PyTorch 1.4 or newer");
    expect_of(0, (struct stored_record)RECORD("version", "ten"),
              "record [version] is no version number");
    expect_of(0, (struct stored_record)RECORD("version", "-3"),
              "record [version] is no version number");
    expect_of(0, (struct stored_record)RECORD("version", ""),
              "record [version] is no version number");
    expect_of(0, (struct stored_record)RECORD("extra/version", "3"),
              "there is no record [version], so this is no file that torch.jit.save wrote");
    expect_of(GOOD, (struct stored_record)RECORD(".data/version", "3"),
              "the records [version] and [.data/version] disagree: [10] and [3]");
    memcpy(both, good, sizeof good);
    both[0] = (struct stored_record)RECORD(".data/version", "3\n");
    assert_int_equal(vet(both, GOOD, &facts, &err), 0);
    assert_int_equal(facts.format_version, 3);
    inf_vet_facts_free(&facts);
}

static void test_records_that_are_missing(void **state)
{
    (void)state;
    expect_of(1, (struct stored_record)RECORD("extra/a", ""),
              "there is no record [constants.pkl], so this is no TorchScript file, but what "
              "torch.save wrote; torch.jit.save is needed");
    expect_of(2, (struct stored_record)RECORD("extra/a", ""),
              "there is no record [data.pkl], so this is no TorchScript file");
    expect_of(3, (struct stored_record)RECORD("data/1", "0123456789abcdef"),
              "[data.pkl] at byte 123: storage [0] has no record");
}

static void test_records_that_nobody_writes(void **state)
{
    static const char *const names[] = {"model.json", "bytecode.pkl",  "data/x",        "data/0x1",
                                        "data/",      "constants/-1",  "code/evil.so",  "code",
                                        "tensors/0",  "constants/1/2", "attributes.pkl"};
    char name[64], reason[128];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i][strlen(names[i]) - 1] == '/')
            continue; /* a folder, which is the archive reader's to refuse */
        snprintf(name, sizeof name, "m/%s", names[i]);
        snprintf(reason, sizeof reason, "record [%s] is none that a TorchScript file has",
                 names[i]);
        expect_of(GOOD, (struct stored_record){name, "x", 1}, reason);
    }
}

static void test_byte_order(void **state)
{
    (void)state;
    expect_of(GOOD, (struct stored_record)RECORD("byteorder", "big"),
              "record [byteorder] does not say [little]: the file was saved on a machine of "
              "another byte order");
}

static void test_code_is_read(void **state)
{
    (void)state;
    expect_of(4, (struct stored_record)RECORD("code/__torch__/a/b.py", "def __setstate__(self"),
              "[code/__torch__/a/b.py] line [1] has the state hook [__setstate__], whose code "
              "would run while the model is loaded");
}

static void test_a_storage_that_lies(void **state)
{
    static const char twelve[12];

    (void)state;
    expect_of(3, (struct stored_record){"m/data/0", twelve, sizeof twelve},
              "[data.pkl] at byte 123: storage [0] claims [4] values of [4] bytes, but its record "
              "has [12] bytes");
}

static void test_no_archive(void **state)
{
    struct inf_vet_facts facts;
    struct inf_error err;
    int fd = memfd_create("empty", MFD_CLOEXEC);

    (void)state;
    assert_int_equal(inf_vet_archive(fd, 0, "torch", &facts, &err), -1);
    assert_int_equal(err.code, INF_ERR_BAD_REQUEST);
    close(fd);
    assert_int_equal(inf_vet_archive(-1, 100, "torch", &facts, &err), -1);
    assert_int_equal(err.code, INF_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_what_nobody_reads),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_records_that_are_missing),
        cmocka_unit_test(test_records_that_nobody_writes),
        cmocka_unit_test(test_byte_order),
        cmocka_unit_test(test_code_is_read),
        cmocka_unit_test(test_a_storage_that_lies),
        cmocka_unit_test(test_no_archive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
