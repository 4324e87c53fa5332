/* The data directory: made privately, held by one process, refused when others could tamper with
 * it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "data_dir.h"
#include "store_fixture.h"

#include <fcntl.h>
#include <sys/wait.h>

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    make_root(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    remove_root(*state);
    free(*state);
    return 0;
}

static void assert_refused(const char *path, const char *reason)
{
    struct inf_data_dir dir;
    struct inf_error err;
    assert_int_equal(inf_data_dir_open(&dir, path, &err), -1);
    if (!strstr(err.reason, reason)) {
        fail_msg("[%s] does not say [%s]", err.reason, reason);
    }
    assert_null(dir.path);
}

static void is_made_with_its_parents(void **state)
{
    struct fixture *f = *state;
    struct inf_data_dir dir;
    struct inf_error err;
    struct stat st;
    snprintf(f->path, sizeof f->path, "%.480s/one/two/data", f->root);
    assert_int_equal(inf_data_dir_open(&dir, f->path, &err), 0);
    assert_string_equal(dir.path, f->path);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_true(exists(f, "models") && exists(f, "tmp") && exists(f, "inferd.lock"));
    inf_data_dir_close(&dir);
    assert_int_equal(inf_data_dir_open(&dir, f->path, &err), 0);
    inf_data_dir_close(&dir);
}

static void is_held_until_the_holder_ends(void **state)
{
    struct fixture *f = *state;
    struct inf_data_dir dir;
    struct inf_error err;
    int to_child[2], to_parent[2];
    char byte;
    assert_int_equal(pipe(to_child) | pipe(to_parent), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(to_child[1]);
        bool held = inf_data_dir_open(&dir, f->path, &err) == 0;
        held = write(to_parent[1], held ? "y" : "n", 1) == 1 && held;
        _exit(held && read(to_child[0], &byte, 1) == 0 ? 0 : 1);
    }
    assert_int_equal(read(to_parent[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_refused(f->path, "is in use by another process");
    assert_refused(f->path, f->path);
    close(to_child[1]);
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(to_child[0]);
    close(to_parent[0]);
    close(to_parent[1]);
    assert_int_equal(inf_data_dir_open(&dir, f->path, &err), 0);
    inf_data_dir_close(&dir);
}

static void is_refused_when_unsafe(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(mkdir(f->path, 0700), 0);
    assert_int_equal(chmod(f->path, 0777), 0);
    assert_refused(f->path, "writable by everybody (mode 0777)");
    assert_false(exists(f, "inferd.lock"));
    assert_int_equal(chmod(f->path, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(f->path, 12345, 12345), 0);
        assert_refused(f->path, "belongs to user [12345]");
    } else {
        assert_refused("/usr", "belongs to user [0]");
    }
    assert_refused("", "is empty");
}

static void follows_no_links_inside(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(mkdir(f->path, 0700), 0);
    assert_int_equal(symlink("/usr", path_of(f, "models")), 0);
    assert_refused(f->path, "cannot open the folder models in the data directory");
    assert_int_equal(unlink(path_of(f, "models")), 0);
    write_file(f, "tmp", "in the way");
    assert_refused(f->path, "cannot open the folder tmp in the data directory");
    assert_int_equal(unlink(path_of(f, "inferd.lock")), 0);
    assert_int_equal(symlink("elsewhere", path_of(f, "inferd.lock")), 0);
    assert_refused(f->path, "cannot open inferd.lock");
    assert_false(exists(f, "elsewhere"));
}

static void is_refused_when_a_file_is_in_the_way(void **state)
{
    struct fixture *f = *state;
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    fclose(file);
    assert_refused(f->path, "Not a directory");
}

static void folders_come_and_go(void **state)
{
    struct fixture *f = *state;
    struct inf_data_dir dir;
    struct inf_error err;
    assert_int_equal(inf_data_dir_open(&dir, f->path, &err), 0);
    assert_int_equal(inf_data_dir_folder(&dir, 7, false, &err), -1);
    assert_non_null(strstr(err.reason, "No such file"));
    int fd = inf_data_dir_folder(&dir, 7, true, &err);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
    write_file(f, "models/7/part-0", "x");
    inf_data_dir_remove_folder(&dir, 7);
    inf_data_dir_remove_folder(&dir, 7);
    assert_false(exists(f, "models/7"));
    inf_data_dir_close(&dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_made_with_its_parents),
        TEST(is_held_until_the_holder_ends),
        TEST(is_refused_when_unsafe),
        TEST(follows_no_links_inside),
        TEST(is_refused_when_a_file_is_in_the_way),
        TEST(folders_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
