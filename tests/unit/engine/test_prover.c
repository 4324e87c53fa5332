/* The process for one proof: each way in which it can end, with an engine of this file's own whose
 * proofs do what the test wants. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "engine_fixture.h"
#include "examine.h"
#include "prover.h"
#include <signal.h>
#include <sys/prctl.h>

#define HANDED_OVER 7 /* bytes */

struct inf_engine_model {
    int64_t bytes;
};

/* What the prover is to do; read in the fork. */
static enum deed { HOLD, FAIL, REFUSE, SEGFAULT, FORBIDDEN_CALL, SAY_NOTHING, STOP_EARLY } deed;
static struct inf_engine_model proven;

/* ---- the engine ---- */

void inf_engine_after_fork(void)
{
}

int inf_examine_and_load(int fd, int64_t size_bytes, bool approved, struct inf_engine_model **ret,
                         char *reason, size_t reason_size)
{
    (void)fd, (void)size_bytes, (void)approved;
    *ret = &proven;
    snprintf(reason, reason_size, "it is no model");
    return deed == REFUSE ? -1 : 0;
}

int inf_engine_prove(struct inf_engine_model *model, char *reason, size_t reason_size)
{
    (void)model;
    snprintf(reason, reason_size, "it is no encoder");
    if (deed == SEGFAULT)
        raise(SIGSEGV);
    if (deed == FORBIDDEN_CALL)
        (void)kill(getppid(), SIGKILL);
    if (deed == SAY_NOTHING)
        _exit(EXIT_SUCCESS);
    return deed == FAIL ? -1 : 0;
}

int inf_engine_hand_over(struct inf_engine_model *model, int to, char *reason, size_t reason_size)
{
    (void)model, (void)reason, (void)reason_size;
    if (deed == STOP_EARLY)
        return -1;
    return write(to, "weights", HANDED_OVER) == HANDED_OVER ? 0 : -1;
}

int inf_engine_take_over(int from, int64_t bytes_max, const struct inf_packed_file *file,
                         struct inf_engine_model **ret, struct inf_engine_packed *ret_packed,
                         char *reason, size_t reason_size)
{
    char bytes[64];

    (void)file, (void)ret_packed;
    proven.bytes = bytes_max;
    snprintf(reason, reason_size, "it ended early");
    if (read(from, bytes, sizeof bytes) != HANDED_OVER)
        return -1;
    *ret = &proven;
    return 0;
}

/* ---- the tests ---- */

static struct inf_engine_model *model;
static char reason[INF_ENGINE_REASON];

/* Nobody has to wait for it. */
static void expect_gone(pid_t pid)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    for (int i = 0; i < PATIENCE_S * 1000 && kill(pid, 0) == 0; i++)
        nanosleep(&pause, NULL);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static enum inf_proof prove(enum deed wanted_deed)
{
    const struct inf_frame_spawn wanted = {.memory_limit = MEMORY_LIMIT, .model_size = 1000};
    struct inf_engine_packed packed;
    struct inf_prover prover;
    int control[2];
    enum inf_proof proof = INF_PROOFS;

    deed = wanted_deed;
    model = NULL;
    assert_int_equal(pipe(control), 0);
    assert_int_equal(inf_prover_begin(&wanted, control[1], control[0], &prover), 0);
    proof = inf_prover_end(&prover, &wanted, NULL, &model, &packed, reason, sizeof reason);
    expect_gone(prover.pid);
    close(control[0]);
    close(control[1]);
    return proof;
}

static void test_a_proof_that_holds(void **state)
{
    (void)state;
    assert_int_equal(prove(HOLD), INF_PROOF_HOLDS);
    assert_ptr_equal(model, &proven);
    assert_in_range(proven.bytes, 1100, 1100 + (1 << 20)); /* the definition's size, and a tenth */
}

static void test_a_proof_that_fails(void **state)
{
    (void)state;
    assert_int_equal(prove(FAIL), INF_PROOF_FAILED);
    assert_string_equal(reason, "it is no encoder");
    assert_null(model);
}

static void test_a_definition_that_cannot_be_loaded(void **state)
{
    (void)state;
    assert_int_equal(prove(REFUSE), INF_PROOF_REFUSED);
    assert_string_equal(reason, "it is no model");
}

/* What it does has no end for this process but a sentence. */
static void test_a_model_that_ends_its_prover(void **state)
{
    (void)state;
    assert_int_equal(prove(SEGFAULT), INF_PROOF_LOST);
    assert_string_equal(reason, "its code ended the process that was to prove it: signal 11");
    assert_int_equal(prove(FORBIDDEN_CALL), INF_PROOF_LOST);
    assert_string_equal(reason, "its code ended the process that was to prove it: signal 31");
    assert_int_equal(prove(SAY_NOTHING), INF_PROOF_LOST);
    assert_string_equal(reason, "the process that was to prove it said nothing");
}

static void test_a_model_that_does_not_arrive_whole(void **state)
{
    (void)state;
    assert_int_equal(prove(STOP_EARLY), INF_PROOF_LOST);
    assert_string_equal(reason, "it ended early");
    assert_null(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_proof_that_holds),
        cmocka_unit_test(test_a_proof_that_fails),
        cmocka_unit_test(test_a_definition_that_cannot_be_loaded),
        cmocka_unit_test(test_a_model_that_ends_its_prover),
        cmocka_unit_test(test_a_model_that_does_not_arrive_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
