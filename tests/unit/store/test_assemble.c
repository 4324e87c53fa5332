/* Parts to definition: any sizes, in the order of their numbers, and nothing when one byte is
 * wrong. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "assemble.h"
#include "store_fixture.h"

#include <openssl/evp.h>

#define COUNT 3

struct assembly_bench {
    struct fixture f;
    struct inf_data_dir dir;
    struct inf_metadata *metadata;
    int64_t number;
    unsigned char *content[COUNT];
    struct inf_part_row rows[COUNT];
};

/* Around the size of the copying chunk, so that parts need one chunk, one and a byte, and several.
 */
static const size_t lengths[COUNT] = {(1 << 20) + 1, 1 << 20, 3000000};

static void place_part(struct assembly_bench *bench, int part)
{
    struct inf_blob blob;
    struct inf_error err;
    char name[INF_BLOB_NAME];
    struct inf_part_row *row = &bench->rows[part];
    bench->content[part] = malloc(lengths[part]);
    assert_non_null(bench->content[part]);
    for (size_t i = 0; i < lengths[part]; i++) {
        bench->content[part][i] = (unsigned char)(i * 7 + i / 251 + (size_t)part);
    }
    *row = (struct inf_part_row){.part = part, .total_parts = COUNT};
    row->length = (int64_t)lengths[part];
    row->total_length = (int64_t)(lengths[0] + lengths[1] + lengths[2]);
    assert_int_equal(inf_blob_begin(&blob, &bench->dir, "new", "the definition part", &err), 0);
    assert_int_equal(inf_blob_write(&blob, bench->content[part], lengths[part], &err), 0);
    assert_int_equal(inf_blob_sync(&blob, row->sha256, &err), 0);
    inf_blob_part_name(part, name);
    assert_int_equal(inf_blob_place(&blob, bench->number, name, &err), 0);
    inf_blob_keep(&blob);
}

static int setup(void **state)
{
    struct assembly_bench *bench = calloc(1, sizeof *bench);
    struct inf_error err;
    assert_non_null(bench);
    make_root(&bench->f);
    assert_int_equal(inf_data_dir_open(&bench->dir, bench->f.path, &err), 0);
    write_file(&bench->f, "db", "");
    assert_int_equal(inf_metadata_open(path_of(&bench->f, "db"), &bench->metadata, &err), 0);
    assert_int_equal(inf_metadata_begin(bench->metadata, &err), 0);
    assert_int_equal(inf_metadata_insert_model(bench->metadata, "m", "{}", 1, &bench->number, &err),
                     0);
    for (int part = COUNT - 1; part >= 0; part--) {
        place_part(bench, part);
    }
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct assembly_bench *bench = *state;
    for (int part = 0; part < COUNT; part++) {
        free(bench->content[part]);
    }
    inf_metadata_close(bench->metadata);
    inf_data_dir_close(&bench->dir);
    remove_root(&bench->f);
    free(bench);
    return 0;
}

static void insert_rows(struct assembly_bench *bench, int count)
{
    struct inf_error err;
    for (int part = 0; part < count; part++) {
        assert_int_equal(
            inf_metadata_insert_part(bench->metadata, bench->number, &bench->rows[part], &err), 0);
    }
}

static int assemble(struct assembly_bench *bench, struct inf_blob *blob,
                    uint8_t sha256[INF_SHA256_SIZE], bool *assembled, struct inf_error *err)
{
    *blob = (struct inf_blob){.fd = -1};
    return inf_assemble_if_complete(&bench->dir, bench->metadata, bench->number, blob, sha256,
                                    assembled, err);
}

static void parts_are_joined_in_order(void **state)
{
    struct assembly_bench *bench = *state;
    struct inf_blob blob;
    struct inf_error err;
    uint8_t sha256[INF_SHA256_SIZE], expected[INF_SHA256_SIZE];
    bool assembled = false;
    int fd = -1;
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    insert_rows(bench, COUNT);
    assert_int_equal(assemble(bench, &blob, sha256, &assembled, &err), 0);
    assert_true(assembled);
    inf_blob_keep(&blob);
    assert_int_equal(inf_blob_open(&bench->dir, bench->number, INF_DEFINITION_FILE,
                                   bench->rows[0].total_length, &fd, &err),
                     0);
    assert_int_equal(EVP_DigestInit_ex(hash, EVP_sha256(), NULL), 1);
    for (int part = 0; part < COUNT; part++) {
        unsigned char *read_back = malloc(lengths[part]);
        assert_non_null(read_back);
        assert_int_equal(read(fd, read_back, lengths[part]), lengths[part]);
        assert_memory_equal(read_back, bench->content[part], lengths[part]);
        assert_int_equal(EVP_DigestUpdate(hash, bench->content[part], lengths[part]), 1);
        free(read_back);
    }
    assert_int_equal(EVP_DigestFinal_ex(hash, expected, NULL), 1);
    assert_memory_equal(sha256, expected, sizeof expected);
    EVP_MD_CTX_free(hash);
    close(fd);
    assert_int_equal(assemble(bench, &blob, sha256, &assembled, &err), 0);
    assert_false(assembled); /* once is enough */
}

static void nothing_is_done_while_a_part_is_missing(void **state)
{
    struct assembly_bench *bench = *state;
    struct inf_blob blob;
    struct inf_error err;
    uint8_t sha256[INF_SHA256_SIZE];
    bool assembled = true;
    insert_rows(bench, COUNT - 1);
    assert_int_equal(assemble(bench, &blob, sha256, &assembled, &err), 0);
    assert_false(assembled);
    assert_int_equal(count_entries(&bench->f, "models/1"), COUNT);
}

static void assert_fails(struct assembly_bench *bench, const char *reason)
{
    struct inf_blob blob;
    struct inf_error err;
    uint8_t sha256[INF_SHA256_SIZE];
    bool assembled = false;
    assert_int_equal(assemble(bench, &blob, sha256, &assembled, &err), -1);
    assert_int_equal(err.code, INF_ERR_IO);
    if (!strstr(err.reason, reason)) {
        fail_msg("[%s] does not say [%s]", err.reason, reason);
    }
    assert_false(assembled);
    assert_false(exists(&bench->f, "models/1/definition.pt"));
    assert_int_equal(count_entries(&bench->f, "tmp"), 0);
}

static void a_changed_byte_is_found(void **state)
{
    struct assembly_bench *bench = *state;
    insert_rows(bench, COUNT);
    FILE *file = fopen(path_of(&bench->f, "models/1/part-2"), "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 2500000, SEEK_SET), 0);
    assert_int_equal(fputc(bench->content[2][2500000] ^ 1, file), bench->content[2][2500000] ^ 1);
    fclose(file);
    assert_fails(bench, "definition part [2] is damaged on disk");
}

static void a_cut_or_missing_part_is_found(void **state)
{
    struct assembly_bench *bench = *state;
    insert_rows(bench, COUNT);
    assert_int_equal(truncate(path_of(&bench->f, "models/1/part-1"), 17), 0);
    assert_fails(bench, "part-1 of model number 1 is damaged: it is not a file of 1048576 bytes");
    assert_int_equal(unlink(path_of(&bench->f, "models/1/part-1")), 0);
    assert_fails(bench, "cannot open part-1: No such file or directory");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parts_are_joined_in_order),
        TEST(nothing_is_done_while_a_part_is_missing),
        TEST(a_changed_byte_is_found),
        TEST(a_cut_or_missing_part_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
