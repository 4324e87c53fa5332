/* The environment of the engine program: the settings that libgomp reads, and no secret of the
 * daemon. */
/* SPDX-License-Identifier: Apache-2.0 */

#include "engine_fixture.h"
#include "inferd/engine_environment.h"

static bool has(const char *const *entries, size_t count, const char *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i], wanted) == 0)
            return true;
    return false;
}

static void test_settings_are_there_and_secrets_are_not(void **state)
{
    const char *entries[INF_ENGINE_ENVIRONMENT_MAX];
    size_t count = 0;

    (void)state;
    setenv("INFERD_PASSWORD", "secret", 1);
    setenv("OMP_NUM_THREADS", "8", 1);
    setenv("LD_LIBRARY_PATH", "/somewhere", 1);
    count = inf_engine_environment(entries, INF_ENGINE_ENVIRONMENT_MAX);
    assert_true(count < INF_ENGINE_ENVIRONMENT_MAX);
    assert_null(entries[count]);
    assert_true(has(entries, count, "OMP_WAIT_POLICY=PASSIVE"));
    assert_true(has(entries, count, "OMP_NUM_THREADS=1"));
    assert_true(has(entries, count, "LD_LIBRARY_PATH=/somewhere"));
    assert_false(has(entries, count, "OMP_NUM_THREADS=8"));
    assert_false(has(entries, count, "INFERD_PASSWORD=secret"));
    unsetenv("LD_LIBRARY_PATH");
    unsetenv("OMP_NUM_THREADS");
}

/* Started with any other environment, the program puts that one in place before libgomp can have
 * read it. */
static void test_program_mends_its_environment(void **state)
{
    char path[64], text[8192] = "";
    struct engine engine;
    size_t got = 0;
    FILE *file = NULL;

    (void)state;
    setenv("INFERD_PASSWORD", "secret", 1);
    start_engine(&engine, FAKE_ENGINE);
    snprintf(path, sizeof path, "/proc/%d/environ", (int)engine.pid);
    file = fopen(path, "re");
    assert_non_null(file);
    got = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_true(got > 0);
    assert_non_null(memmem(text, got, "OMP_WAIT_POLICY=PASSIVE", 23));
    assert_null(memmem(text, got, "INFERD_PASSWORD", 15));
    assert_int_equal(stop_engine(&engine), 0);
    unsetenv("INFERD_PASSWORD");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_are_there_and_secrets_are_not),
        cmocka_unit_test(test_program_mends_its_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
