/* The queue of operations: order, bounds, and who is told what when a transaction fails. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "op_queue.h"
#include "statements.h" /* to break a transaction from inside */
#include "store_fixture.h"

struct bench {
    struct fixture f;
    struct inf_disk disk;
    struct inf_index index;
    struct inf_op_queue queue;
    char trace[8192]; /* one letter a step, one digit or letter an operation */
};

enum behaviour { SUCCEED, FAIL, ROLL_BACK, BREAK_COMMIT, LOSE_COMMIT };

struct step_op {
    struct inf_op op;
    struct bench *bench;
    char name;
    enum behaviour behaviour;
    enum inf_err_code code;
    bool finished;
};

static int break_commit(const struct inf_disk *disk, bool and_writing)
{
    /* A foreign key that is checked at the commit. */
    return sqlite3_exec(disk->metadata->db,
                        "PRAGMA defer_foreign_keys = ON;"
                        "INSERT INTO vocabularies VALUES (999, '')",
                        NULL, NULL, NULL) == SQLITE_OK &&
                   (!and_writing || sqlite3_exec(disk->metadata->db, "PRAGMA query_only = ON", NULL,
                                                 NULL, NULL) == SQLITE_OK)
               ? 0
               : -1;
}

/* Pool and loop take turns with an operation, never at the same time, so one trace serves both. */
static void trace(struct step_op *op, char step)
{
    size_t length = strlen(op->bench->trace);
    snprintf(op->bench->trace + length, sizeof op->bench->trace - length, "%c%c ", step, op->name);
}

static int run_step(const struct inf_disk *disk, struct inf_op *base, struct inf_error *err)
{
    struct step_op *op = (struct step_op *)base;
    int64_t number;
    char id[] = {op->name, '\0'};
    trace(op, 'r');
    if (inf_metadata_insert_model(disk->metadata, id, "{}", 1, &number, err) != 0) {
        return -1;
    }
    switch (op->behaviour) {
    case FAIL:
        return inf_error_set(err, INF_ERR_CONFLICT, "as it was told");
    case ROLL_BACK: /* as SQLite does by itself after some I/O errors */
        inf_metadata_rollback(disk->metadata);
        return 0;
    case BREAK_COMMIT:
    case LOSE_COMMIT:
        return break_commit(disk, op->behaviour == LOSE_COMMIT) == 0
                   ? 0
                   : inf_error_set(err, INF_ERR_INTERNAL, "the test is wrong");
    default:
        return 0;
    }
}

static void undo_step(const struct inf_disk *disk, struct inf_op *base)
{
    (void)disk;
    trace((struct step_op *)base, 'u');
}

static void committed_step(const struct inf_disk *disk, struct inf_op *base)
{
    (void)disk;
    trace((struct step_op *)base, 'c');
}

static void apply_step(struct inf_index *index, struct inf_op *base)
{
    (void)index;
    trace((struct step_op *)base, 'a');
}

static void finish_step(struct inf_op *base, const struct inf_error *err)
{
    struct step_op *op = (struct step_op *)base;
    trace(op, 'f');
    op->code = err ? err->code : INF_ERR_NONE;
    op->finished = true;
}

static const struct inf_op_type step_type = {.run = run_step,
                                             .undo = undo_step,
                                             .committed = committed_step,
                                             .apply = apply_step,
                                             .finish = finish_step};

static void push(struct bench *bench, struct step_op *op, char name, enum behaviour behaviour)
{
    *op = (struct step_op){
        .op = {.type = &step_type}, .bench = bench, .name = name, .behaviour = behaviour};
    inf_op_queue_push(&bench->queue, &op->op);
    assert_false(op->finished);
}

static bool is_stored(struct bench *bench, const char *id)
{
    struct inf_error err;
    int64_t number;
    return inf_metadata_find_model(bench->disk.metadata, id, &number, &err) == 0;
}

