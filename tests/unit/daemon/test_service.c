/* Which addresses may be listened on, where the engine is looked for, and what it says of itself.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 255 of what an endless output begins with. */
#define X15 "xxxxxxxxxxxxxxx"
#define X255 X15 X15 X15 X15 X15 X15 X15 X15 X15 X15 X15 X15 X15 X15 X15 X15 X15
#define LONG_VERSION "engine: " X255 "\n"

static struct inf_config *config_with(const char *name, const char *value)
{
    struct inf_config *config = inf_config_new();
    char assignment[256];
    struct inf_error err;

    snprintf(assignment, sizeof assignment, "%s=%s", name, value);
    assert_int_equal(inf_config_override(config, assignment, &err), 0);
    return config;
}

static void test_loopback(void **state)
{
    static const char *const hosts[][2] = {{"127.0.0.1", "127.0.0.1"},
                                           {"127.1.2.3", "127.1.2.3"},
                                           {"::1", "::1"},
                                           {"localhost", "127.0.0.1"},
                                           {"_local_", "127.0.0.1"}};
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct inf_config *config = config_with("network.host", hosts[i][0]);
        const char *address;
        struct inf_error err;

        assert_int_equal(inf_service_listen_address(config, &address, &err), 0);
        assert_string_equal(address, hosts[i][1]);
        inf_config_free(config);
    }
}

static void test_reachable_by_others(void **state)
{
    static const char *const hosts[] = {"0.0.0.0",     "::",          "192.168.1.1",
                                        "128.0.0.1",   "2001:db8::1", "::ffff:1.2.3.4",
                                        "example.org", "_site_",      "127.0.0.1.2"};
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct inf_config *config = config_with("network.host", hosts[i]);
        const char *address;
        struct inf_error err;

        assert_int_equal(inf_service_listen_address(config, &address, &err), -1);
        assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
        assert_non_null(strstr(err.reason, "[network.host]"));
        assert_non_null(strstr(err.reason, hosts[i]));
        inf_config_free(config);
    }
}

static void test_engine_path(void **state)
{
    struct inf_config *config = inf_config_new();
    char *path = inf_service_engine_path(config);
    (void)state;
    assert_string_equal(path, INFERD_BUILD_DIR "/tests/inferd-engine");
    free(path);
    inf_config_free(config);
    config = config_with("engine.path", "/somewhere/else");
    path = inf_service_engine_path(config);
    assert_string_equal(path, "/somewhere/else");
    free(path);
    inf_config_free(config);
}

static void expect_version(const char *program, const char *want)
{
    struct inf_buf out;

    inf_buf_init(&out, 4096);
    inf_service_print_engine_version(program, &out);
    assert_string_equal(out.data, want);
    inf_buf_free(&out);
}

/* The program is a script that does this. */
static void expect_version_of(const char *script, const char *want)
{
    char path[] = "/tmp/inferd-service-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_true(dprintf(fd, "#!/bin/sh\n%s\n", script) > 0);
    assert_int_equal(fchmod(fd, 0700), 0);
    assert_int_equal(close(fd), 0);
    expect_version(path, want);
    unlink(path);
}

static void test_engine_version(void **state)
{
    (void)state;
    expect_version_of("echo \"one $1\"; echo two", "engine: one --version\n");
    expect_version_of("exit 1", "engine: gave no version\n");
    expect_version_of("exec tr '\\0' x < /dev/zero", LONG_VERSION);
    expect_version("/nowhere/engine",
                   "engine: cannot run /nowhere/engine: No such file or directory\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loopback),
        cmocka_unit_test(test_reachable_by_others),
        cmocka_unit_test(test_engine_path),
        cmocka_unit_test(test_engine_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
