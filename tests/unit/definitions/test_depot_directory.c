/* A directory of all nodes: what is put there is whole and proven, what is no such file is not
 * used, and who gives up is not told. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "depot.h"
#include "memory_file.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

struct place {
    uv_loop_t loop;
    char path[64];
    struct inf_depot_settings settings;
    struct inf_depot *depot;
    bool ended;
    struct inf_depot_result result;
    char problem[1024];
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    struct inf_error err;

    snprintf(place->path, sizeof place->path, "/tmp/inferd-depot-XXXXXX");
    assert_non_null(mkdtemp(place->path));
    place->settings =
        (struct inf_depot_settings){.kind = INF_DEPOT_DIRECTORY, .directory = place->path};
    assert_int_equal(uv_loop_init(&place->loop), 0);
    assert_int_equal(inf_depot_open(&place->loop, &place->settings, &place->depot, &err), 0);
    *state = place;
    return 0;
}

static void file_of(const struct place *place, const char *name, char ret[256])
{
    snprintf(ret, 256, "%s/%s", place->path, name);
}

static int tear_down(void **state)
{
    struct place *place = *state;
    char file[256];

    inf_depot_close(place->depot);
    uv_run(&place->loop, UV_RUN_DEFAULT);
    inf_depot_free(place->depot);
    assert_int_equal(uv_loop_close(&place->loop), 0);
    file_of(place, ABC, file);
    (void)remove(file);
    assert_int_equal(rmdir(place->path), 0); /* so nothing is left over */
    free(place);
    return 0;
}

static void on_end(void *arg, const struct inf_depot_result *result)
{
    struct place *place = arg;

    place->ended = true;
    place->result = *result;
    snprintf(place->problem, sizeof place->problem, "%s",
             result->problem != NULL ? result->problem : "");
}

static bool ask(struct place *place, enum inf_depot_verb verb, int fd, int64_t from, int64_t length)
{
    place->ended = false;
    inf_depot_ask(place->depot, &(struct inf_depot_wish){.verb = verb,
                                                         .name = ABC,
                                                         .fd = fd,
                                                         .from = from,
                                                         .length = length,
                                                         .done = on_end,
                                                         .arg = place});
    while (!place->ended)
        uv_run(&place->loop, UV_RUN_ONCE);
    return place->result.fine;
}

/* What comes behind a first half, NULL when nothing does. */
static char *get(struct place *place, const char *half, int64_t length)
{
    int fd = inf_memory_file(half, strlen(half));
    char *text = NULL;
    size_t ignored;

    assert_int_equal(lseek(fd, 0, SEEK_END), strlen(half));
    if (ask(place, INF_DEPOT_GET, dup(fd), (int64_t)strlen(half), length))
        text = inf_memory_file_read(fd, &ignored);
    close(fd);
    return text;
}

static void assert_got(struct place *place, const char *half, int64_t length)
{
    char *text = get(place, half, length);

    assert_string_equal(text, "abc");
    free(text);
}

static void there_and_back(void **state)
{
    struct place *place = *state;

    assert_false(ask(place, INF_DEPOT_LOOK, -1, 0, 0));
    assert_true(place->result.missing);
    assert_null(get(place, "", 3));
    assert_true(place->result.missing);
    for (int round = 0; round < 2; round++) {
        assert_true(ask(place, INF_DEPOT_PUT, inf_memory_file("abc", 3), 0, 3));
        assert_true(ask(place, INF_DEPOT_LOOK, -1, 0, 0));
        assert_int_equal(place->result.length, 3);
    }
    assert_got(place, "", 3);
    assert_got(place, "ab", 3);
    assert_got(place, "", -1);
    assert_null(get(place, "", 4));
    assert_non_null(strstr(place->problem, "its length is not the definition's"));
    assert_false(place->result.missing);
    for (int round = 0; round < 2; round++)
        assert_true(ask(place, INF_DEPOT_DROP, -1, 0, 0));
    assert_false(ask(place, INF_DEPOT_LOOK, -1, 0, 0));
}

static void what_is_wrong_is_not_put(void **state)
{
    struct place *place = *state;

    assert_false(ask(place, INF_DEPOT_PUT, inf_memory_file("abd", 3), 0, 3));
    assert_non_null(strstr(place->problem, "what was written has another SHA-256"));
    assert_false(ask(place, INF_DEPOT_PUT, inf_memory_file("ab", 2), 0, 3));
    assert_non_null(strstr(place->problem, "the file is too short"));
    assert_false(ask(place, INF_DEPOT_LOOK, -1, 0, 0));
}

static void what_is_no_file_is_not_used(void **state)
{
    struct place *place = *state;
    char file[256];

    file_of(place, ABC, file);
    assert_int_equal(mkfifo(file, 0600), 0);
    assert_null(get(place, "", 3));
    assert_non_null(strstr(place->problem, "it is no file"));
    assert_int_equal(unlink(file), 0);
    assert_int_equal(symlink("/etc/passwd", file), 0);
    assert_null(get(place, "", -1));
    assert_false(place->result.missing);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkdir(file, 0700), 0);
    assert_null(get(place, "", 3));
    assert_false(ask(place, INF_DEPOT_PUT, inf_memory_file("abc", 3), 0, 3));
    assert_false(ask(place, INF_DEPOT_DROP, -1, 0, 0));
    assert_int_equal(rmdir(file), 0);
}

static void a_directory_that_is_gone(void **state)
{
    struct place *place = *state;

    assert_int_equal(rmdir(place->path), 0);
    assert_false(ask(place, INF_DEPOT_LOOK, -1, 0, 0));
    assert_false(place->result.missing);
    assert_non_null(strstr(place->problem, "No such file or directory"));
    assert_int_equal(mkdir(place->path, 0700), 0);
}

static void who_gives_up_is_not_told(void **state)
{
    struct place *place = *state;

    place->ended = false;
    inf_depot_cancel(
        inf_depot_ask(place->depot, &(struct inf_depot_wish){.verb = INF_DEPOT_PUT,
                                                             .name = ABC,
                                                             .fd = inf_memory_file("abc", 3),
                                                             .length = 3,
                                                             .done = on_end,
                                                             .arg = place}));
    uv_run(&place->loop, UV_RUN_DEFAULT);
    assert_false(place->ended);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(there_and_back),
        TEST(what_is_wrong_is_not_put),
        TEST(what_is_no_file_is_not_used),
        TEST(a_directory_that_is_gone),
        TEST(who_gives_up_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
