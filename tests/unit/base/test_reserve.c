/* The reserve: given up when memory is gone, taken again when it is back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/alloc.h"
#include "inferd/buf.h"
#include "inferd/json.h"
#include "inferd/log.h"
#include "inferd/reserve.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FINE = 7, HOARD = 4096 };

static void *hoard[HOARD];
static size_t hoarded;

/* Takes all that the limit leaves, in ever smaller pieces, until not even these are to be had. */
static void take_all(void)
{
    struct rlimit limit = {256u << 20, RLIM_INFINITY};
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        _exit(1);
    for (size_t size = (size_t)64 << 20; size >= 512; size /= 2)
        for (void *memory; hoarded < HOARD && (memory = malloc(size)) != NULL;)
            hoard[hoarded++] = memory;
}

static void give_back(void)
{
    while (hoarded > 0)
        free(hoard[--hoarded]);
}

static void check(bool condition, int line)
{
    if (!condition)
        _exit(line % 256 == FINE ? 1 : line % 256);
}
#define CHECK(condition) check(condition, __LINE__)

/* Runs in a child, whose memory is limited; a sanitizer's shadow alone is beyond any limit. */
static void in_child(void (*body)(void))
{
#ifdef INFERD_SANITIZED
    (void)body;
#else
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null_fd, STDERR_FILENO);
        inf_log_init(null_fd, INF_LOG_ERROR, 0, NULL);
        signal(SIGABRT, SIG_DFL);
        body();
        _exit(FINE);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != FINE)
        fail_msg("the child ended with %x; an exit status is the line that failed", status);
#endif
}

static void use_it(void)
{
    struct inf_buf buf;
    CHECK(inf_reserve_open() == 0 && inf_reserve_ready() && !inf_reserve_is_out());
    take_all();
    CHECK(malloc(4000) == NULL);
    char *name = inf_strdup("a name");
    CHECK(strcmp(name, "a name") == 0);
    char *memory = inf_alloc(1, 4000); /* would abort without the reserve */
    CHECK(memory[3999] == '\0');
    CHECK(inf_reserve_is_out() && !inf_reserve_ready());
    inf_buf_init(&buf, SIZE_MAX / 2);
    CHECK(inf_buf_reserve(&buf, 1000) == 0);
    CHECK(inf_buf_reserve(&buf, INF_RESERVE_SMALL) == -1 && buf.no_memory);
    give_back();
    CHECK(inf_reserve_ready() && !inf_reserve_is_out());
    inf_buf_clear(&buf);
    CHECK(!buf.no_memory && inf_buf_reserve(&buf, INF_RESERVE_SMALL) == 0);
}

static void test_small_allocations_use_it(void **state)
{
    (void)state;
    in_child(use_it);
}

static void use_for_libraries(void)
{
    CHECK(inf_reserve_open() == 0);
    take_all();
    CHECK(inf_reserve_malloc(INF_RESERVE_SMALL + 1) == NULL && !inf_reserve_is_out());
    CHECK(inf_reserve_calloc(SIZE_MAX / 2, 4) == NULL && !inf_reserve_is_out());
    void *first = inf_reserve_malloc(8000);
    CHECK(first != NULL && inf_reserve_is_out());
    CHECK(inf_reserve_calloc(2, 4000) != NULL);
    CHECK(inf_reserve_realloc(first, 16000) != NULL);
}

static void test_libraries_use_it_for_what_is_small(void **state)
{
    (void)state;
    in_child(use_for_libraries);
}

static void read_own_text(void)
{
    static char text[100000];
    struct inf_json json;
    struct inf_error err;
    CHECK(inf_reserve_open() == 0);
    memset(text, ' ', sizeof text - 1);
    memcpy(text, "{\"a\":1}", 7);
    take_all();
    CHECK(inf_json_parse(text, strlen(text), NULL, &json, &err) == -1);
    CHECK(err.code == INF_ERR_MEMORY && !inf_reserve_is_out());
    CHECK(inf_json_parse_own(text, strlen(text), NULL, &json, &err) == 0);
    CHECK(inf_json_double(inf_json_get(json.root, "a")) == 1);
}

static void test_own_texts_are_read_with_it(void **state)
{
    (void)state;
    in_child(read_own_text);
}

static void do_without(void)
{
    CHECK(inf_reserve_ready() && !inf_reserve_is_out() && !inf_reserve_release());
    CHECK(inf_reserve_open() == 0);
    inf_reserve_close();
    CHECK(inf_reserve_ready() && !inf_reserve_is_out() && !inf_reserve_release());
}

static void test_without_it_nothing_changes(void **state)
{
    (void)state;
    in_child(do_without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_allocations_use_it),
        cmocka_unit_test(test_libraries_use_it_for_what_is_small),
        cmocka_unit_test(test_own_texts_are_read_with_it),
        cmocka_unit_test(test_without_it_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
