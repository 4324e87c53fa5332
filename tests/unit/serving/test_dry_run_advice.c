/* The operation that libtorch does not know, out of its text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dry_run_report.h"
#include <string.h>

static void finds_the_operation(void **state)
{
    static const struct {
        const char *text, *name;
    } cases[] = {
        {"Unknown builtin op: aten::rolu. Could not find any similar ops", "aten::rolu"},
        {"Unknown builtin op: custom::rotate.half.", "custom::rotate.half"},
        {"while loading: Unknown builtin op: a::b\nmore", "a::b"},
        {"Unknown builtin op: ", ""},
        {"PytorchStreamReader failed", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *name = "";
        size_t length = inf_dry_run_unknown_operation(cases[i].text, &name);
        assert_int_equal(length, strlen(cases[i].name));
        assert_memory_equal(name, cases[i].name, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_the_operation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
