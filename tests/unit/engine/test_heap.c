/* What forwards free stays for the next one, and goes when an allocation ends. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PIECES = 12, PIECE_BYTES = 3 * 1024 * 1024, PAGE_BYTES = 4096 };
enum { PAGES = PIECES * (PIECE_BYTES / PAGE_BYTES) };

static long faults(void)
{
    struct rusage usage;

    assert_int_equal(getrusage(RUSAGE_THREAD, &usage), 0);
    return usage.ru_minflt;
}

/* Takes and frees as much as a forward of a large model; how many pages the kernel had to bring. */
static long take_and_free(void)
{
    void *pieces[PIECES];
    long before = faults();

    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = malloc(PIECE_BYTES);
        assert_non_null(pieces[i]);
        memset(pieces[i], 1, PIECE_BYTES);
    }
    for (size_t i = 0; i < PIECES; i++)
        free(pieces[i]);
    return faults() - before;
}

struct seen {
    long unsettled, first, second, trimmed;
};

/* On a thread of its own, as allocations are. */
static void *work(void *arg)
{
    struct seen *seen = arg;

    (void)take_and_free();
    seen->unsettled = take_and_free();
    inf_heap_settle();
    seen->first = take_and_free();
    seen->second = take_and_free();
    inf_heap_trim();
    seen->trimmed = take_and_free();
    return NULL;
}

static void what_is_freed_stays_until_trimmed(void **state)
{
    struct seen seen = {0};
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, work, &seen), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    printf("page faults: %ld before, then %ld, %ld, after trimming %ld\n", seen.unsettled,
           seen.first, seen.second, seen.trimmed);
#ifndef INFERD_SANITIZED /* whose allocator does as it likes */
    assert_true(seen.second < PAGES / 100);
    assert_true(seen.trimmed > PAGES / 2);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_freed_stays_until_trimmed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
