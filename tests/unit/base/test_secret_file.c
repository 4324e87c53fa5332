/* Files of secrets are read only when nobody else can. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/secret_file.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/secret-file-XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static int read_with(mode_t mode, const char *text, struct inf_buf *out, struct inf_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    inf_buf_init(out, INF_SECRET_MAX);
    return inf_secret_file_read("x.y", path, out, err);
}

static void private_file(void **state)
{
    struct inf_buf out;
    struct inf_error err;

    (void)state;
    assert_int_equal(read_with(0600, "secret\n", &out, &err), 0);
    assert_string_equal(out.data, "secret\n");
    inf_secret_wipe(&out);
    assert_null(out.data);
}

static void file_of_others(void **state)
{
    static const mode_t modes[] = {0604, 0602, 0620, 0644, 0666};
    struct inf_buf out;
    struct inf_error err;

    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(read_with(modes[i], "secret", &out, &err), -1);
        assert_non_null(strstr(err.reason, "setting [x.y]"));
        assert_non_null(strstr(err.reason, "so others can read it; use chmod 600"));
        inf_buf_free(&out);
    }
}

static void what_is_no_secret_may_be_read_by_all(void **state)
{
    struct inf_buf out;
    struct inf_error err;

    (void)state;
    assert_int_equal(read_with(0644, "text", &out, &err), -1);
    inf_buf_free(&out);
    assert_int_equal(inf_public_file_read("x.y", path, &out, &err), 0);
    assert_string_equal(out.data, "text");
    inf_buf_free(&out);
}

static void empty_missing_and_too_long(void **state)
{
    static char text[INF_SECRET_MAX + 2];
    struct inf_buf out;
    struct inf_error err;

    (void)state;
    assert_int_equal(read_with(0600, "", &out, &err), -1);
    assert_non_null(strstr(err.reason, "it is empty"));
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(read_with(0600, text, &out, &err), -1);
    assert_non_null(strstr(err.reason, "it is too long"));
    inf_buf_free(&out);
    assert_int_equal(inf_secret_file_read("x.y", "/nowhere/file", &out, &err), -1);
    assert_non_null(strstr(err.reason, "No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(private_file),
        cmocka_unit_test(file_of_others),
        cmocka_unit_test(what_is_no_secret_may_be_read_by_all),
        cmocka_unit_test(empty_missing_and_too_long),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
