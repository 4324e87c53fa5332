/* Which settings of etcd can be used, and what is said of those that cannot. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/etcd.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* assignments: "name=value" of -E, ended by NULL. */
static int read_settings(const char *const *assignments, struct inf_etcd_settings *ret,
                         struct inf_error *err)
{
    struct inf_config *config = inf_config_new();
    int rc;

    for (; *assignments != NULL; assignments++)
        assert_int_equal(inf_config_override(config, *assignments, err), 0);
    rc = inf_etcd_settings_read(config, ret, err);
    inf_config_free(config);
    return rc;
}

static void test_what_can_be_used(void **state)
{
    static const char *const assignments[] = {
        "cluster.name=c", "cluster.etcd.endpoints=http://localhost:1, https://etcd.example:2/",
        NULL};
    struct inf_etcd_settings settings;
    struct inf_error err;

    (void)state;
    assert_int_equal(read_settings(assignments, &settings, &err), 0);
    assert_int_equal(settings.endpoint_count, 2);
    assert_string_equal(settings.endpoints[0], "http://localhost:1");
    assert_string_equal(settings.endpoints[1], "https://etcd.example:2");
    assert_string_equal(settings.prefix, "/inferd/c/");
    assert_int_equal(settings.timeout_ms, 5000);
    assert_null(settings.user);
    inf_etcd_settings_fini(&settings);
}

static void test_what_cannot(void **state)
{
    static const char *const cases[][3] = {
        {"cluster.name=c", NULL, "must have at least one URL"},
        {"cluster.etcd.endpoints=http://192.0.2.1:1", NULL, "use https://"},
        {"cluster.etcd.endpoints=ftp://localhost", NULL, "must begin with https:// or http://"},
        {"cluster.etcd.endpoints=http://localhost/path", NULL, "must end with a host or a port"},
        {"cluster.etcd.endpoints=http://u:p@localhost", NULL, "must have no user or password"},
        {"cluster.etcd.endpoints=http://localhost", "cluster.etcd.user=u", "belong together"},
        {"cluster.etcd.endpoints=http://localhost", "cluster.etcd.ssl.certificate=c",
         "belong together"},
        {"cluster.etcd.endpoints=http://localhost",
         "cluster.etcd.ssl.certificate_authorities=/nowhere", "/nowhere"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *assignments[3] = {cases[i][0], cases[i][1], NULL};
        struct inf_etcd_settings settings;
        struct inf_error err;

        assert_int_equal(read_settings(assignments, &settings, &err), -1);
        assert_int_equal(err.code, INF_ERR_ILLEGAL_ARGUMENT);
        assert_non_null(strstr(err.reason, cases[i][2]));
        inf_etcd_settings_fini(&settings);
    }
}

static void test_a_password_is_read_from_its_file(void **state)
{
    char path[] = "/tmp/inferd-password-XXXXXX", assignment[96];
    const char *assignments[] = {"cluster.etcd.endpoints=http://localhost", "cluster.etcd.user=u",
                                 assignment, NULL};
    struct inf_etcd_settings settings;
    struct inf_error err;
    int fd = mkstemp(path);

    (void)state;
    assert_int_equal(write(fd, "secret\n", 7), 7);
    close(fd);
    snprintf(assignment, sizeof assignment, "cluster.etcd.password_file=%s", path);
    assert_int_equal(read_settings(assignments, &settings, &err), 0);
    assert_string_equal(settings.user, "u");
    assert_string_equal(settings.password, "secret");
    inf_etcd_settings_fini(&settings);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(read_settings(assignments, &settings, &err), -1);
    assert_non_null(strstr(err.reason, "chmod 600"));
    inf_etcd_settings_fini(&settings);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_can_be_used),
        cmocka_unit_test(test_what_cannot),
        cmocka_unit_test(test_a_password_is_read_from_its_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
