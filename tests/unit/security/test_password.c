/* Password hashes of both kinds. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "password.h"
#include <string.h>
#include <sys/resource.h>

static const char *const prefixes[] = {
    [INF_PASSWORD_YESCRYPT] = "$y$", [INF_PASSWORD_BCRYPT] = "$2b$10$"};

static bool matches(enum inf_password_algorithm algorithm, const char *password, const char *hash)
{
    struct inf_error err;
    bool right;

    assert_int_equal(inf_password_matches(algorithm, password, hash, &right, &err), 0);
    return right;
}

#ifndef INFERD_SANITIZED
static void without_memory(void **state)
{
    struct rlimit before, little;
    struct inf_error err;
    bool right = true;

    (void)state;
    getrlimit(RLIMIT_AS, &before);
    little = (struct rlimit){1, before.rlim_max};
    setrlimit(RLIMIT_AS, &little);
    assert_int_equal(inf_password_matches(INF_PASSWORD_YESCRYPT, "a-password",
                                          "$y$j9T$QfYQzqP28xaLCoHrFwjb81$"
                                          "jEI4bETAt7N2g6KVXS7oSQCyVmv9bvT7Pl.F4nrir87",
                                          &right, &err),
                     -1);
    setrlimit(RLIMIT_AS, &before);
    assert_int_equal(err.code, INF_ERR_MEMORY);
    assert_false(right);
}
#endif

static void round_trip(void **state)
{
    struct inf_error err;

    (void)state;
    for (int i = INF_PASSWORD_YESCRYPT; i <= INF_PASSWORD_BCRYPT; i++) {
        enum inf_password_algorithm algorithm = (enum inf_password_algorithm)i;
        char hash[INF_PASSWORD_HASH_SIZE], other[INF_PASSWORD_HASH_SIZE];

        assert_int_equal(inf_password_hash(algorithm, "correct horse", hash, &err), 0);
        assert_int_equal(strncmp(hash, prefixes[i], strlen(prefixes[i])), 0);
        assert_true(inf_password_hash_known(hash));
        assert_true(matches(algorithm, "correct horse", hash));
        assert_false(matches(algorithm, "correct Horse", hash));
        assert_int_equal(inf_password_hash(algorithm, "correct horse", other, &err), 0);
        assert_string_not_equal(hash, other);
    }
}

static void of_nobody(void **state)
{
    (void)state;
    assert_false(matches(INF_PASSWORD_YESCRYPT, "anything", NULL));
    assert_false(matches(INF_PASSWORD_YESCRYPT, "anything", ""));
    assert_false(matches(INF_PASSWORD_YESCRYPT, "anything", "*0"));
}

static void unknown_hashes(void **state)
{
    (void)state;
    assert_false(inf_password_hash_known(""));
    assert_false(inf_password_hash_known("secret"));
    assert_false(inf_password_hash_known("$1$salt$qJH7.N4xYta3aEG/dfqo/0"));
    assert_false(inf_password_hash_known("$y$"));
}

static void bounds(void **state)
{
    char password[INF_PASSWORD_MAX + 2] = "";
    struct inf_error err;

    (void)state;
    assert_int_equal(inf_password_check(INF_PASSWORD_YESCRYPT, "12345", &err), -1);
    assert_string_equal(err.reason,
                        "Validation Failed: 1: passwords must be at least [6] characters long;");
    assert_int_equal(inf_password_check(INF_PASSWORD_YESCRYPT, "123456", &err), 0);
    memset(password, 'x', INF_PASSWORD_BCRYPT_MAX + 1);
    assert_int_equal(inf_password_check(INF_PASSWORD_YESCRYPT, password, &err), 0);
    assert_int_equal(inf_password_check(INF_PASSWORD_BCRYPT, password, &err), -1);
    assert_non_null(strstr(err.reason, "at most [72] bytes"));
    memset(password, 'x', INF_PASSWORD_MAX + 1);
    assert_int_equal(inf_password_check(INF_PASSWORD_YESCRYPT, password, &err), -1);
    assert_non_null(strstr(err.reason, "at most [511] bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifndef INFERD_SANITIZED /* a sanitizer needs all of the address space; first, as later there is \
                            freed memory to use */
        cmocka_unit_test(without_memory),
#endif
        cmocka_unit_test(round_trip),     cmocka_unit_test(of_nobody),
        cmocka_unit_test(unknown_hashes), cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
