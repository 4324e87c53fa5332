/* execution.h - lines of NDJSON through a pipeline, some at a time, maybe on to another server, and
 * what comes of them in order.
 *
 * What has come of the lines goes to a file without a name in the data directory until all is
 * there; in memory are the lines that are under way, INF_EXECUTION_AT_ONCE in the pipeline and two
 * batches outside of it at most, and the part of the input that came and was not looked at yet.
 *
 * Thread: loop only. Owns: the runs, the forwarding, the file. Bound: INF_LINE_MAX bytes a line,
 * ingest.max_result_size bytes of results; no line is begun while those that are under way have 64
 * MB. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_EXECUTION_H
#define INFERD_REST_EXECUTION_H

#include "inferd/forward.h"
#include "inferd/ingest.h"

#define INF_EXECUTION_AT_ONCE 512

struct inf_execution;

struct inf_execution_options {
    struct uv_loop_s *loop;
    struct inf_ingest *ingest;
    struct inf_pipeline *pipeline; /* a reference of its own is taken */
    struct inf_client client;
    int64_t from_line;  /* lines before it are read away */
    int64_t max_bytes;  /* of the results */
    const char *folder; /* for the file */
    /* Where documents go instead of into the answer, which then tells what became of them; NULL:
     * nowhere. index and create as of inf_forwarding_options. */
    struct inf_forward *forward;
    const char *index;
    bool create;
    /* Room for more input, after inf_execution_push said that there is none. */
    void (*wanted)(void *arg);
    /* All that was pushed before inf_execution_end is through, or it has failed. Once. */
    void (*ended)(void *arg, const struct inf_error *err);
    void *arg;
};

int inf_execution_new(const struct inf_execution_options *options, struct inf_execution **ret,
                      struct inf_error *err);
void inf_execution_free(struct inf_execution *execution); /* ends what runs; NULL is fine */
/* Takes a piece of the input. *ret_full: no more is wanted until `wanted`. -1 with err: it has
 * failed, and nothing more comes of it. */
int inf_execution_push(struct inf_execution *execution, const char *data, size_t length,
                       bool *ret_full, struct inf_error *err);
void inf_execution_end(struct inf_execution *execution); /* that was all */
/* The file with the results, the caller's from now on, and its length. */
int inf_execution_take_file(struct inf_execution *execution, uint64_t *ret_length);

#endif
