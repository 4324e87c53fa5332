/* Lines appended to a file, all or none. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dead_letters.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

static uv_loop_t loop;
static char folder[] = "/tmp/inferd-test-XXXXXX";
static char path[64];
static int done;
static struct inf_error last;

static int setup(void **state)
{
    (void)state;
    uv_loop_init(&loop);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/letters", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    rmdir(folder);
    return uv_loop_close(&loop);
}

static void on_done(void *arg, const struct inf_error *err)
{
    (void)arg;
    done++;
    last = err != NULL ? *err : (struct inf_error){0};
}

static struct inf_dead_write *put(struct inf_dead_letters *letters, const char *text, int64_t max)
{
    struct inf_buf lines;

    inf_buf_init(&lines, 100);
    inf_buf_puts(&lines, text);
    return inf_dead_letters_write(letters, &lines, max, on_done, NULL);
}

static void expect(const char *text)
{
    char found[200] = "";
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(read(fd, found, sizeof found - 1), strlen(text));
    close(fd);
    assert_string_equal(found, text);
}

static void test_writes_follow_each_other(void **state)
{
    struct inf_dead_letters *letters = inf_dead_letters_new(&loop, path);
    struct stat file;

    (void)state;
    put(letters, "1\n", 100);
    put(letters, "2\n3\n", 100);
    inf_dead_write_forget(put(letters, "4\n", 100));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(done, 2);
    expect("1\n2\n3\n4\n");
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    unlink(path); /* whoever looks after it takes it away */
    put(letters, "5\n", 100);
    uv_run(&loop, UV_RUN_DEFAULT);
    expect("5\n");
    inf_dead_letters_free(letters);
}

static void test_the_bound(void **state)
{
    struct inf_dead_letters *letters = inf_dead_letters_new(&loop, path);

    (void)state;
    unlink(path);
    put(letters, "12345678\n", 9);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(last.code, INF_ERR_NONE);
    put(letters, "\n", 9);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(last.code, INF_ERR_INSUFFICIENT_STORAGE);
    expect("12345678\n");
    inf_dead_letters_free(letters);
}

/* A power cut may have left a part of a line, longer than what is looked at in one go. */
static void test_a_torn_line_goes(void **state)
{
    struct inf_dead_letters *letters = inf_dead_letters_new(&loop, path);
    char torn[5000];
    int fd;

    (void)state;
    memset(torn, 'x', sizeof torn);
    for (int whole = 0; whole < 2; whole++) {
        fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
        assert_true(whole == 0 || write(fd, "a\n", 2) == 2);
        assert_int_equal(write(fd, torn, sizeof torn), sizeof torn);
        close(fd);
        put(letters, "b\n", 100);
        uv_run(&loop, UV_RUN_DEFAULT);
        expect(whole == 0 ? "b\n" : "a\nb\n");
    }
    inf_dead_letters_free(letters);
}

static void test_no_file(void **state)
{
    struct inf_dead_letters *letters = inf_dead_letters_new(&loop, "/nowhere/letters");

    (void)state;
    put(letters, "1\n", 100);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(last.code, INF_ERR_IO);
    assert_non_null(strstr(last.reason, "cannot write the dead letters: No such file"));
    inf_dead_letters_free(letters);
    unlink(path);
    assert_int_equal(symlink("/nowhere", path), 0); /* never followed */
    letters = inf_dead_letters_new(&loop, path);
    put(letters, "1\n", 100);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(last.code, INF_ERR_IO);
    inf_dead_letters_free(letters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_follow_each_other),
        cmocka_unit_test(test_the_bound),
        cmocka_unit_test(test_a_torn_line_goes),
        cmocka_unit_test(test_no_file),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
