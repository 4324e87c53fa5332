/* A disk that is full or a process out of descriptors: the command fails with the reason, leaves
 * nothing behind, and works once there is room.
 *
 * Room is taken away in two ways: a file size limit, which every process may set itself, and, where
 * the process may mount, a real full file system. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#define PART 60000
#define ROOM 100000 /* one part and its row, but no definition of three parts */
#define ALL_ROOM (64 << 20)

static bool may_mount;         /* into a mount namespace of this process's own */
static struct rlimit no_limit; /* as the process was started */

static int mount_small(const struct fixture *f, unsigned long flags, unsigned long size)
{
    char options[64];
    snprintf(options, sizeof options, "size=%lu,mode=0700", size);
    return mount("none", f->path, "tmpfs", flags, options);
}

static void set_file_limit(const struct fixture *f, int64_t room)
{
    struct rlimit limit = no_limit;
    (void)f;
    limit.rlim_cur = room == ALL_ROOM ? no_limit.rlim_cur : (rlim_t)room;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void set_disk_room(const struct fixture *f, int64_t room)
{
    struct statvfs st;
    assert_int_equal(statvfs(f->path, &st), 0);
    unsigned long used = (st.f_blocks - st.f_bfree) * st.f_bsize;
    assert_int_equal(mount_small(f, MS_REMOUNT, used + (unsigned long)room), 0);
}

/* How a test takes room away and gives it back. */
typedef void (*room_setter)(const struct fixture *f, int64_t room);

static char *text_of(size_t length)
{
    char *text = malloc(length + 1);
    assert_non_null(text);
    memset(text, 'x', length);
    text[length] = '\0';
    return text;
}

static void a_part_finds_no_room(struct fixture *f, room_setter set_room)
{
    struct inf_error err;
    struct inf_part_writer *writer = NULL;
    char *text = text_of(3 * PART);
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    set_room(f, ROOM);
    assert_int_equal(inf_store_part_begin(f->store, "m", 0, &writer, &err), 0);
    int rc = inf_store_part_write(writer, text, 3 * PART, &err);
    set_room(f, ALL_ROOM);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, INF_ERR_INSUFFICIENT_STORAGE);
    assert_ptr_equal(strstr(err.reason, "cannot write the definition part: "), err.reason);
    struct outcome outcome = {.ended = false};
    inf_store_part_commit(writer, 3 * PART, 1, record, &outcome);
    assert_int_equal(await(f, &outcome), INF_ERR_INSUFFICIENT_STORAGE);
    assert_int_equal(count_entries(f, "tmp"), 0);
    assert_int_equal(put_part(f, "m", 0, text, 3 * PART, 1), INF_ERR_NONE);
    assert_true(inf_store_model(f->store, "m")->fully_defined);
    free(text);
}

static void a_definition_finds_no_room(struct fixture *f, room_setter set_room)
{
    char *text = text_of(PART);
    struct outcome outcome = {.ended = false};
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    assert_int_equal(put_part(f, "m", 0, text, 3 * PART, 3), INF_ERR_NONE);
    assert_int_equal(put_part(f, "m", 1, text, 3 * PART, 3), INF_ERR_NONE);
    set_room(f, ROOM);
    inf_store_part_commit(begin_part(f, "m", 2, text), 3 * PART, 3, record, &outcome);
    await(f, &outcome);
    set_room(f, ALL_ROOM);
    assert_int_equal(outcome.err.code, INF_ERR_INSUFFICIENT_STORAGE);
    assert_ptr_equal(strstr(outcome.err.reason, "cannot write the definition: "),
                     outcome.err.reason);
    assert_int_equal(inf_store_model(f->store, "m")->parts_stored, 2);
    assert_int_equal(count_entries(f, "tmp"), 0);
    assert_int_equal(count_entries(f, "models/1"), 2);
    assert_int_equal(put_part(f, "m", 2, text, 3 * PART, 3), INF_ERR_NONE);
    assert_true(inf_store_model(f->store, "m")->fully_defined);
    free(text);
}

