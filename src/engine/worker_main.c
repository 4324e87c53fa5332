/* A worker. It holds one model and nothing else that is worth stealing, and it leaves with _exit:
 * handlers and destructors of a program that ran a stranger's code are not to be trusted. Its
 * control channel is apart from the allocations' so that a message about control never waits behind
 * an inference. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker_main.h"
#include "allocation.h"
#include "deadly.h"
#include "descriptors.h"
#include "examine.h"
#include "heap.h"
#include "inferd/engine.h"
#include "kept.h"
#include "prover.h"
#include "sandbox.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Standard streams, control, definition, and one channel an allocation. */
#define MAX_DESCRIPTORS (5 + INF_ALLOCATIONS_MAX)

/* What the worker is made for, and with what. */
struct job {
    int control, definition;
    const struct inf_frame_spawn *wanted;
    struct inf_kept kept;
    struct inf_prover prover;
};

static void send_failure(int control, const char *reason)
{
    struct inf_frame_header header = {.type = INF_FRAME_LOAD_FAILED,
                                      .length = (uint32_t)strnlen(reason, INF_FRAME_REASON)};

    (void)inf_frame_send(control, &header, reason, header.length, NULL, 0, NULL, 0);
}

static _Noreturn void give_up(int control, const char *reason)
{
    send_failure(control, reason);
    _exit(EXIT_FAILURE);
}

/* Signals that concern the daemon stay ignored as the zygote left them; the rest ends the process.
 */
