/* A text becomes a file and a file a text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory_file.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void there_and_back(void **state)
{
    size_t length = 1;
    int fd = inf_memory_file("a\0b", 3);
    char *text;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    text = inf_memory_file_read(fd, &length);
    assert_non_null(text);
    assert_int_equal(length, 3);
    assert_memory_equal(text, "a\0b", 4);
    free(text);
    assert_int_equal(ftruncate(fd, 0), 0);
    text = inf_memory_file_read(fd, &length);
    assert_int_equal(length, 0);
    assert_string_equal(text, "");
    free(text);
    close(fd);
    assert_null(inf_memory_file_read(-1, &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
