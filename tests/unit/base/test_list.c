/* Items enter at both ends and leave from anywhere; both directions agree. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/list.h"
#include <string.h>

struct item {
    char name;
    struct inf_link link;
};

static struct item items[] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}};

static struct item *of(struct inf_link *link)
{
    return INF_LIST_ITEM(link, struct item, link);
}

static void expect(const struct inf_list *list, const char *names)
{
    size_t length = strlen(names), i = 0;

    for (struct inf_link *link = list->first; link != NULL; link = link->next, i++)
        assert_true(i < length && of(link)->name == names[i]);
    assert_int_equal(i, length);
    for (struct inf_link *link = list->last; link != NULL; link = link->prev, i--)
        assert_true(i > 0 && of(link)->name == names[i - 1]);
    assert_int_equal(i, 0);
}

static void test_both_ends(void **state)
{
    struct inf_list list = {NULL, NULL};

    (void)state;
    expect(&list, "");
    inf_list_append(&list, &items[1].link);
    expect(&list, "b");
    inf_list_prepend(&list, &items[0].link);
    inf_list_append(&list, &items[2].link);
    expect(&list, "abc");
}

static void test_leaving(void **state)
{
    static const char *const left[] = {"bc", "ac", "ab"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct inf_list list = {NULL, NULL};
        for (size_t j = 0; j < 3; j++)
            inf_list_append(&list, &items[j].link);
        inf_list_remove(&list, &items[i].link);
        expect(&list, left[i]);
        assert_null(items[i].link.next);
        assert_null(items[i].link.prev);
        inf_list_prepend(&list, &items[i].link);
        assert_ptr_equal(of(list.first), &items[i]);
    }
}

static void test_the_only_one(void **state)
{
    struct inf_list list = {NULL, NULL};

    (void)state;
    inf_list_prepend(&list, &items[0].link);
    expect(&list, "a");
    inf_list_remove(&list, &items[0].link);
    expect(&list, "");
    assert_null(of(list.first));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ends),
        cmocka_unit_test(test_leaving),
        cmocka_unit_test(test_the_only_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
