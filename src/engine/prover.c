/* prover.c - the process that proves, and what comes out of it: a word, and behind a good one the
 * model. Its death is an answer, too: the module may still do what texts ask of it. How it died
 * comes with SIGCHLD, since the worker's cage has no call to wait for a process. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "prover.h"
#include "deadly.h"
#include "examine.h"
#include "sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define MAX_DESCRIPTORS 8    /* standard streams, definition, the pipe, and what a library opens */
#define PIPE_BYTES (1 << 20) /* a pipe holds 64 KiB unless asked for more */
#define SLACK_BYTES (1 << 20)
#define LOOK_NS 1000000 /* between two looks for SIGCHLD, which may come after the pipe's end */
#define LOOKS 5000

struct word {
    int32_t proof; /* enum inf_proof */
    char reason[INF_ENGINE_REASON];
};

/* ---- in the prover ---- */

static void tell(int to, enum inf_proof proof, const char *reason)
{
    struct word word = {.proof = (int32_t)proof};

    snprintf(word.reason, sizeof word.reason, "%s", reason);
    if (write(to, &word, sizeof word) != (ssize_t)sizeof word)
        _exit(EXIT_FAILURE);
}

static _Noreturn void give_up(int to, enum inf_proof proof, const char *reason)
{
    tell(to, proof, reason);
    _exit(EXIT_FAILURE);
}

static _Noreturn void prove(const struct inf_frame_spawn *wanted, int definition, int to,
                            pid_t parent)
{
    struct inf_engine_model *model = NULL;
    char reason[INF_ENGINE_REASON];
    uint32_t held = 0;

    if (inf_sandbox_tie_to_parent(parent) != 0)
        _exit(EXIT_FAILURE);
    inf_deadly_forget();
    prctl(PR_SET_NAME, "inferd-prover");
    if (inf_sandbox_enter(wanted, parent, MAX_DESCRIPTORS, &held, reason, sizeof reason) != 0)
        give_up(to, INF_PROOF_REFUSED, reason);
    inf_engine_after_fork();
    if (inf_examine_and_load(definition, wanted->model_size, wanted->approved != 0, &model, reason,
                             sizeof reason) != 0)
        give_up(to, INF_PROOF_REFUSED, reason);
    if (inf_engine_prove(model, reason, sizeof reason) != 0)
        give_up(to, INF_PROOF_FAILED, reason);
    tell(to, INF_PROOF_HOLDS, "");
    _exit(inf_engine_hand_over(model, to, reason, sizeof reason) == 0 ? EXIT_SUCCESS
                                                                      : EXIT_FAILURE);
}

/* ---- in the worker ---- */

static volatile sig_atomic_t has_ended, ended_by; /* a signal's number, or 0 */

static void on_child(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    ended_by = info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED ? info->si_status : 0;
    has_ended = 1;
}

int inf_prover_begin(const struct inf_frame_spawn *wanted, int control, int definition,
                     struct inf_prover *ret)
{
    const struct sigaction action = {.sa_sigaction = on_child,
                                     .sa_flags = SA_SIGINFO | SA_NOCLDWAIT | SA_RESTART};
    pid_t parent = getpid();
    int ends[2];

    has_ended = ended_by = 0;
    if (sigaction(SIGCHLD, &action, NULL) != 0 || pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES); /* only for speed */
    ret->pid = fork();
    if (ret->pid == 0) {
        close(control);
        close(ends[0]);
        prove(wanted, definition, ends[1], parent);
    }
    close(ends[1]);
    ret->from = ends[0];
    if (ret->pid > 0)
        return 0;
    close(ends[0]);
    return -1;
}

static int read_word(int from, struct word *ret)
{
    ssize_t got = 0;

    do
        got = read(from, ret, sizeof *ret); /* written in one piece, so it is read in one */
    while (got < 0 && errno == EINTR);
    ret->reason[sizeof ret->reason - 1] = '\0';
    return got == (ssize_t)sizeof *ret && ret->proof >= 0 && ret->proof < INF_PROOFS ? 0 : -1;
}

/* The kernel forgets the child then, without a wait for it. */
static void print_end(char *reason, size_t reason_size)
{
    const struct timespec pause = {.tv_nsec = LOOK_NS};

    for (int i = 0; i < LOOKS && !has_ended; i++)
        nanosleep(&pause, NULL);
    if (ended_by != 0)
        snprintf(reason, reason_size, "its code ended the process that was to prove it: signal %d",
                 ended_by);
    else
        snprintf(reason, reason_size, "the process that was to prove it said nothing");
}

/* The file's size bounds what of it can be weights. */
static int64_t bytes_max(const struct inf_frame_spawn *wanted)
{
    return wanted->model_size + wanted->model_size / 10 + SLACK_BYTES;
}

enum inf_proof inf_prover_end(struct inf_prover *prover, const struct inf_frame_spawn *wanted,
                              const struct inf_packed_file *file, struct inf_engine_model **ret,
                              struct inf_engine_packed *ret_packed, char *reason,
                              size_t reason_size)
{
    struct word word = {0};
    bool has_spoken = read_word(prover->from, &word) == 0;

    snprintf(reason, reason_size, "%s", word.reason);
    if (has_spoken && word.proof == INF_PROOF_HOLDS &&
        inf_engine_take_over(prover->from, bytes_max(wanted), file, ret, ret_packed, reason,
                             reason_size) != 0)
        word.proof = INF_PROOF_LOST;
    close(prover->from); /* whoever still writes is ended by that */
    if (!has_spoken)
        print_end(reason, reason_size);
    return has_spoken ? (enum inf_proof)word.proof : INF_PROOF_LOST;
}
