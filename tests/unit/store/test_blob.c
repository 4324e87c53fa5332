/* One definition file: hashed while written, visible only when whole, gone when discarded. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "blob.h"
#include "inferd/io_error.h"
#include "store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

struct files {
    struct fixture f;
    struct inf_data_dir dir;
};

static int setup(void **state)
{
    struct files *files = calloc(1, sizeof *files);
    struct inf_error err;
    assert_non_null(files);
    make_root(&files->f);
    assert_int_equal(inf_data_dir_open(&files->dir, files->f.path, &err), 0);
    *state = files;
    return 0;
}

static int teardown(void **state)
{
    struct files *files = *state;
    inf_data_dir_close(&files->dir);
    remove_root(&files->f);
    free(files);
    return 0;
}

static void begin(struct files *files, struct inf_blob *blob)
{
    struct inf_error err;
    assert_int_equal(inf_blob_begin(blob, &files->dir, "new", "the definition part", &err), 0);
    assert_int_equal(inf_blob_write(blob, "ab", 2, &err), 0);
    assert_int_equal(inf_blob_write(blob, "c", 1, &err), 0);
}

static void a_kept_blob_is_there_whole(void **state)
{
    struct files *files = *state;
    struct inf_blob blob;
    struct inf_error err;
    uint8_t sha256[INF_SHA256_SIZE];
    int fd = -1;
    begin(files, &blob);
    assert_int_equal(blob.length, 3);
    assert_int_equal(inf_blob_sync(&blob, sha256, &err), 0);
    assert_memory_equal(sha256, abc_sha256, sizeof sha256);
    assert_true(exists(&files->f, "tmp/new"));
    assert_int_equal(inf_blob_place(&blob, 5, "part-0", &err), 0);
    assert_false(exists(&files->f, "tmp/new"));
    inf_blob_keep(&blob);
    inf_blob_discard(&blob);
    assert_int_equal(inf_blob_open(&files->dir, 5, "part-0", 3, &fd, &err), 0);
    close(fd);
}

static void a_discarded_blob_is_gone_at_every_stage(void **state)
{
    struct files *files = *state;
    struct inf_error err;
    uint8_t sha256[INF_SHA256_SIZE];
    for (int stage = 0; stage < 3; stage++) {
        struct inf_blob blob;
        begin(files, &blob);
        assert_true(stage < 1 || inf_blob_sync(&blob, sha256, &err) == 0);
        assert_true(stage < 2 || inf_blob_place(&blob, 5, "part-0", &err) == 0);
        inf_blob_discard(&blob);
        inf_blob_discard(&blob);
        assert_int_equal(count_entries(&files->f, "tmp"), 0);
        assert_false(exists(&files->f, "models/5/part-0"));
    }
}

static void a_temporary_name_is_used_once(void **state)
{
    struct files *files = *state;
    struct inf_blob first, second;
    struct inf_error err;
    begin(files, &first);
    assert_int_equal(inf_blob_begin(&second, &files->dir, "new", "the definition part", &err), -1);
    assert_int_equal(err.code, INF_ERR_IO);
    assert_string_equal(err.reason, "cannot create the definition part: File exists");
    inf_blob_discard(&second);
    assert_true(exists(&files->f, "tmp/new"));
    inf_blob_discard(&first);
}

static void a_failed_write_is_remembered(void **state)
{
    struct files *files = *state;
    struct inf_blob blob;
    struct inf_error err;
    uint8_t sha256[INF_SHA256_SIZE];
    struct rlimit before, limit;
    signal(SIGXFSZ, SIG_IGN);
    begin(files, &blob);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){.rlim_cur = 4, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int rc = inf_blob_write(&blob, "defg", 4, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, INF_ERR_INSUFFICIENT_STORAGE);
    assert_string_equal(err.reason, "cannot write the definition part: File too large");
    assert_int_equal(inf_blob_write(&blob, "d", 1, &err), -1);
    assert_int_equal(inf_blob_sync(&blob, sha256, &err), -1);
    assert_string_equal(err.reason, "cannot write the definition part: File too large");
    inf_blob_discard(&blob);
    assert_int_equal(count_entries(&files->f, "tmp"), 0);
}

/* fsync of a pipe fails; the blob is made to hold one in place of its file. */
static void a_failed_fsync_is_an_error(void **state)
{
    struct files *files = *state;
    struct inf_blob blob;
    struct inf_error err;
    uint8_t sha256[INF_SHA256_SIZE];
    int fds[2];
    begin(files, &blob);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(dup2(fds[1], blob.fd), blob.fd);
    assert_int_equal(inf_blob_sync(&blob, sha256, &err), -1);
    assert_int_equal(err.code, INF_ERR_IO);
    assert_string_equal(err.reason, "cannot write the definition part: Invalid argument");
    inf_blob_discard(&blob);
    close(fds[0]);
    close(fds[1]);
    assert_int_equal(count_entries(&files->f, "tmp"), 0);
}