static void run_loop(struct bench *bench)
{
    uv_run(&bench->f.loop, UV_RUN_DEFAULT);
    assert_true(inf_op_queue_idle(&bench->queue));
}

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct inf_error err;
    assert_non_null(bench);
    make_root(&bench->f);
    assert_int_equal(mkdir(bench->f.path, 0700), 0);
    write_file(&bench->f, "db", "");
    assert_int_equal(inf_metadata_open(path_of(&bench->f, "db"), &bench->disk.metadata, &err), 0);
    assert_int_equal(uv_loop_init(&bench->f.loop), 0);
    inf_op_queue_init(&bench->queue, &bench->f.loop, &bench->disk, &bench->index);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(uv_loop_close(&bench->f.loop), 0);
    inf_metadata_close(bench->disk.metadata);
    remove_root(&bench->f);
    free(bench);
    return 0;
}

/* After a commit of which nobody knows whether it will be found, something else is written in its
 * place: by itself, and as soon as that is possible. */
static void a_doubt_is_settled(void **state)
{
    struct bench *bench = *state;
    struct inf_metadata *metadata = bench->disk.metadata;
    struct step_op op;
    push(bench, &op, '1', BREAK_COMMIT);
    run_loop(bench);
    assert_false(inf_metadata_in_doubt(metadata)); /* at once */
    push(bench, &op, '1', LOSE_COMMIT);
    while (!op.finished) {
        uv_run(&bench->f.loop, UV_RUN_ONCE);
    }
    assert_int_not_equal(op.code, INF_ERR_NONE);
    assert_true(inf_metadata_in_doubt(metadata));
    assert_int_equal(sqlite3_exec(metadata->db, "PRAGMA query_only = OFF", NULL, NULL, NULL),
                     SQLITE_OK);
    run_loop(bench); /* ends when no timer is left */
    assert_false(inf_metadata_in_doubt(metadata));
    assert_false(is_stored(bench, "1"));
    inf_op_queue_close(&bench->queue);
    uv_run(&bench->f.loop, UV_RUN_DEFAULT);
}

static void steps_come_in_order(void **state)
{
    struct bench *bench = *state;
    struct step_op ops[3];
    assert_true(inf_op_queue_idle(&bench->queue));
    push(bench, &ops[0], '1', SUCCEED); /* starts at once; the others wait and share a batch */
    push(bench, &ops[1], '2', SUCCEED);
    push(bench, &ops[2], '3', SUCCEED);
    run_loop(bench);
    assert_string_equal(bench->trace, "r1 c1 a1 f1 r2 r3 c2 c3 a2 f2 a3 f3 ");
    assert_true(is_stored(bench, "1") && is_stored(bench, "2") && is_stored(bench, "3"));
}

static void one_that_fails_fails_alone(void **state)
{
    struct bench *bench = *state;
    struct step_op ops[4];
    push(bench, &ops[0], '1', FAIL);
    push(bench, &ops[1], '2', SUCCEED);
    push(bench, &ops[2], '3', FAIL);
    push(bench, &ops[3], '4', SUCCEED);
    run_loop(bench);
    assert_string_equal(bench->trace, "r1 u1 f1 r2 r3 u3 r4 c2 c4 a2 f2 f3 a4 f4 ");
    assert_int_equal(ops[0].code, INF_ERR_CONFLICT);
    assert_int_equal(ops[3].code, INF_ERR_NONE);
    assert_false(is_stored(bench, "1") || is_stored(bench, "3"));
    assert_true(is_stored(bench, "2") && is_stored(bench, "4"));
}

static void a_lost_transaction_fails_the_batch(void **state)
{
    struct bench *bench = *state;
    struct step_op ops[5];
    push(bench, &ops[0], '1', SUCCEED);
    push(bench, &ops[1], '2', SUCCEED);
    push(bench, &ops[2], '3', ROLL_BACK);
    push(bench, &ops[3], '4', SUCCEED);
    run_loop(bench);
    assert_string_equal(bench->trace, "r1 c1 a1 f1 r2 r3 u3 u2 u4 f2 f3 f4 ");
    assert_int_equal(ops[1].code, INF_ERR_IO);
    assert_int_equal(ops[3].code, INF_ERR_IO);
    assert_true(is_stored(bench, "1"));
    assert_false(is_stored(bench, "2") || is_stored(bench, "3") || is_stored(bench, "4"));
    push(bench, &ops[4], '5', SUCCEED);
    run_loop(bench);
    assert_int_equal(ops[4].code, INF_ERR_NONE);
}

