/* frame.h - the fixed binary frames between inferd and inferd-engine.
 *
 * Three kinds of stream socketpair: parent-zygote (spawn, kill, measure), parent-worker control
 * (allocation add, loaded, failed), parent-allocation (infer, result; one channel a thread, two
 * forwards in it at most, so the kernel is the mailbox and no worker needs a reader thread; each
 * INFER has an answer, in order). Integers are native-endian. A frame is a header and `length`
 * bytes, and names no path; descriptors travel by SCM_RIGHTS.
 *
 * Thread: any; the functions keep no state. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FRAME_H
#define INFERD_FRAME_H

#include "inferd/packed.h"
#include "inferd/vet.h"
#include <stddef.h>
#include <stdint.h>

#define INF_FRAME_MAX (1u << 30)        /* longest payload, bytes */
#define INF_FRAME_RESULT_MAX (1u << 28) /* longest RESULT: JSON of more numbers fits nowhere */
#define INF_FRAME_REASON 768            /* longest reason text, bytes */
#define INF_FRAME_PROOF_MAX (1u << 17)  /* longest PROOF, bytes */
#define INF_FRAME_FIT_MAX (1u << 20)    /* longest of what is kept of a QUANTIZED, bytes */
#define INF_FRAME_DESCRIPTORS 2         /* most descriptors that one frame carries */
#define INF_FRAME_TOGETHER 32           /* most INFERs that are computed together */
#define INF_FRAME_TENSORS 4             /* most tensors of those */
#define INF_FRAME_PAD_COLUMN (-1)       /* padding that is the numbers of its columns, from 0 on */

enum inf_frame_type {
    /* parent -> zygote. SPAWN carries two descriptors: the definition (read-only) and the worker's
     * end of its control channel. id is the parent's worker number (never reused). */
    INF_FRAME_SPAWN = 1, /* payload: struct inf_frame_spawn */
    INF_FRAME_KILL,    /* id: worker number; SIGKILL by its own parent, so never a stranger's pid */
    INF_FRAME_MEASURE, /* id: worker; payload: struct inf_frame_measure; MEASURED, if it lives */
    INF_FRAME_LIMIT,   /* id: worker; payload: struct inf_frame_limit; takes effect at once */
    /* zygote -> parent */
    INF_FRAME_ZYGOTE_READY, /* payload: engine version text, NUL, why there are no control groups */
    INF_FRAME_SPAWNED,      /* id: worker; payload: struct inf_frame_spawned */
    INF_FRAME_EXITED,       /* id: worker; payload: struct inf_frame_exited */
    INF_FRAME_MEASURED,     /* id: worker; payload: struct inf_frame_measured */
    /* worker -> parent, control channel */
    INF_FRAME_LOADED,      /* payload: struct inf_frame_loaded */
    INF_FRAME_LOAD_FAILED, /* payload: reason text */
    INF_FRAME_VETTED,      /* payload: struct inf_vet_report; the process then ends */
    /* parent -> worker, control channel. ALLOCATE carries the allocation's channel. */
    INF_FRAME_ALLOCATE, /* payload: struct inf_frame_allocate; closing it ends the thread */
    /* allocation channel */
    INF_FRAME_INFER,  /* parent -> allocation; id: job; payload: struct inf_frame_infer + int32s */
    INF_FRAME_RESULT, /* allocation -> parent; id: job; payload: struct inf_frame_result + data */
    INF_FRAME_ERROR,  /* allocation -> parent; id: job; payload: reason text */
    INF_FRAME_SIGNALLED, /* worker -> parent, as the last; payload: struct inf_frame_signalled */
    INF_FRAME_PROVEN,    /* worker -> parent, before LOADED; payload: the next worker's PROOF */
    INF_FRAME_PROOF,     /* parent -> worker, as the first frame, where SPAWN says so */
    INF_FRAME_QUANTIZE,  /* parent -> worker, after LOADED and before any ALLOCATE; LOAD_FAILED if
                          * it cannot be done; payload: struct inf_frame_quantize + int32s + bytes */
    INF_FRAME_QUANTIZED, /* worker -> parent; payload: struct inf_precision_report + what to keep */
    INF_FRAME_TYPES
};

struct inf_frame_header {
    uint32_t type;
    uint32_t length; /* of the payload, <= INF_FRAME_MAX */
    uint64_t id;
};

/* What a worker is made for. */
enum inf_purpose {
    INF_PURPOSE_SERVE, /* loads the model and takes allocations; vets it once more before that */
    INF_PURPOSE_VET    /* looks at the definition without its tensors, says VETTED and ends */
};

struct inf_frame_spawn {
    int64_t model_size;          /* bytes of the definition */
    int64_t memory_limit;        /* as in inf_frame_limit */
    int64_t address_limit;       /* bytes for RLIMIT_AS; 0: none */
    uint32_t require_namespaces; /* 1: fail closed when they are missing */
    uint32_t require_landlock;
    uint32_t purpose;  /* enum inf_purpose */
    uint32_t approved; /* 1: an operator approved this file, so unknown operations are no reason */
    uint32_t cpu_limit_s; /* seconds of CPU time after which the process is ended; 0: none */
    uint32_t encoder;     /* enum inf_encoder_choice */
    uint32_t has_proof;   /* 1: a PROOF comes */
    uint32_t disproven;   /* 1: packed weights answered otherwise, which PROVEN is to say now */
    int32_t nice;         /* of the process; 0: as the zygote */
};

/* Makes the request, whose model_size is set, one to vet: what it is for, and limits that a
 * definition of that size needs none of. timeout_ms is of wall time, for the limit of CPU time. */
