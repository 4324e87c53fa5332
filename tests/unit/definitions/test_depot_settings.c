/* Which settings of the store of definitions can be used, and what is said of those that cannot. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "depot_settings.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "cluster.definitions."
#define S3 PREFIX "s3."
#define FILE_TEMPLATE "/tmp/inferd-secret-XXXXXX"

static char secret[] = FILE_TEMPLATE;

/* assignments: "name=value" of -E, ended by NULL. */
static int read_settings(const char *const *assignments, struct inf_depot_settings *ret,
                         struct inf_error *err)
{
    struct inf_config *config = inf_config_new();
    int rc;

    for (; *assignments != NULL; assignments++)
        assert_int_equal(inf_config_override(config, *assignments, err), 0);
    rc = inf_depot_settings_read(config, ret, err);
    inf_config_free(config);
    return rc;
}

/* A bucket that could be used, but for `also`, which may be NULL. */
static int read_bucket(const char *also, struct inf_depot_settings *ret, struct inf_error *err)
{
    char file[sizeof secret + 64];
    const char *assignments[] = {"cluster.state=etcd",
                                 PREFIX "store=s3",
                                 S3 "endpoint=https://s3.example:444/",
                                 S3 "bucket=models.b",
                                 S3 "access_key=id",
                                 file,
                                 also,
                                 NULL};

    snprintf(file, sizeof file, S3 "secret_key_file=%s", secret);
    return read_settings(assignments, ret, err);
}

static int make_secret(void **state)
{
    int fd = mkstemp(secret);

    (void)state;
    return fd >= 0 && write(fd, "the secret\nno more\n", 19) == 19 ? close(fd) : -1;
}

static int remove_secret(void **state)
{
    (void)state;
    return unlink(secret);
}

static void a_bucket(void **state)
{
    struct inf_depot_settings settings;
    struct inf_error err;

    (void)state;
    assert_int_equal(read_bucket(NULL, &settings, &err), 0);
    assert_int_equal(settings.kind, INF_DEPOT_S3);
    assert_string_equal(settings.url, "https://s3.example:444/models.b/");
    assert_string_equal(settings.name, "the bucket [models.b] at [https://s3.example:444]");
    assert_string_equal(settings.signature, "aws:amz:us-east-1:s3");
    assert_string_equal(settings.access_key, "id");
    assert_string_equal(settings.secret_key, "the secret");
    assert_null(settings.authorities);
    assert_false(settings.fetch_all);
    assert_int_equal(settings.timeout_ms, 30000);
    inf_depot_settings_fini(&settings);
    assert_int_equal(read_bucket(S3 "path_style_access=false", &settings, &err), 0);
    assert_string_equal(settings.url, "https://models.b.s3.example:444/");
    inf_depot_settings_fini(&settings);
    assert_int_equal(read_bucket(S3 "base_path=a/b_c", &settings, &err), 0);
    assert_string_equal(settings.url, "https://s3.example:444/models.b/a/b_c/");
    inf_depot_settings_fini(&settings);
}

static void others(void **state)
{
    static const char *const nodes[] = {NULL};
    static const char *const directory[] = {"cluster.state=etcd", PREFIX "store=directory",
                                            PREFIX "directory=/tmp", PREFIX "fetch=all", NULL};
    struct inf_depot_settings settings;
    struct inf_error err;

    (void)state;
    assert_int_equal(read_settings(nodes, &settings, &err), 0);
    assert_int_equal(settings.kind, INF_DEPOT_NODES);
    assert_true(settings.fetch_all);
    inf_depot_settings_fini(&settings);
    assert_int_equal(read_settings(directory, &settings, &err), 0);
    assert_int_equal(settings.kind, INF_DEPOT_DIRECTORY);
    assert_string_equal(settings.directory, "/tmp");
    assert_true(settings.fetch_all);
    inf_depot_settings_fini(&settings);
}

static void what_cannot_be_used(void **state)
{
    static const char *const buckets[][2] = {
        {S3 "endpoint=http://192.0.2.1:1", "use https://"},
        {S3 "endpoint=https://s3.example/path", "must end with a host or a port"},
        {S3 "endpoint=", "must be the URL of an S3-compatible server"},
        {S3 "bucket=ab", "[" S3 "bucket] with value [ab] must be the name of a bucket"},
        {S3 "bucket=a..b", "single dots"},
        {S3 "bucket=Abc", "small letters"},
        {S3 "bucket=a/b", "small letters"},
        {S3 "base_path=/a", "without a slash at either end"},
        {S3 "base_path=a/../b", "without a slash at either end"},
        {S3 "base_path=a b", "must be of letters"},
        {S3 "base_path=a/", "without a slash at either end"},
        {S3 "region=eu west", "small letters"},
        {S3 "access_key=", "must be given"},
        {S3 "access_key=a b", "printable ASCII"},
        {S3 "secret_key_file=", "must be given"},
        {S3 "secret_key_file=/nowhere", "[" S3 "secret_key_file]: the file [/nowhere]"},
        {S3 "ssl.certificate_authorities=/nowhere", "[" S3 "ssl.certificate_authorities]"},
        {"cluster.state=embedded", "set [cluster.state] to [etcd]"},
        {PREFIX "store=directory", "[" PREFIX "directory] with value [] must be the absolute path"},
    };
    static const char *const rest[][4] = {
        {PREFIX "max_disk=1gb", NULL, NULL, "[" PREFIX "max_disk] with value [1073741824] needs"},
        {"cluster.state=etcd", PREFIX "store=directory", PREFIX "directory=/nowhere",
         "No such file or directory; make it, or mount what it is on"},
        {"cluster.state=etcd", PREFIX "store=directory", PREFIX "directory=/dev/null",
         "must be a directory"},
    };
    struct inf_depot_settings settings;
    struct inf_error err;

    (void)state;
    for (size_t i = 0; i < sizeof buckets / sizeof buckets[0]; i++) {
        assert_int_equal(read_bucket(buckets[i][0], &settings, &err), -1);
        if (strstr(err.reason, buckets[i][1]) == NULL)
            fail_msg("%s: %s", buckets[i][0], err.reason);
        inf_depot_settings_fini(&settings);
    }
    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++) {
        const char *const assignments[] = {rest[i][0], rest[i][1], rest[i][2], NULL};

        assert_int_equal(read_settings(assignments, &settings, &err), -1);
        if (strstr(err.reason, rest[i][3]) == NULL)
            fail_msg("%s: %s", rest[i][0], err.reason);
        inf_depot_settings_fini(&settings);
    }
}

static void a_secret_that_others_can_read(void **state)
{
    struct inf_depot_settings settings;
    struct inf_error err;

    (void)state;
    assert_int_equal(chmod(secret, 0644), 0);
    assert_int_equal(read_bucket(NULL, &settings, &err), -1);
    assert_non_null(strstr(err.reason, "use chmod 600"));
    assert_null(strstr(err.reason, "the secret"));
    inf_depot_settings_fini(&settings);
    assert_int_equal(chmod(secret, 0600), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket),
        cmocka_unit_test(others),
        cmocka_unit_test(what_cannot_be_used),
        cmocka_unit_test(a_secret_that_others_can_read),
    };

    return cmocka_run_group_tests(tests, make_secret, remove_secret);
}
