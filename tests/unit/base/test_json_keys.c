/* Duplicate keys: found by their decoded text, wherever they stand, and forgotten again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_keys.h"
#include <stdlib.h>
#include <string.h>

/* The text holds string literals separated by blanks; pushes them all. */
static void push_all(struct inf_json_keys *keys, const char *text)
{
    for (size_t at = 0; text[at];) {
        size_t length = strcspn(text + at + 1, "\"");
        bool escaped = memchr(text + at, '\\', length) != NULL;
        assert_int_equal(inf_json_keys_push(keys, text, at, length, escaped), 0);
        at += length + 2;
        at += text[at] == ' ';
    }
}

static void test_earliest_repetition(void **state)
{
    (void)state;
    struct inf_json_keys keys = {0};
    push_all(&keys, "\"b\" \"a\" \"c\" \"a\" \"b\" \"a\"");
    const struct inf_json_key *key = inf_json_keys_duplicate(&keys, 0);
    assert_non_null(key);
    assert_int_equal(key->offset, 12);
    assert_memory_equal(key->bytes, "a", 1);
    inf_json_keys_pop(&keys, 0);
    free(keys.items);
}

static void test_prefixes_differ(void **state)
{
    (void)state;
    struct inf_json_keys keys = {0};
    push_all(&keys, "\"ab\" \"a\" \"abc\" \"\" \"A\"");
    assert_null(inf_json_keys_duplicate(&keys, 0));
    inf_json_keys_pop(&keys, 0);
    free(keys.items);
}

static void test_escapes_are_decoded(void **state)
{
    (void)state;
    struct inf_json_keys keys = {0};
    push_all(&keys, "\"\\u0061b\" \"x\" \"ab\"");
    const struct inf_json_key *key = inf_json_keys_duplicate(&keys, 0);
    assert_non_null(key);
    assert_int_equal(key->offset, 14);
    inf_json_keys_pop(&keys, 0);
    free(keys.items);
}

/* An inner object's keys are judged alone and leave the outer ones in place. */
static void test_levels(void **state)
{
    (void)state;
    struct inf_json_keys keys = {0};
    push_all(&keys, "\"a\" \"b\"");
    push_all(&keys, "\"a\" \"\\u0062\"");
    assert_null(inf_json_keys_duplicate(&keys, 2));
    inf_json_keys_pop(&keys, 2);
    assert_int_equal(keys.count, 2);
    assert_null(inf_json_keys_duplicate(&keys, 0));
    push_all(&keys, "\"a\"");
    assert_non_null(inf_json_keys_duplicate(&keys, 0));
    inf_json_keys_pop(&keys, 0);
    free(keys.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_earliest_repetition),
        cmocka_unit_test(test_prefixes_differ),
        cmocka_unit_test(test_escapes_are_decoded),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
