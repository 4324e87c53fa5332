/* A file that is written on the pool. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/spool.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

static uv_loop_t loop;
static int rooms, ends;
static struct inf_error last;
static char piece[300000];

static int setup(void **state)
{
    (void)state;
    memset(piece, 'x', sizeof piece);
    rooms = ends = 0;
    return uv_loop_init(&loop);
}

static int teardown(void **state)
{
    (void)state;
    return uv_loop_close(&loop);
}

static void on_room(void *arg)
{
    (void)arg;
    rooms++;
}

static void on_end(void *arg, const struct inf_error *err)
{
    (void)arg;
    ends++;
    last = err != NULL ? *err : (struct inf_error){0};
}

static struct inf_spool *make(void)
{
    const struct inf_spool_options options = {
        .loop = &loop, .folder = "/tmp", .room = on_room, .ended = on_end};
    struct inf_spool *spool;
    struct inf_error err;

    assert_int_equal(inf_spool_new(&options, &spool, &err), 0);
    return spool;
}

static void test_everything_is_there(void **state)
{
    struct inf_spool *spool = make();
    struct inf_error err;
    uint64_t length, count = 0;
    int fd;

    (void)state;
    assert_int_equal(inf_spool_append(spool, "begin", 5, &err), 0);
    while (!inf_spool_is_full(spool)) {
        assert_int_equal(inf_spool_append(spool, piece, sizeof piece, &err), 0);
        count++;
    }
    assert_in_range(count, INF_SPOOL_FULL / sizeof piece, INF_SPOOL_FULL / sizeof piece + 3);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(rooms, 1);
    assert_int_equal(inf_spool_append(spool, "end", 3, &err), 0);
    inf_spool_end(spool);
    assert_int_equal(ends, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(ends == 1 && last.code == INF_ERR_NONE);
    fd = inf_spool_take_file(spool, &length);
    assert_int_equal(length, count * sizeof piece + 8);
    assert_int_equal(lseek(fd, 0, SEEK_END), length);
    assert_int_equal(pread(fd, piece, 4, (off_t)length - 4), 4);
    assert_memory_equal(piece, "xend", 4);
    close(fd);
    inf_spool_free(spool);
}

static void test_an_empty_one_ends_at_once(void **state)
{
    struct inf_spool *spool = make();

    (void)state;
    inf_spool_end(spool);
    assert_int_equal(ends, 1);
    inf_spool_free(spool);
}

static void test_one_that_is_left_alone(void **state)
{
    struct inf_spool *spool = make();
    struct inf_error err;

    (void)state;
    assert_int_equal(inf_spool_append(spool, piece, sizeof piece, &err), 0);
    inf_spool_end(spool);
    inf_spool_free(spool); /* while the pool has it */
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(ends, 0);
}

/* A file that may not grow is the nearest thing to a full disk. */
static void test_a_full_disk(void **state)
{
    struct rlimit before, small;
    struct inf_spool *spool = make();
    struct inf_error err;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 1000;
    setrlimit(RLIMIT_FSIZE, &small);
    assert_int_equal(inf_spool_append(spool, piece, sizeof piece, &err), 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(inf_spool_append(spool, "x", 1, &err), -1);
    assert_int_equal(err.code, INF_ERR_INSUFFICIENT_STORAGE);
    inf_spool_end(spool);
    assert_true(ends == 1 && last.code == INF_ERR_INSUFFICIENT_STORAGE);
    inf_spool_free(spool);
}

static void test_no_folder(void **state)
{
    const struct inf_spool_options options = {.loop = &loop, .folder = "/nowhere"};
    struct inf_spool *spool;
    struct inf_error err;

    (void)state;
    assert_int_equal(inf_spool_new(&options, &spool, &err), -1);
    assert_non_null(strstr(err.reason, "[/nowhere]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_everything_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_empty_one_ends_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_that_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_folder, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
