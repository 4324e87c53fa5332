/* Credentials that were right are remembered for a while. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth_cache.h"
#include "inferd/alloc.h"
#include <stdio.h>
#include <string.h>

static struct inf_principal *somebody(const char *name)
{
    struct inf_principal *principal = inf_alloc(1, sizeof *principal);

    principal->references = 1;
    principal->username = inf_strdup(name);
    return principal;
}

static void put(struct inf_auth_cache *cache, const char *header, uint64_t now_ms)
{
    struct inf_principal *principal = somebody(header);
    struct inf_auth_mark mark;

    inf_auth_cache_mark(cache, header, &mark);
    inf_auth_cache_put(cache, &mark, principal, now_ms);
    inf_principal_unref(principal);
}

static const char *get(struct inf_auth_cache *cache, const char *header, uint64_t now_ms)
{
    struct inf_auth_mark mark;
    const struct inf_principal *principal;

    inf_auth_cache_mark(cache, header, &mark);
    principal = inf_auth_cache_get(cache, &mark, now_ms);
    return principal != NULL ? principal->username : NULL;
}

static void remembered_until_its_time_is_over(void **state)
{
    struct inf_auth_cache *cache = inf_auth_cache_new(1000);

    (void)state;
    assert_null(get(cache, "Basic a", 5));
    put(cache, "Basic a", 5);
    assert_string_equal(get(cache, "Basic a", 1004), "Basic a");
    assert_null(get(cache, "Basic b", 6));
    assert_null(get(cache, "Basic a", 1005));
    inf_auth_cache_free(cache);
}

static void cleared(void **state)
{
    struct inf_auth_cache *cache = inf_auth_cache_new(1000);

    (void)state;
    put(cache, "Basic a", 5);
    inf_auth_cache_clear(cache);
    assert_null(get(cache, "Basic a", 6));
    inf_auth_cache_free(cache);
}

static void forgotten_by_name_and_by_key(void **state)
{
    struct inf_auth_cache *cache = inf_auth_cache_new(1000);
    struct inf_principal *key = somebody("Basic a");
    struct inf_auth_mark mark;

    (void)state;
    key->key_id = inf_strdup("id");
    inf_auth_cache_mark(cache, "ApiKey a", &mark);
    inf_auth_cache_put(cache, &mark, key, 5);
    inf_principal_unref(key);
    put(cache, "Basic a", 5);
    put(cache, "Basic b", 5);
    inf_auth_cache_forget(cache, "Basic a", NULL);
    assert_null(get(cache, "Basic a", 6));
    assert_non_null(get(cache, "Basic b", 6));
    assert_non_null(get(cache, "ApiKey a", 6));
    inf_auth_cache_forget(cache, NULL, "other");
    assert_non_null(get(cache, "ApiKey a", 6));
    inf_auth_cache_forget(cache, NULL, "id");
    assert_null(get(cache, "ApiKey a", 6));
    assert_non_null(get(cache, "Basic b", 6));
    inf_auth_cache_free(cache);
}

static void switched_off(void **state)
{
    struct inf_auth_cache *cache = inf_auth_cache_new(0);

    (void)state;
    put(cache, "Basic a", 5);
    assert_null(get(cache, "Basic a", 5));
    inf_auth_cache_free(cache);
    inf_auth_cache_free(NULL);
}

static void bounded_and_the_newest_stay(void **state)
{
    struct inf_auth_cache *cache = inf_auth_cache_new(1000000);
    char header[32];
    size_t kept = 0;

    (void)state;
    for (uint64_t i = 0; i < 10000; i++) {
        snprintf(header, sizeof header, "Basic %llu", (unsigned long long)i);
        put(cache, header, i);
        assert_string_equal(get(cache, header, i), header);
    }
    for (uint64_t i = 0; i < 10000; i++) {
        snprintf(header, sizeof header, "Basic %llu", (unsigned long long)i);
        kept += get(cache, header, 10000) != NULL;
    }
    assert_int_equal(kept, INF_AUTH_SETS * INF_AUTH_WAYS);
    inf_auth_cache_free(cache);
}

static void each_process_has_its_own_key(void **state)
{
    struct inf_auth_cache *one = inf_auth_cache_new(1), *other = inf_auth_cache_new(1);
    struct inf_auth_mark first, second;

    (void)state;
    inf_auth_cache_mark(one, "Basic a", &first);
    inf_auth_cache_mark(other, "Basic a", &second);
    assert_memory_not_equal(first.bytes, second.bytes, sizeof first.bytes);
    inf_auth_cache_free(one);
    inf_auth_cache_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remembered_until_its_time_is_over),
        cmocka_unit_test(cleared),
        cmocka_unit_test(forgotten_by_name_and_by_key),
        cmocka_unit_test(switched_off),
        cmocka_unit_test(bounded_and_the_newest_stay),
        cmocka_unit_test(each_process_has_its_own_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