static void a_folder_that_cannot_be_made_is_an_error(void **state)
{
    struct files *files = *state;
    struct inf_blob blob;
    struct inf_error err;
    write_file(&files->f, "models/5", "in the way");
    begin(files, &blob);
    assert_int_equal(inf_blob_place(&blob, 5, "part-0", &err), -1);
    assert_string_equal(err.reason, "cannot open the model's folder: Not a directory");
    inf_blob_discard(&blob);
    assert_int_equal(count_entries(&files->f, "tmp"), 0);
}

static void only_the_expected_file_is_opened(void **state)
{
    struct files *files = *state;
    struct inf_error err;
    bool there = true;
    int fd = -1;
    close(inf_data_dir_folder(&files->dir, 5, true, &err));
    write_file(&files->f, "models/5/short", "ab");
    assert_int_equal(symlink("short", path_of(&files->f, "models/5/link")), 0);
    assert_int_equal(mkfifo(path_of(&files->f, "models/5/fifo"), 0600), 0);
    const char *const names[] = {"short", "link", "fifo", "missing"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(inf_blob_open(&files->dir, 5, names[i], 3, &fd, &err), -1);
        assert_int_equal(err.code, INF_ERR_IO);
        assert_int_equal(inf_blob_exists(&files->dir, 5, names[i], 3, &there, &err), 0);
        assert_false(there);
    }
    assert_int_equal(inf_blob_exists(&files->dir, 6, "short", 2, &there, &err), 0);
    assert_false(there);
    assert_int_equal(inf_blob_exists(&files->dir, 5, "short", 2, &there, &err), 0);
    assert_true(there);
    inf_blob_remove(&files->dir, 5, "short");
    inf_blob_remove(&files->dir, 5, "short");
    inf_blob_remove(&files->dir, 6, "short");
    assert_false(exists(&files->f, "models/5/short"));
}

static void full_is_told_from_broken(void **state)
{
    struct inf_error err;
    (void)state;
    assert_int_equal(inf_io_code(ENOSPC), INF_ERR_INSUFFICIENT_STORAGE);
    assert_int_equal(inf_io_code(EDQUOT), INF_ERR_INSUFFICIENT_STORAGE);
    assert_int_equal(inf_io_code(EFBIG), INF_ERR_INSUFFICIENT_STORAGE);
    assert_int_equal(inf_io_code(EIO), INF_ERR_IO);
    assert_int_equal(inf_io_code(EROFS), INF_ERR_IO);
    assert_int_equal(inf_io_error(&err, EIO, "read", "it"), -1);
    assert_string_equal(err.reason, "cannot read it: Input/output error");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kept_blob_is_there_whole),       TEST(a_discarded_blob_is_gone_at_every_stage),
        TEST(a_temporary_name_is_used_once),    TEST(a_failed_write_is_remembered),
        TEST(a_failed_fsync_is_an_error),       TEST(a_folder_that_cannot_be_made_is_an_error),
        TEST(only_the_expected_file_is_opened), cmocka_unit_test(full_is_told_from_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
