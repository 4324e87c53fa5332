/* Labels as tags: all spellings, and lists that hold another one or the same twice. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "inferd/alloc.h"
#include "iob.h"
#include "labels.h"
#include <stdio.h>
#include <stdlib.h>

static void reads(const char *label, const char *class_name, bool begins)
{
    struct inf_iob_tag tag;
    assert_true(inf_iob_parse(label, &tag));
    assert_int_equal(tag.begins, begins);
    if (class_name) {
        assert_string_equal(tag.class_name, class_name);
    } else {
        assert_null(tag.class_name);
    }
}

static void test_spellings(void **state)
{
    (void)state;
    reads("O", NULL, false);
    reads("B_PER", "PER", true);
    reads("B-PER", "PER", true);
    reads("I_PER", "PER", false);
    reads("I-a-b c", "a-b c", false);
    reads("B__", "_", true);
    reads("LABEL_0", "LABEL_0", false);
    reads("LABEL_12", "LABEL_12", false);
}

static void test_others(void **state)
{
    static const char *const others[] = {
        "",      "o",      "OO",    "B",   "B_",      "I-",       "BPER",     "b_PER", "E-PER",
        "B PER", "LABEL_", "LABEL", "PER", "LABEL_x", "LABEL_1x", "LABEL_-1", " O"};
    struct inf_iob_tag tag;
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (inf_iob_parse(others[i], &tag)) {
            fail_msg("[%s] is a tag", others[i]);
        }
    }
}

static void refuses(const char *const *names, size_t count, const char *reason)
{
    struct inf_labels *labels = inf_labels_of(names, count);
    struct inf_error err = {0};
    assert_int_equal(inf_iob_check(labels, &err), -1);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, INF_ERR_STATE_VALIDATION);
    assert_int_equal(inf_err_status(err.code), 400);
    inf_labels_unref(labels);
}

static void test_lists(void **state)
{
    static const char *const good[] = {"I_A", "O", "B_A", "B-B", "LABEL_1", "I_B"};
    static const char *const strange[] = {"O", "B_PER", "PER", "B_PER"};
    static const char *const twice[] = {"O", "B_PER", "I_PER", "O", "B_PER"};
    static const char *const spelt_twice[] = {"B_PER", "O", "B-PER"};
    static const char *const placeholder[] = {"I_LABEL_1", "LABEL_1"};
    struct inf_labels *labels = inf_labels_of(good, 6);
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(inf_iob_check(labels, &err), 0);
    inf_labels_unref(labels);
    assert_int_equal(inf_iob_check(NULL, &err), 0);
    refuses(strange, 4, "classification label [PER] is not an entity I-O-B tag.");
    refuses(twice, 5,
            "the classification label [O] is duplicated in the list [O, B_PER, I_PER, O, B_PER]");
    refuses(spelt_twice, 3,
            "the classification label [B-PER] is duplicated in the list [B_PER, O, B-PER]");
    refuses(placeholder, 2,
            "the classification label [LABEL_1] is duplicated in the list [I_LABEL_1, LABEL_1]");
}

/* As many labels as there may be, the last one a repetition. */
static void test_long_list(void **state)
{
    static char names[INF_LABELS_MAX][16];
    const char **list = inf_alloc(INF_LABELS_MAX, sizeof *list);
    struct inf_error err = {0};
    (void)state;
    for (int i = 0; i < INF_LABELS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "B_%d", i * 7919 % INF_LABELS_MAX);
        list[i] = names[i];
    }
    struct inf_labels *labels = inf_labels_of(list, INF_LABELS_MAX);
    assert_int_equal(inf_iob_check(labels, &err), 0);
    inf_labels_unref(labels);
    list[INF_LABELS_MAX - 1] = "B-77";
    labels = inf_labels_of(list, INF_LABELS_MAX);
    assert_int_equal(inf_iob_check(labels, &err), -1);
    assert_non_null(strstr(err.reason, "the classification label [B-77] is duplicated in"));
    inf_labels_unref(labels);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_long_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
