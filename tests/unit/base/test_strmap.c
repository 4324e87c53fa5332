/* The string map: order, replacement, removal, checked against a plain model. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/strmap.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int one = 1, two = 2, three = 3;

static void test_put_get_remove(void **state)
{
    (void)state;
    struct inf_strmap *map = inf_strmap_new();
    char key[] = "b";
    assert_null(inf_strmap_get(map, "b"));
    assert_null(inf_strmap_put(map, key, &one));
    key[0] = 'x'; /* the map keeps its own copy */
    assert_ptr_equal(inf_strmap_get(map, "b"), &one);
    assert_null(inf_strmap_put(map, "a", &two));
    assert_ptr_equal(inf_strmap_put(map, "b", &three), &one);
    assert_int_equal(inf_strmap_size(map), 2);
    assert_ptr_equal(inf_strmap_remove(map, "b"), &three);
    assert_null(inf_strmap_remove(map, "b"));
    assert_null(inf_strmap_get(map, "b"));
    assert_ptr_equal(inf_strmap_get(map, "a"), &two);
    inf_strmap_free(map);
    inf_strmap_free(NULL);
}

static void test_order(void **state)
{
    (void)state;
    static const char *const sorted[] = {"", "A", "a", "a.b", "ab", "b", "\xC3\xA4"};
    struct inf_strmap *map = inf_strmap_new();
    for (int i = 6; i >= 0; i--) {
        inf_strmap_put(map, sorted[(i * 3) % 7], &one);
    }
    for (size_t i = 0; i < 7; i++) {
        const char *key;
        assert_ptr_equal(inf_strmap_at(map, i, &key), &one);
        assert_string_equal(key, sorted[i]);
    }
    inf_strmap_free(map);
}

static void test_empty_by_removing_the_first(void **state)
{
    (void)state;
    struct inf_strmap *map = inf_strmap_new();
    const char *key;
    inf_strmap_put(map, "x", &one);
    inf_strmap_put(map, "y", &two);
    assert_ptr_equal(inf_strmap_at(map, 0, &key), &one);
    assert_ptr_equal(inf_strmap_remove(map, key), &one); /* the key it lent is its own */
    assert_ptr_equal(inf_strmap_at(map, 0, &key), &two);
    inf_strmap_free(map);
}

static void test_random_operations(void **state)
{
    (void)state;
    enum { KEYS = 500 };
    static int present[KEYS];
    struct inf_strmap *map = inf_strmap_new();
    uint32_t random = 1;
    size_t size = 0;
    for (int round = 0; round < 20000; round++) {
        char key[16];
        random = random * 1664525 + 1013904223;
        uint32_t k = (random >> 8) % KEYS;
        snprintf(key, sizeof key, "key%u", k);
        assert_ptr_equal(inf_strmap_get(map, key), present[k] ? &present[k] : NULL);
        if (random >> 31) {
            inf_strmap_put(map, key, &present[k]);
            size += !present[k];
            present[k] = 1;
        } else {
            inf_strmap_remove(map, key);
            size -= (size_t)present[k];
            present[k] = 0;
        }
        assert_int_equal(inf_strmap_size(map), size);
    }
    const char *before = "";
    for (size_t i = 0; i < size; i++) {
        const char *key;
        inf_strmap_at(map, i, &key);
        assert_true(strcmp(before, key) < 0);
        before = key;
    }
    inf_strmap_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_get_remove),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_empty_by_removing_the_first),
        cmocka_unit_test(test_random_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
