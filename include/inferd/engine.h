/* engine.h - the C ABI of the model engine: load, inspect, forward, free.
 *
 * Implemented by src/engine/torch_shim.cc (libtorch) and by tests/support/fake_engine.c. No
 * exception and no C++ type crosses it. Only src/engine calls it, in the sandboxed worker process.
 *
 * Thread: init and load once, on the process's first thread; forward on any thread that has called
 *         inf_engine_thread_init; two threads may be in one model at once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_H
#define INFERD_ENGINE_H

#include "inferd/packed.h"
#include "inferd/vet.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INF_ENGINE_REASON 768

struct inf_engine_model;

/* What a forward gave; data belongs to the engine until inf_engine_output_free. Rows of a request
 * are concatenated on dimension 0. dtype: 1 float32, 2 float64 (bfloat16 and half come as float32).
 */
struct inf_engine_output {
    int dtype;
    int rank; /* 1..3; a 0-d answer becomes [1,1] */
    int64_t shape[3];
    const void *data;
    size_t size_bytes;
    void *holder; /* the engine's own */
};

/* "torch 2.13.0" or "fake". */
const char *inf_engine_version(void);

/* Once in the zygote, before any fork: loads libraries, probes the CPU (kernels are chosen here,
 * before the sandbox closes), runs a tiny forward on this thread. Must never run more than one
 * OpenMP or interop thread, else forked children hang in theirs. 0, or -1 with reason. */
int inf_engine_init(char *reason, size_t reason_size);

/* First thing in a forked worker, before its other threads exist (libtorch makes its pool anew). */
void inf_engine_after_fork(void);

/* A TorchScript archive in a descriptor, read by pread; fd stays the caller's. The bytes of the
 * spans (by offset, ascending, apart) are not read where they are many, but are zeros: for who
 * wants to look at a model's code and not at its weights. */
struct inf_engine_source {
    int fd;
    int64_t size_bytes;
    const struct inf_vet_span *left_out; /* NULL: everything is read */
    size_t left_out_count;
};

/* Makes a model of it. reason gets the engine's own words on failure. Nothing of the model's code
 * runs, provided that it was vetted to have no state hooks. */
int inf_engine_load(const struct inf_engine_source *source, struct inf_engine_model **ret,
                    char *reason, size_t reason_size);
void inf_engine_model_free(struct inf_engine_model *model); /* NULL is fine */

/* One call that a model's code makes. function is the one whose graph has it, with all that it
 * calls put in its place; operation is the operator's name without its overload, or the kind of a
 * node of the language ("prim::If"). */
struct inf_engine_call {
    const char *function;
    const char *operation;
    enum inf_vet_target target; /* of what it writes into; an attribute counts only in forward,
                                   since nobody calls the other methods by themselves */
};

/* Tells every call of every function and method of the model and of all its submodules, also of
 * those that forward never reaches. *ret_functions is their number. 0, or -1 with reason. Runs
 * nothing of it; takes time in proportion to the code with all calls put in, which a hostile model
 * can make as much as it likes: the caller bounds its time. */
int inf_engine_inspect(struct inf_engine_model *model,
                       void (*visit)(void *arg, const struct inf_engine_call *call), void *arg,
                       uint32_t *ret_functions, char *reason, size_t reason_size);

/* Lets the model's weights lie in memory as this processor multiplies fastest by them, which it
 * tries; for models that serve, once, after load and before any forward. Answers stay the same
 * within 1e-5. Takes some ten milliseconds, and as much more memory as the largest weight. */
void inf_engine_arrange(struct inf_engine_model *model);

/* The packed encoder (inferd/packed.h): one process proves that it answers as the model's module
 * does, and hands what it takes to another one, which has nothing of the module. */

#define INF_ENGINE_ARCHITECTURE 32

struct inf_engine_packed {
    char architecture[INF_ENGINE_ARCHITECTURE];
    double difference;           /* the largest of an answer to the module's */
    struct inf_packed_note note; /* for inf_engine_restore; of no bytes: none */
};

/* Is there anything to prove with? */
bool inf_engine_can_prove(void);
/* Is the model an encoder that is known, and does that answer to some texts as the module does? 0,
 * or -1 and why not. Once, after load; runs the module's code. */
int inf_engine_prove(struct inf_engine_model *model, char *reason, size_t reason_size);
/* Writes a proven model to a pipe, which is the end of it here: its weights are gone. 0, or -1 with
 * reason. Blocks until somebody has read it. */
int inf_engine_hand_over(struct inf_engine_model *model, int to, char *reason, size_t reason_size);
/* The model that comes out of the pipe, whose sender is not trusted: no more than bytes_max of
 * weights. With a file (NULL: none) in which all the weights stand, a note says where. 0, or -1
 * with reason. Blocks. */
int inf_engine_take_over(int from, int64_t bytes_max, const struct inf_packed_file *file,
                         struct inf_engine_model **ret, struct inf_engine_packed *ret_packed,
                         char *reason, size_t reason_size);
/* The model that was proven before, of its note and its file: none of the file's code runs, or is
 * read. Neither is trusted. 0, or -1 with reason. The file is not needed any more afterwards. */
int inf_engine_restore(const struct inf_packed_file *file, const void *note, size_t length,
                       struct inf_engine_model **ret, struct inf_engine_packed *ret_packed,
                       char *reason, size_t reason_size);
struct inf_engine_input;
/* Lets a model that was taken over multiply in bf16 or int8, as far as no sample's answer gets a
 * cosine to that before which is below min_cosine (-1: as far as there is). What that was found by
 * is the caller's to keep, and may be given again (NULL: not), as in inf_packed_quantize. 0, or -1
 * with reason, and the model is of no more use. Once, before any forward. */
int inf_engine_quantize(struct inf_engine_model *model, const struct inf_engine_input *samples,
                        enum inf_linear_type type, double min_cosine,
                        const struct inf_packed_fit *kept, struct inf_precision_report *ret,
                        struct inf_packed_fit *ret_fit, char *reason, size_t reason_size);

/* Once on each allocation thread: its intra-op team size. */
void inf_engine_thread_init(int threads);

/* [tensors][rows][cols] int32, widened to int64. */
struct inf_engine_input {
    const int32_t *data;
    int tensors, rows, cols;
    int at_once; /* rows of a forward, whose shape is [at_once, cols]; the last may have fewer */
};

/* 0, or -1 with reason (the model threw, ran out of memory, or answered what cannot be read). */
int inf_engine_forward(struct inf_engine_model *model, const struct inf_engine_input *input,
                       struct inf_engine_output *ret, char *reason, size_t reason_size);
void inf_engine_output_free(struct inf_engine_output *output);

/* ---- the program around the engine ---- */

/* The zygote, on one end of its socketpair to the daemon: closes what else was inherited, warms the
 * engine, says ZYGOTE_READY and serves SPAWN and KILL (inferd/frame.h) until the channel closes,
 * then ends its workers. Returns the process's exit status, in the zygote only. */
int inf_zygote_main(int channel);

#ifdef __cplusplus
}
#endif

#endif
