/* Allocations that cannot fail: zeroed memory, copies, and death instead of NULL. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/alloc.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_zeroed(void **state)
{
    (void)state;
    unsigned char *bytes = inf_alloc(64, 4);
    for (int i = 0; i < 256; i++) {
        assert_int_equal(bytes[i], 0);
    }
    free(bytes);
    free(inf_alloc(0, 0));
}

static void test_realloc_keeps_content(void **state)
{
    (void)state;
    int *numbers = inf_alloc(2, sizeof *numbers);
    numbers[1] = 7;
    numbers = inf_realloc(numbers, 1000, sizeof *numbers);
    assert_int_equal(numbers[1], 7);
    free(numbers);
}

static void test_strdup(void **state)
{
    (void)state;
    const char text[] = "name";
    char *copy = inf_strdup(text);
    assert_string_equal(copy, text);
    assert_ptr_not_equal(copy, text);
    free(copy);
}

/* A product that overflows must not become a small allocation. */
static void test_overflow_aborts(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        free(inf_realloc(NULL, SIZE_MAX / 2, 4));
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed),
        cmocka_unit_test(test_realloc_keeps_content),
        cmocka_unit_test(test_strdup),
        cmocka_unit_test(test_overflow_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
