/* The kernel gives every figure here, and none of them is absurd. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host_figures.h"
#include <fcntl.h>
#include <unistd.h>

static void test_figures(void **state)
{
    struct inf_host_figures figures;
    (void)state;
    inf_host_figures_read("/", &figures);
    assert_true(figures.load[0] >= 0 && figures.load[1] >= 0 && figures.load[2] >= 0);
    assert_true(figures.memory_total_bytes > figures.memory_free_bytes);
    assert_true(figures.memory_free_bytes > 0);
    assert_true(figures.swap_total_bytes >= figures.swap_free_bytes);
    assert_true(figures.process_cpu_ms >= 0);
    assert_true(figures.process_virtual_bytes > 100000);
    assert_true(figures.max_descriptors >= figures.open_descriptors);
    assert_true(figures.disk_total_bytes >= figures.disk_free_bytes);
    assert_true(figures.disk_free_bytes >= figures.disk_available_bytes);
}

static void test_descriptors_are_counted(void **state)
{
    struct inf_host_figures before, after;
    int fd;
    (void)state;
    inf_host_figures_read("/", &before);
    fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    inf_host_figures_read("/", &after);
    assert_int_equal(after.open_descriptors, before.open_descriptors + 1);
    close(fd);
}

static void test_no_such_folder(void **state)
{
    struct inf_host_figures figures;
    (void)state;
    inf_host_figures_read("/no/such/folder", &figures);
    assert_int_equal(figures.disk_total_bytes, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_descriptors_are_counted),
        cmocka_unit_test(test_no_such_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