static void metadata_find_no_room(struct fixture *f, room_setter set_room)
{
    char *text = text_of(20 * PART);
    struct outcome outcome = {.ended = false};
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    set_room(f, ROOM);
    inf_store_put_vocabulary(f->store, "m", text, strlen(text), record, &outcome);
    await(f, &outcome);
    set_room(f, ALL_ROOM);
    assert_int_equal(outcome.err.code, INF_ERR_INSUFFICIENT_STORAGE);
    assert_ptr_equal(strstr(outcome.err.reason, "cannot write the metadata database: "),
                     outcome.err.reason);
    assert_false(inf_store_model(f->store, "m")->has_vocabulary);
    assert_int_equal(put_vocabulary(f, "m", text), INF_ERR_NONE);
    reopen_store(f);
    assert_true(inf_store_model(f->store, "m")->has_vocabulary);
    free(text);
}

static void with_a_file_limit(void **state, void (*scenario)(struct fixture *, room_setter))
{
    scenario(*state, set_file_limit);
}

/* Without the right to mount, the file limit is all there is; then it is tried with a second store.
 */
static void with_a_full_disk(void **state, void (*scenario)(struct fixture *, room_setter))
{
    struct fixture *f = *state;
    close_store(f);
    if (may_mount) {
        assert_int_equal(mount_small(f, 0, ALL_ROOM), 0);
    }
    open_store(f);
    scenario(f, may_mount ? set_disk_room : set_file_limit);
    close_store(f);
    if (may_mount) {
        assert_int_equal(umount(f->path), 0);
    }
    open_store(f);
}

static void a_part_over_the_file_limit(void **state)
{
    with_a_file_limit(state, a_part_finds_no_room);
}

static void a_part_on_a_full_disk(void **state)
{
    with_a_full_disk(state, a_part_finds_no_room);
}

static void a_definition_over_the_file_limit(void **state)
{
    with_a_file_limit(state, a_definition_finds_no_room);
}

static void a_definition_on_a_full_disk(void **state)
{
    with_a_full_disk(state, a_definition_finds_no_room);
}

static void metadata_over_the_file_limit(void **state)
{
    with_a_file_limit(state, metadata_find_no_room);
}

static void metadata_on_a_full_disk(void **state)
{
    with_a_full_disk(state, metadata_find_no_room);
}

static void descriptors_run_out(void **state)
{
    struct fixture *f = *state;
    struct inf_error err;
    struct inf_part_writer *writer = NULL;
    struct rlimit before, none;
    assert_int_equal(put_model(f, "m"), INF_ERR_NONE);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int rc = inf_store_part_begin(f->store, "m", 0, &writer, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, INF_ERR_IO);
    assert_string_equal(err.reason, "cannot create the definition part: Too many open files");
    writer = begin_part(f, "m", 0, "abc");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    struct outcome outcome = {.ended = false};
    inf_store_part_commit(writer, 3, 1, record, &outcome);
    await(f, &outcome);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_string_equal(outcome.err.reason, "cannot open the model's folder: Too many open files");
    assert_int_equal(count_entries(f, "tmp"), 0);
    assert_int_equal(put_part(f, "m", 0, "abc", 3, 1), INF_ERR_NONE);
    assert_definition(f, "m", "abc");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_part_over_the_file_limit),
        TEST(a_part_on_a_full_disk),
        TEST(a_definition_over_the_file_limit),
        TEST(a_definition_on_a_full_disk),
        TEST(metadata_over_the_file_limit),
        TEST(metadata_on_a_full_disk),
        TEST(descriptors_run_out),
    };
    signal(SIGXFSZ, SIG_IGN);
    /* Before libuv makes its threads: a namespace is a thread's, and inherited from its maker. */
    may_mount =
        unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    if (getrlimit(RLIMIT_FSIZE, &no_limit) != 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
