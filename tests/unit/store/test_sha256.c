/* SHA-256 of files, and its spelling. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/store.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* FIPS 180-2, appendix B.1 and B.3: "abc", and a million letters a. */
static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char million[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void expect(int fd, const char *text)
{
    uint8_t sha256[INF_SHA256_SIZE];
    char printed[INF_SHA256_TEXT];
    struct inf_error err;

    assert_int_equal(inf_sha256_of_file(fd, sha256, &err), 0);
    assert_string_equal(inf_sha256_print(sha256, printed), text);
}

static void test_of_files(void **state)
{
    static char letters[1000000];
    int fd = memfd_create("file", MFD_CLOEXEC);

    (void)state;
    assert_int_equal(write(fd, "abc", 3), 3);
    expect(fd, abc);
    expect(fd, abc); /* wherever the descriptor stands */
    memset(letters, 'a', sizeof letters);
    assert_int_equal(pwrite(fd, letters, sizeof letters, 0), sizeof letters);
    expect(fd, million);
    close(fd);
}

static void test_of_ranges(void **state)
{
    uint8_t sha256[INF_SHA256_SIZE];
    char printed[INF_SHA256_TEXT];
    int fd = memfd_create("file", MFD_CLOEXEC);
    struct inf_error err;

    (void)state;
    assert_int_equal(write(fd, "xyzabc", 6), 6);
    assert_int_equal(inf_sha256_of_range(fd, 3, 3, sha256, &err), 0);
    assert_string_equal(inf_sha256_print(sha256, printed), abc);
    assert_int_equal(inf_sha256_of_range(fd, 3, 9, sha256, &err), 0);
    assert_string_equal(inf_sha256_print(sha256, printed), abc); /* up to its end */
    close(fd);
}

static void test_a_file_that_cannot_be_read(void **state)
{
    uint8_t sha256[INF_SHA256_SIZE];
    struct inf_error err;

    (void)state;
    assert_int_equal(inf_sha256_of_file(-1, sha256, &err), -1);
    assert_int_equal(err.code, INF_ERR_IO);
}

static void test_spelling(void **state)
{
    char text[INF_SHA256_TEXT + 1];

    (void)state;
    assert_true(inf_sha256_spelled_well(abc));
    assert_false(inf_sha256_spelled_well(""));
    assert_false(inf_sha256_spelled_well(abc + 1));
    memcpy(text, abc, sizeof abc);
    text[0] = 'B';
    assert_false(inf_sha256_spelled_well(text));
    text[0] = 'g';
    assert_false(inf_sha256_spelled_well(text));
    memcpy(text, abc, sizeof abc);
    memcpy(text + 64, "0", 2);
    assert_false(inf_sha256_spelled_well(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_files),
        cmocka_unit_test(test_of_ranges),
        cmocka_unit_test(test_a_file_that_cannot_be_read),
        cmocka_unit_test(test_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
