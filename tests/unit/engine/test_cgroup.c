/* Control groups in a folder that looks like a cgroup2 file system: what is read, what is written,
 * and what it must not be begun with. Folders that the kernel would fill are made beforehand. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cgroup.h"
#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define GROUP "/system.slice/inferd.service"

static const pid_t ours[] = {41, 42};

struct tree {
    char top[64], self[96];
    struct inf_cgroups groups;
    char reason[INF_CGROUP_REASON];
};

static void path_of(const struct tree *tree, const char *name, char path[256])
{
    snprintf(path, 256, "%s%s", tree->top, name);
}

static void put(const struct tree *tree, const char *name, const char *text)
{
    char path[256];
    FILE *file = NULL;

    path_of(tree, name, path);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void expect_text(const struct tree *tree, const char *name, const char *wanted)
{
    char path[256], text[256] = "";
    FILE *file = NULL;

    path_of(tree, name, path);
    file = fopen(path, "re");
    assert_non_null(file);
    if (fgets(text, sizeof text, file) == NULL)
        text[0] = '\0';
    fclose(file);
    assert_string_equal(text, wanted);
}

static void make_folder(const struct tree *tree, const char *name)
{
    char path[256];

    path_of(tree, name, path);
    assert_int_equal(mkdir(path, 0755), 0);
}

static bool is_there(const struct tree *tree, const char *name)
{
    char path[256];

    path_of(tree, name, path);
    return access(path, F_OK) == 0;
}

/* As the service manager marks it; a folder of a user without privileges needs no mark. */
static void delegate(const struct tree *tree)
{
    char path[256];

    path_of(tree, GROUP, path);
    if (geteuid() == 0)
        assert_int_equal(setxattr(path, "trusted.delegate", "1", 1, 0), 0);
}

static void make_worker(const struct tree *tree, const char *name)
{
    static const char *const files[] = {"memory.max", "memory.swap.max", "pids.max",
                                        "cgroup.procs"};
    char path[256];

    make_folder(tree, name);
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", name, files[i]);
        put(tree, path, "");
    }
}

static int set_up(void **state)
{
    struct tree *tree = calloc(1, sizeof *tree);

    assert_non_null(tree);
    snprintf(tree->top, sizeof tree->top, "cgroup-test-XXXXXX");
    assert_non_null(mkdtemp(tree->top));
    snprintf(tree->self, sizeof tree->self, "%s/self", tree->top);
    put(tree, "/self", "4:memory:/other\n0::" GROUP "\n");
    make_folder(tree, "/system.slice");
    make_folder(tree, GROUP);
    make_folder(tree, GROUP "/inferd");
    put(tree, GROUP "/inferd/cgroup.procs", "");
    put(tree, GROUP "/cgroup.controllers", "cpu memory pids\n");
    put(tree, GROUP "/cgroup.subtree_control", "");
    put(tree, GROUP "/cgroup.procs", "41\n42\n");
    tree->groups.base = -1;
    *state = tree;
    return 0;
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *place)
{
    (void)found;
    (void)kind;
    (void)place;
    return remove(path);
}

