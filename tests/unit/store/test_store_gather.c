/* Parts of one definition that went to several nodes become one file on any of them, when they are
 * what was stored; a file that others have may go, and comes back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster_fixture.h"

static enum inf_err_code assemble(struct fixture *f)
{
    struct outcome outcome = {.ended = false};

    inf_store_assemble(f->store, "m", record, &outcome);
    return await(f, &outcome);
}

static char *read_part(const struct fixture *f, int part, char ret[16])
{
    struct inf_error err;
    int64_t size = 0;
    int fd;

    if (inf_store_open_part(f->store, "m", part, &fd, &size, &err) != 0)
        return NULL;
    assert_true(size < 16);
    assert_int_equal(read(fd, ret, (size_t)size), size);
    ret[size] = '\0';
    close(fd);
    return ret;
}

static void parts_come_together(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0], *b = &cluster->nodes[1];
    char text[16];

    assert_int_equal(put_model(a, "m"), INF_ERR_NONE);
    while (inf_store_model(b->store, "m") == NULL)
        turn(cluster);
    assert_int_equal(put_part(a, "m", 0, "ab", 3, 2), INF_ERR_NONE);
    assert_false(inf_store_awaits_assembly(a->store, "m"));
    assert_int_equal(put_part(b, "m", 1, "c", 3, 2), INF_ERR_NONE);
    assert_true(inf_store_awaits_assembly(b->store, "m"));
    assert_int_equal(inf_store_first_part_elsewhere(b->store, "m"), 0);
    assert_null(read_part(b, 0, text));
    assert_string_equal(read_part(a, 0, text), "ab");
    assert_int_not_equal(assemble(b), INF_ERR_NONE);
    assert_int_equal(fetch(b, 0, "ac"), INF_ERR_IO);
    assert_int_equal(fetch(b, 2, "ab"), INF_ERR_NOT_FOUND);
    assert_int_equal(fetch(b, 0, "ab"), INF_ERR_NONE);
    assert_int_equal(inf_store_first_part_elsewhere(b->store, "m"), -1);
    assert_int_equal(assemble(b), INF_ERR_NONE);
    assert_definition(b, "m", "abc");
    assert_int_equal(assemble(b), INF_ERR_NONE);
    assert_false(inf_store_awaits_assembly(b->store, "m"));
    assert_int_equal(put_part(b, "m", 1, "c", 3, 2), INF_ERR_NONE);
    while (!inf_store_model(a->store, "m")->fully_defined)
        turn(cluster);
    assert_non_null(read_part(a, 0, text));
    inf_store_drop_parts(a->store, "m");
    while (!inf_store_idle(a->store))
        turn(cluster);
    assert_null(read_part(a, 0, text));
}

static void a_file_goes_and_comes_back(void **state)
{
    struct cluster *cluster = *state;
    struct fixture *a = &cluster->nodes[0];
    struct outcome outcome = {.ended = false};
    struct inf_fetch *half;
    struct inf_error err;
    int64_t used_ms;
    int fd;

    assert_int_equal(put_model(a, "m"), INF_ERR_NONE);
    assert_int_equal(inf_store_definition_length(a->store, "m"), 0);
    assert_int_equal(inf_store_definition_used_ms(a->store, "m"), 0);
    assert_int_equal(put_part(a, "m", 0, "abc", 3, 1), INF_ERR_NONE);
    assert_int_equal(inf_store_definition_length(a->store, "m"), 3);
    used_ms = inf_store_definition_used_ms(a->store, "m");
    assert_true(used_ms > 0);
    usleep(20000);
    inf_store_use_definition(a->store, "m");
    assert_true(inf_store_definition_used_ms(a->store, "m") > used_ms);
    inf_store_drop_definition(a->store, "m", record, &outcome);
    assert_int_equal(await(a, &outcome), INF_ERR_NONE);
    assert_false(inf_store_has_definition(a->store, "m"));
    assert_true(inf_store_model(a->store, "m")->fully_defined);
    assert_int_equal(inf_store_fetch_begin(a->store, "m", &half, &fd, &err), 0);
    assert_int_equal(write(fd, "ab", 2), 2);
    assert_int_equal(inf_store_fetch_length(half), 2);
    fd = inf_store_fetch_resume(half);
    assert_int_equal(write(fd, "c", 1), 1);
    close(fd);
    outcome = (struct outcome){.ended = false};
    inf_store_fetch_commit(half, record, &outcome);
    assert_int_equal(await(a, &outcome), INF_ERR_NONE);
    assert_definition(a, "m", "abc");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parts_come_together),
        TEST(a_file_goes_and_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