static void a_failed_commit_fails_the_batch(void **state)
{
    struct bench *bench = *state;
    struct step_op ops[4];
    push(bench, &ops[0], '1', SUCCEED);
    push(bench, &ops[1], '2', SUCCEED);
    push(bench, &ops[2], '3', BREAK_COMMIT);
    run_loop(bench);
    assert_string_equal(bench->trace, "r1 c1 a1 f1 r2 r3 u2 u3 f2 f3 ");
    assert_int_equal(ops[1].code, INF_ERR_IO);
    assert_int_equal(ops[2].code, INF_ERR_IO);
    assert_false(is_stored(bench, "2"));
    push(bench, &ops[3], '4', SUCCEED);
    run_loop(bench);
    assert_int_equal(ops[3].code, INF_ERR_NONE);
}

static void one_too_many_is_refused(void **state)
{
    struct bench *bench = *state;
    struct step_op *ops = calloc(INF_OP_QUEUE_MAX + 2, sizeof *ops);
    assert_non_null(ops);
    for (int i = 0; i < INF_OP_QUEUE_MAX + 2; i++) {
        push(bench, &ops[i], 'x', FAIL);
    }
    run_loop(bench);
    int refused = 0;
    for (int i = 0; i < INF_OP_QUEUE_MAX + 2; i++) {
        assert_true(ops[i].finished);
        refused += ops[i].code == INF_ERR_QUEUE_FULL;
    }
    assert_int_equal(refused, 1); /* one runs, 1024 wait */
    const struct step_op *last = &ops[INF_OP_QUEUE_MAX + 1];
    assert_int_equal(last->code, INF_ERR_QUEUE_FULL);
    assert_int_equal(last->op.err.retry_after_s, 1);
    assert_non_null(strstr(last->op.err.reason, "the store's queue is full"));
    free(ops);
}

static void bytes_are_bounded_too(void **state)
{
    struct bench *bench = *state;
    struct step_op ops[4] = {{.finished = false}};
    push(bench, &ops[0], '1', SUCCEED);
    for (int i = 1; i < 4; i++) {
        ops[i] =
            (struct step_op){.op = {.type = &step_type}, .bench = bench, .name = (char)('1' + i)};
        ops[i].op.size_bytes = INF_OP_QUEUE_BYTES / 2;
        inf_op_queue_push(&bench->queue, &ops[i].op);
    }
    run_loop(bench);
    assert_int_equal(ops[2].code, INF_ERR_NONE);
    assert_int_equal(ops[3].code, INF_ERR_QUEUE_FULL);
    assert_int_equal(bench->queue.waiting_bytes, 0);
}

static void a_refusal_comes_from_the_loop_also_when_idle(void **state)
{
    struct bench *bench = *state;
    struct step_op op = {.op = {.type = &step_type}, .bench = bench, .name = '1'};
    inf_error_set(&op.op.err, INF_ERR_TOO_MANY, "no memory");
    inf_op_queue_refuse(&bench->queue, &op.op);
    assert_false(op.finished || inf_op_queue_idle(&bench->queue));
    run_loop(bench);
    assert_int_equal(op.code, INF_ERR_TOO_MANY);
    assert_string_equal(bench->trace, "f1 ");
}

static void a_closed_queue_refuses(void **state)
{
    struct bench *bench = *state;
    struct step_op ops[3];
    push(bench, &ops[0], '1', SUCCEED);
    push(bench, &ops[1], '2', SUCCEED);
    inf_op_queue_close(&bench->queue);
    assert_string_equal(bench->trace, "r1 c1 a1 f1 f2 ");
    assert_int_equal(ops[1].code, INF_ERR_UNAVAILABLE);
    push(bench, &ops[2], '3', SUCCEED);
    inf_op_queue_close(&bench->queue);
    assert_int_equal(ops[2].code, INF_ERR_UNAVAILABLE);
    run_loop(bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(steps_come_in_order),
        TEST(a_doubt_is_settled),
        TEST(one_that_fails_fails_alone),
        TEST(a_lost_transaction_fails_the_batch),
        TEST(a_failed_commit_fails_the_batch),
        TEST(one_too_many_is_refused),
        TEST(bytes_are_bounded_too),
        TEST(a_refusal_comes_from_the_loop_also_when_idle),
        TEST(a_closed_queue_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
