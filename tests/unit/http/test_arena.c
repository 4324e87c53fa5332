/* Memory that dies as a whole: alignment, growth, reuse. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena.h"
#include <string.h>

static void test_zeroed_and_aligned(void **state)
{
    (void)state;
    struct inf_arena arena = {0};
    for (size_t size = 0; size < 300; size++) {
        char *memory = inf_arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, size);
    }
    inf_arena_reset(&arena);
    char *again = inf_arena_alloc(&arena, 100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(again[i], 0);
    inf_arena_free(&arena);
}

static void test_larger_than_a_block(void **state)
{
    (void)state;
    struct inf_arena arena = {0};
    char *small = inf_arena_copy(&arena, "abc", 3);
    char *large = inf_arena_alloc(&arena, 100000);
    memset(large, 'x', 100000);
    char *after = inf_arena_printf(&arena, "%s-%d", small, 7);
    assert_string_equal(small, "abc");
    assert_string_equal(after, "abc-7");
    inf_arena_reset(&arena);
    assert_string_equal(inf_arena_copy(&arena, "xyz", 2), "xy");
    inf_arena_free(&arena);
    inf_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed_and_aligned),
        cmocka_unit_test(test_larger_than_a_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