static int tear_down(void **state)
{
    struct tree *tree = *state;

    inf_cgroups_end(&tree->groups);
    nftw(tree->top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(tree);
    return 0;
}

static int begin(struct tree *tree)
{
    return inf_cgroups_begin(&tree->groups, tree->top, tree->self, ours, 2, tree->reason,
                             sizeof tree->reason);
}

static void expect_none(struct tree *tree, const char *wanted)
{
    assert_int_equal(begin(tree), -1);
    assert_string_equal(tree->reason, wanted);
    assert_int_equal(tree->groups.base, -1);
    errno = 0;
    assert_int_equal(inf_cgroups_add(&tree->groups, 1, 99, 5), -1);
    assert_int_equal(inf_cgroups_limit(&tree->groups, 1, 5), -1);
    inf_cgroups_remove(&tree->groups, 1);
}

static void moves_into_a_leaf(void **state)
{
    struct tree *tree = *state;

    delegate(tree);
    assert_int_equal(begin(tree), 0);
    expect_text(tree, GROUP "/inferd/cgroup.procs", "42"); /* the last one written */
    expect_text(tree, GROUP "/cgroup.subtree_control", "+memory +pids");
}

static void limits_a_worker(void **state)
{
    struct tree *tree = *state;

    delegate(tree);
    assert_int_equal(begin(tree), 0);
    make_worker(tree, GROUP "/worker-7");
    assert_int_equal(inf_cgroups_add(&tree->groups, 7, 99, 123456789), 0);
    expect_text(tree, GROUP "/worker-7/memory.max", "123456789");
    expect_text(tree, GROUP "/worker-7/memory.swap.max", "0");
    expect_text(tree, GROUP "/worker-7/pids.max", "16384");
    expect_text(tree, GROUP "/worker-7/cgroup.procs", "99");
    put(tree, GROUP "/worker-7/memory.max", "");
    assert_int_equal(inf_cgroups_limit(&tree->groups, 7, 0), 0);
    expect_text(tree, GROUP "/worker-7/memory.max", "max");
}

/* Whatever of it cannot be done, no half of a group is left. */
static void makes_a_whole_group_or_none(void **state)
{
    struct tree *tree = *state;

    delegate(tree);
    assert_int_equal(begin(tree), 0);
    assert_int_equal(inf_cgroups_add(&tree->groups, 8, 99, 5), -1); /* nothing fills its folder */
    assert_int_equal(errno, ENOENT);
    assert_false(is_there(tree, GROUP "/worker-8"));
}

static void removes_the_group(void **state)
{
    struct tree *tree = *state;

    delegate(tree);
    assert_int_equal(begin(tree), 0);
    make_folder(tree, GROUP "/worker-9");
    inf_cgroups_remove(&tree->groups, 9);
    assert_false(is_there(tree, GROUP "/worker-9"));
}

/* A zygote that was killed left the daemon in the leaf, and groups of its workers. */
static void goes_on_after_a_restart(void **state)
{
    struct tree *tree = *state;

    put(tree, "/self", "0::" GROUP "/inferd\n");
    put(tree, GROUP "/cgroup.subtree_control", "memory pids\n");
    put(tree, GROUP "/cgroup.procs", "");
    make_folder(tree, GROUP "/worker-1");
    assert_int_equal(begin(tree), 0);
    assert_false(is_there(tree, GROUP "/worker-1"));
    assert_true(is_there(tree, GROUP "/inferd"));
    expect_text(tree, GROUP "/inferd/cgroup.procs", "");
    make_worker(tree, GROUP "/worker-2");
    assert_int_equal(inf_cgroups_add(&tree->groups, 2, 99, 5), 0);
}

static void needs_version_2(void **state)
{
    struct tree *tree = *state;
    char wanted[INF_CGROUP_REASON];

    put(tree, "/self", "4:memory:/x\n3:cpu:/y\n");
    snprintf(wanted, sizeof wanted, "no control groups of version 2 at [%s]", tree->top);
    expect_none(tree, wanted);
    put(tree, "/self", "0::/not/there\n");
    expect_none(tree, "not to be seen: its control group [/not/there]");
}

static void needs_the_controllers(void **state)
{
    struct tree *tree = *state;

    delegate(tree);
    put(tree, GROUP "/cgroup.controllers", "cpu memory_of_another pids\n");
    expect_none(tree, "no controllers of memory and pids in its control group [" GROUP "]");
    put(tree, GROUP "/cgroup.controllers", "memory\n");
    expect_none(tree, "no controllers of memory and pids in its control group [" GROUP "]");
    expect_text(tree, GROUP "/cgroup.subtree_control", "");
}

/* Root could write into every group; only a marked one is its to divide. */
static void needs_delegation(void **state)
{
    struct tree *tree = *state;

    if (geteuid() != 0)
        return; /* what this user owns is delegated to it */
    expect_none(tree, "not delegated to it: its control group [" GROUP "]");
    expect_text(tree, GROUP "/inferd/cgroup.procs", "");
}

static void shares_with_nobody(void **state)
{
    struct tree *tree = *state;

    delegate(tree);
    put(tree, GROUP "/cgroup.procs", "41\n42\n43\n");
    expect_none(tree, "other processes are in its control group [" GROUP "]");
    put(tree, GROUP "/cgroup.procs", "41\n0\n"); /* one of another namespace of processes */
    expect_none(tree, "other processes are in its control group [" GROUP "]");
    expect_text(tree, GROUP "/inferd/cgroup.procs", "");
}

/* The group cannot be divided after all: the processes go back where they were. */
static void moves_back(void **state)
{
    struct tree *tree = *state;
    char path[256];

    delegate(tree);
    path_of(tree, GROUP "/cgroup.subtree_control", path);
    assert_int_equal(unlink(path), 0);
    expect_none(tree, "No such file or directory [" GROUP "]");
    expect_text(tree, GROUP "/cgroup.procs", "42\n"); /* the last one written, over the first */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(moves_into_a_leaf, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_a_worker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(makes_a_whole_group_or_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removes_the_group, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_after_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(needs_version_2, set_up, tear_down),
        cmocka_unit_test_setup_teardown(needs_the_controllers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(needs_delegation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shares_with_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(moves_back, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