void inf_frame_ask_to_vet(struct inf_frame_spawn *request, int64_t timeout_ms);

/* How the reason of a worker begins that did not load the model because vetting refused it; or, so
 * that it is made again without, because its PROOF is no good. */
#define INF_EXAMINE_REFUSED "the definition was refused: "
#define INF_PROOF_UNUSABLE "the kept proof is of no use: "

struct inf_frame_spawned {
    int32_t pid, errno_value; /* pid -1 when fork failed: errno_value says why */
};

struct inf_frame_limit {
    int64_t memory_limit; /* bytes of writable memory beyond what the zygote has; 0: none */
};

/* Comes back in the answer, for the asker to know what the figures are of. */
struct inf_frame_measure {
    uint32_t occasion, allocations;
};

struct inf_frame_measured {
    struct inf_frame_measure asked;
    int64_t resident_bytes; /* of all kinds; 0 when the kernel did not say */
    int64_t own_bytes;      /* that no file backs, beyond what it had at the fork; >= 0 */
    int64_t own_peak_bytes; /* the most that own_bytes has been */
    int64_t cpu_ns;         /* CPU time of all its threads since the fork */
};

struct inf_frame_exited {
    int32_t status;   /* of waitpid */
    uint32_t ordered; /* 1: a KILL found it alive */
};

enum {
    INF_SANDBOX_NAMESPACES = 1, /* network, mount, ipc, uts, and user unless we are root */
    INF_SANDBOX_LANDLOCK = 2,
    INF_SANDBOX_SECCOMP = 4,
    INF_SANDBOX_RLIMITS = 8,
    INF_SANDBOX_EMPTY_ROOT = 16, /* the mount namespace shows nothing but an empty folder */
    INF_SANDBOX_CGROUP = 32      /* a control group of its own bounds memory and threads */
};

#define INF_FRAME_WORDS 256
/* What computes: packed weights (inferd/packed.h), proven now or by a PROOF, or the module. */
enum inf_frame_packed { INF_PACKED_NOT, INF_PACKED_PROVEN, INF_PACKED_KEPT, INF_PACKED_NOT_KEPT };

struct inf_frame_loaded {
    uint32_t sandbox;            /* INF_SANDBOX_* that hold; SECCOMP and RLIMITS always do */
    uint32_t packed;             /* enum inf_frame_packed */
    double difference;           /* unless 0: the largest of an answer to the module's */
    char words[INF_FRAME_WORDS]; /* the architecture, or why it is not packed; NUL behind it */
};

/* Another process sent a signal that ends this one; a model may claim it, so not for ever. */
struct inf_frame_signalled {
    int32_t number;
};

struct inf_frame_allocate {
    uint32_t threads; /* intra-op team of this allocation, at least 1 */
    int32_t nice;     /* 0, or 15 for low priority; at most 19 */
};

/* Sample texts, int32 data [tensors][rows][cols] follows, and what an earlier QUANTIZED brought. */
struct inf_frame_quantize {
    uint32_t tensors, rows, cols, type; /* enum inf_linear_type */
    double min_cosine;                  /* as in inf_engine_quantize */
    uint32_t kept_bytes, padding;       /* at most INF_FRAME_FIT_MAX */
};

struct inf_frame_infer {
    uint32_t tensors, rows, cols; /* int32 data [tensors][rows][cols] follows */
    uint32_t reduce;              /* enum inf_reduce, of the output */
    uint32_t position;            /* for INF_REDUCE_POSITION; < cols */
    uint32_t more;    /* INFERs that follow at once and are to be computed in one forward with this;
                       * each of them has one row and as many tensors */
    uint32_t at_once; /* rows of this one that are one forward; 0: as 1 */
    int32_t padding[INF_FRAME_TENSORS]; /* of each tensor, for a shorter text among longer ones */
};

struct inf_frame_result {
    uint32_t dtype, rank; /* inf_engine_output.dtype, .rank */
    int64_t shape[3];
    uint64_t time_ns; /* wall time of the forward calls; a share, when several INFERs were one */
    uint64_t cpu_ns;  /* CPU time of this thread in them, likewise */
    uint32_t together, reserved; /* rows that were one forward, of this INFER or of several */
};

/* Checks that the type is known and that `length` is one which such a frame can have. 0 or -1.
 * Which types may come from where is the receiver's to know. */
int inf_frame_check(const struct inf_frame_header *header);
/* Checks that an INFER payload of `length` bytes has the data that its header claims. 0 or -1. */
int inf_frame_check_infer(const void *payload, size_t length);
/* QUANTIZE likewise. */
int inf_frame_check_quantize(const void *payload, size_t length);
/* Checks a RESULT payload likewise: rank 1..3, its dimensions at least 1, a known dtype, and shape
 * x dtype == bytes. 0 or -1. */
int inf_frame_check_result(const void *payload, size_t length);

/* One write with descriptors attached (fds may be NULL): header, then two payload pieces, whose
 * lengths make up header->length. Blocking socket: returns when all is written. Non-blocking
 * socket: may write less. Bytes written, or -1 with errno when not even the first went out. */
long inf_frame_send(int fd, const struct inf_frame_header *header, const void *first,
                    size_t first_length, const void *second, size_t second_length, const int *fds,
                    int fd_count);
/* Blocking read of a whole frame into *payload, grown with realloc as needed (capacity kept), with
 * up to fd_count descriptors received close-on-exec into fds (-1 where none came). 1, 0 at end of
 * file, -1 with errno; no descriptor is left open then. */
int inf_frame_receive(int fd, struct inf_frame_header *header, void **payload, size_t *capacity,
                      int *fds, int fd_count);

#endif