static void set_signals(int control)
{
    sigset_t none;

    inf_deadly_watch(control);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void detach(int control, int definition, pid_t parent)
{
    if (inf_sandbox_tie_to_parent(parent) != 0)
        _exit(EXIT_FAILURE);
    setsid();
    prctl(PR_SET_NAME, "inferd-worker");
    set_signals(control);
    inf_descriptors_keep(control, definition);
    if (inf_descriptors_silence() != 0)
        give_up(control, "the null device of the inference process cannot be opened");
}

/* The report goes out whole, or nobody is there to read it. */
static _Noreturn void vet(int control, int definition, const struct inf_frame_spawn *wanted)
{
    struct inf_frame_header header = {.type = INF_FRAME_VETTED,
                                      .length = sizeof(struct inf_vet_report)};
    struct inf_vet_report report;
    char reason[INF_ENGINE_REASON];

    inf_engine_after_fork();
    if (inf_examine(definition, wanted->model_size, &report, reason, sizeof reason) != 0)
        give_up(control, reason);
    (void)inf_frame_send(control, &header, &report, sizeof report, NULL, 0, NULL, 0);
    _exit(EXIT_SUCCESS);
}

static struct inf_engine_model *load_module(int control, int definition,
                                            const struct inf_frame_spawn *wanted)
{
    struct inf_engine_model *model = NULL;
    char reason[INF_ENGINE_REASON];

    if (inf_examine_and_load(definition, wanted->model_size, wanted->approved != 0, &model, reason,
                             sizeof reason) != 0)
        give_up(control, reason);
    inf_engine_arrange(model);
    return model;
}

static void say_packed(const struct inf_engine_packed *packed, enum inf_frame_packed how,
                       struct inf_frame_loaded *loaded)
{
    loaded->packed = how;
    loaded->difference = packed->difference;
    snprintf(loaded->words, sizeof loaded->words, "%s", packed->architecture);
}

/* What the prover hands over; NULL: it has to be the module, for the reason given. */
static struct inf_engine_model *take_proven(const struct job *job, struct inf_frame_loaded *loaded,
                                            char *reason)
{
    struct inf_engine_model *model = NULL;
    struct inf_engine_packed packed = {0};
    struct inf_prover prover = job->prover;
    struct inf_packed_file *file =
        inf_kept_open_file(job->definition, job->wanted->model_size, true);
    enum inf_proof proof =
        inf_prover_end(&prover, job->wanted, file, &model, &packed, reason, INF_ENGINE_REASON);

    inf_kept_close_file(file);
    if (proof == INF_PROOF_REFUSED)
        give_up(job->control, reason);
    if (proof == INF_PROOF_HOLDS) {
        say_packed(&packed, INF_PACKED_PROVEN, loaded);
        inf_kept_send(job->control, job->wanted, &packed);
    }
    if (proof == INF_PROOF_FAILED)
        inf_kept_send_refusal(job->control, job->wanted, reason);
    return model;
}

/* What the kept proof and the definition make. A proof that is no good leaves nothing to go on
 * with: whoever is to prove must be made before the cage closes. So the daemon begins again. */
static struct inf_engine_model *take_kept(struct job *job, struct inf_frame_loaded *loaded)
{
    struct inf_engine_model *model = NULL;
    struct inf_engine_packed packed = {0};
    char reason[INF_ENGINE_REASON];
    char whole[INF_ENGINE_REASON + sizeof INF_PROOF_UNUSABLE];

    if (inf_kept_restore(&job->kept, job->definition, job->wanted->model_size, &model, &packed,
                         reason, sizeof reason) != 0) {
        snprintf(whole, sizeof whole, INF_PROOF_UNUSABLE "%s", reason);
        give_up(job->control, whole);
    }
    say_packed(&packed, INF_PACKED_KEPT, loaded);
    return model;
}

/* By packed weights, or by the module; tells which in *loaded. */
static struct inf_engine_model *load(struct job *job, struct inf_frame_loaded *loaded)
{
    struct inf_engine_model *model = NULL;
    char reason[INF_ENGINE_REASON] = "engine.encoder is [module]";
    char whole[INF_ENGINE_REASON + sizeof "the model cannot be packed: "];

    inf_engine_after_fork();
    if (job->wanted->disproven != 0)
        inf_kept_send_refusal(job->control, job->wanted, INF_KEPT_DISPROVEN);
    if (job->kept.is_refusal) {
        inf_kept_refuse(&job->kept, reason, sizeof reason);
        loaded->packed = INF_PACKED_NOT_KEPT;
    } else if (job->kept.record != NULL) {
        model = take_kept(job, loaded);
    } else if (job->prover.pid > 0) {
        model = take_proven(job, loaded, reason);
    } else if (job->wanted->encoder != INF_ENCODER_MODULE) {
        snprintf(reason, sizeof reason, "this engine has no packed encoder");
    }
    if (model == NULL && job->wanted->encoder == INF_ENCODER_PACKED) {
        snprintf(whole, sizeof whole, "the model cannot be packed: %s", reason);
        give_up(job->control, whole);
    }
    if (model == NULL) {
        snprintf(loaded->words, sizeof loaded->words, "%.*s", (int)sizeof loaded->words - 1,
                 reason);
        model = load_module(job->control, job->definition, job->wanted);
    }
    close(job->definition);
    inf_heap_settle();
    return model;
}

/* A kept proof, if there is one, or who makes one. */
static void begin_proof(struct job *job)
{
    const struct inf_frame_spawn *wanted = job->wanted;
    char reason[INF_FRAME_REASON];

    if (wanted->purpose != INF_PURPOSE_SERVE)
        return;
    if (inf_kept_receive(job->control, wanted, &job->kept) != 0)
        _exit(EXIT_FAILURE);
    if (wanted->encoder == INF_ENCODER_MODULE || !inf_engine_can_prove() ||
        job->kept.record != NULL ||
        inf_prover_begin(wanted, job->control, job->definition, &job->prover) == 0)
        return;
    snprintf(reason, sizeof reason, "no process can be made to prove the model: %s",
             strerror(errno));
    give_up(job->control, reason);
}

/* Says QUANTIZED; else this is the end of the process. */
static void quantize(int control, const struct inf_frame_spawn *spawn,
                     struct inf_engine_model *model, const void *payload, size_t length)
{
    struct inf_frame_quantize wanted;
    struct inf_precision_report report;
    struct inf_packed_fit kept, made;
    char reason[INF_ENGINE_REASON];

    if (inf_frame_check_quantize(payload, length) != 0)
        _exit(EXIT_FAILURE);
    memcpy(&wanted, payload, sizeof wanted);
    const struct inf_engine_input samples = {
        .data = (const int32_t *)((const char *)payload + sizeof wanted),
        .tensors = (int)wanted.tensors,
        .rows = (int)wanted.rows,
        .cols = (int)wanted.cols,
        .at_once = 1};
    bool is_kept = inf_kept_read_fit(spawn, (const char *)payload + (length - wanted.kept_bytes),
                                     wanted.kept_bytes, &kept);
    inf_engine_thread_init(1); /* what it takes is measured by this thread's CPU time */
    if (inf_engine_quantize(model, &samples, (enum inf_linear_type)wanted.type, wanted.min_cosine,
                            is_kept ? &kept : NULL, &report, &made, reason, sizeof reason) != 0)
        give_up(control, reason);
    inf_heap_settle();
    if (inf_kept_send_quantized(control, spawn, &report, &made) != 0)
        _exit(EXIT_FAILURE);
}

/* Until the daemon closes the channel. An allocation that cannot be made is answered by the closing
 * of its own channel. */
static void serve(int control, const struct inf_frame_spawn *spawn, struct inf_engine_model *model)
{
    struct inf_frame_header header;
    struct inf_frame_allocate wanted;
    void *payload = NULL;
    size_t capacity = 0;
    int channel = -1;

    while (inf_frame_receive(control, &header, &payload, &capacity, &channel, 1) == 1) {
        if (header.type == INF_FRAME_QUANTIZE && channel < 0) {
            quantize(control, spawn, model, payload, header.length);
            continue;
        }
        if (header.type != INF_FRAME_ALLOCATE || channel < 0)
            break;
        memcpy(&wanted, payload, sizeof wanted);
        if (inf_allocation_start(model, channel, &wanted) != 0)
            close(channel);
    }
}

void inf_worker_main(int control, int definition, const struct inf_frame_spawn *wanted,
                     pid_t parent, uint32_t held)
{
    struct inf_frame_header header = {.type = INF_FRAME_LOADED,
                                      .length = sizeof(struct inf_frame_loaded)};
    struct inf_frame_loaded loaded = {0};
    struct inf_engine_model *model = NULL;
    struct job job = {.control = control, .definition = definition, .wanted = wanted};
    char reason[INF_FRAME_REASON];

    detach(control, definition, parent);
    if (wanted->nice > 0)
        (void)setpriority(PRIO_PROCESS, 0, wanted->nice); /* to be nicer is always allowed */
    begin_proof(&job);
    if (inf_sandbox_enter(wanted, parent, MAX_DESCRIPTORS, &loaded.sandbox, reason,
                          sizeof reason) != 0)
        give_up(control, reason);
    if (wanted->purpose == INF_PURPOSE_VET)
        vet(control, definition, wanted);
    loaded.sandbox |= held;
    model = load(&job, &loaded);
    if (inf_frame_send(control, &header, &loaded, sizeof loaded, NULL, 0, NULL, 0) >= 0)
        serve(control, wanted, model);
    _exit(EXIT_SUCCESS);
}
