/* The result cache: finds what was kept under exactly that key, never holds more than its capacity,
 * and lets the least recently used go. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cache.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void keep(struct inf_cache *cache, const char *settings, const char *text,
                 const char *answer)
{
    inf_cache_insert(cache, inf_cache_key(cache, settings, text), answer, strlen(answer));
}

/* Is the answer of (settings, text) exactly this one? NULL: none is kept. */
static void finds(struct inf_cache *cache, const char *settings, const char *text,
                  const char *answer)
{
    struct inf_cache_key *key = inf_cache_key(cache, settings, text);
    size_t length = 0;
    const char *found = inf_cache_find(cache, key, &length);

    if (answer == NULL) {
        assert_null(found);
    } else {
        assert_non_null(found);
        assert_int_equal(length, strlen(answer));
        assert_memory_equal(found, answer, length);
    }
    free(key);
}

static void finds_what_was_kept_and_nothing_else(void **state)
{
    struct inf_cache *cache = inf_cache_new(100000);

    (void)state;
    finds(cache, "", "a", NULL);
    keep(cache, "", "a", "one");
    keep(cache, "{}", "a", "two");
    keep(cache, "", "", "three");
    finds(cache, "", "a", "one");
    finds(cache, "{}", "a", "two");
    finds(cache, "", "", "three");
    finds(cache, "", "b", NULL);
    finds(cache, "a", "", NULL);
    keep(cache, "", "a", "new");
    finds(cache, "", "a", "new");
    inf_cache_free(cache);
}

static void zero_keeps_nothing(void **state)
{
    struct inf_cache *cache = inf_cache_new(0);

    (void)state;
    assert_null(inf_cache_key(cache, "", "a"));
    keep(cache, "", "a", "one");
    finds(cache, "", "a", NULL);
    inf_cache_free(cache);
}

static void the_least_recently_used_goes_first(void **state)
{
    struct inf_cache *cache = inf_cache_new(100000);
    int64_t one;

    (void)state;
    keep(cache, "", "a", "x");
    one = inf_cache_size(cache);
    inf_cache_free(cache);
    cache = inf_cache_new(3 * one);
    keep(cache, "", "a", "1");
    keep(cache, "", "b", "2");
    keep(cache, "", "c", "3");
    finds(cache, "", "a", "1"); /* used again, so b is the oldest now */
    keep(cache, "", "d", "4");
    finds(cache, "", "b", NULL);
    finds(cache, "", "a", "1");
    finds(cache, "", "c", "3");
    finds(cache, "", "d", "4");
    inf_cache_free(cache);
}

static void never_holds_more_than_its_capacity(void **state)
{
    struct inf_cache *cache = inf_cache_new(20000);
    char text[32], answer[3000];
    int found = 0;

    (void)state;
    srand(5);
    for (int i = 0; i < 20000; i++) {
        size_t length = (size_t)rand() % sizeof answer;
        struct inf_cache_key *key;

        snprintf(text, sizeof text, "text %d", rand() % 50);
        memset(answer, 'a' + i % 26, length);
        key = inf_cache_key(cache, "", text);
        inf_cache_insert(cache, key, answer, length);
        assert_in_range(inf_cache_size(cache), 0, 20000);
        key = inf_cache_key(cache, "", text);
        found += inf_cache_find(cache, key, &length) != NULL;
        free(key);
    }
    assert_int_equal(found, 20000); /* what was kept last is there */
    inf_cache_free(cache);
}

static void what_is_larger_than_the_cache_is_not_kept(void **state)
{
    struct inf_cache *cache = inf_cache_new(1000);
    char big[2000];

    (void)state;
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    keep(cache, "", "small", "1");
    keep(cache, "", "a", big);
    assert_null(inf_cache_key(cache, "", big));
    finds(cache, "", "a", NULL);
    finds(cache, "", "small", "1");
    inf_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_kept_and_nothing_else),
        cmocka_unit_test(zero_keeps_nothing),
        cmocka_unit_test(the_least_recently_used_goes_first),
        cmocka_unit_test(never_holds_more_than_its_capacity),
        cmocka_unit_test(what_is_larger_than_the_cache_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
