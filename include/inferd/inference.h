/* inference.h - asking a deployment: one request, from its documents to their results.
 *
 * Thread: loop only. Owns: the request until it is done; what the caller borrows out, see below.
 * Bound: queue_capacity documents a deployment. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INFERENCE_H
#define INFERD_INFERENCE_H

#include "inferd/client.h"
#include "inferd/error.h"
#include "inferd/json.h"
#include <stdbool.h>
#include <stdint.h>

struct inf_manager;
struct inf_infer; /* one request, 1..n documents */

/* results: the documents' result objects joined by commas ("{..},{..}"), in input order; NULL with
 * err. The receiver may take the bytes. Runs once, on the loop, maybe before inf_manager_infer
 * returns. */
typedef void (*inf_infer_done)(void *arg, const struct inf_error *err, struct inf_buf *results);

/* What a client asks for; docs and inference_config are borrowed until `done` has run or the
 * request was cancelled. */
struct inf_infer_request {
    const struct cJSON *docs;             /* non-empty array of objects */
    const struct cJSON *inference_config; /* {"<task>":{...}}; NULL: the model's own */
    bool token_counts;                    /* are part of the answer */
    bool stays;                           /* in a cluster: it is not sent to another node */
    struct inf_client client;             /* whose share of the queue it takes */
    uint64_t arrival_ns;                  /* uv_hrtime at its first byte */
    int64_t timeout_ms;                   /* from then on; below 0: none */
    inf_infer_done done;
    void *arg;
};

/* Where a document comes from, for a model that wants its texts to begin with a word about that
 * (prefix_strings); a plain _infer has none. */
enum inf_prefix { INF_PREFIX_INGEST, INF_PREFIX_SEARCH, INF_PREFIXES };

/* How documents for a model look. */
struct inf_model_input {
    struct inf_buf field; /* that has the text */
    struct inf_buf begin; /* what each text begins with; mostly empty */
};
/* id: as in inf_manager_infer. false: there is no such model, and the field is "input". *ret is to
 * be ended with inf_model_input_fini in any case. */
bool inf_manager_input(const struct inf_manager *manager, const char *id, enum inf_prefix prefix,
                       struct inf_model_input *ret);
void inf_model_input_fini(struct inf_model_input *input);
/* One more document with this text, or with this value: a text, or anything else as it is, for the
 * model's own complaint (NULL: an empty document). 0, or -1: no memory. */
int inf_model_input_add_text(const struct inf_model_input *input, struct cJSON *docs,
                             const char *text, size_t length);
int inf_model_input_add(const struct inf_model_input *input, struct cJSON *docs,
                        const struct cJSON *value);

/* id: deployment id, model id or alias (compatibility 8.5 resolves). Admission is all or nothing:
 * when the queue cannot take all documents, or would keep them beyond timeout_ms, QUEUE_FULL with
 * retry_after_s. The same ends one that was admitted when it has to give way to another client. A
 * deployment that was scaled to zero is woken, and the request waits for it. *ret is NULL when done
 * has run. */
void inf_manager_infer(struct inf_manager *manager, const char *id,
                       const struct inf_infer_request *request, struct inf_infer **ret);
/* The client is gone: done will not run; documents not yet in a worker are dropped and counted. */
void inf_infer_cancel(struct inf_infer *infer);

/* ---- long texts ---- */

/* A piece of a text: its bytes, and where it stands in UTF-16 units. */
struct inf_chunk {
    size_t from, length;
    int start, end;
};

/* The text is copied. `done` runs once, on the loop, never before inf_manager_chunk returns; chunks
 * are borrowed for the call. */
struct inf_chunk_request {
    const char *text;
    size_t length;
    int max_tokens; /* of a chunk, special ones included; 0: as many as the model takes */
    int overlap;    /* tokens that a chunk shares with the one before */
    bool stays;     /* in a cluster: it is not sent to another node */
    void (*done)(void *arg, const struct inf_error *err, const struct inf_chunk *chunks,
                 size_t count);
    void *arg;
};
struct inf_chunking;

/* Cuts the text by the tokens of the model that id means, as for inf_manager_infer, on the pool or
 * on another node. NULL with err: it is not served now, or max_tokens is more than it takes. `done`
 * fails with ILLEGAL_ARGUMENT for more chunks than the deployment's queue has places. */
struct inf_chunking *inf_manager_chunk(struct inf_manager *manager, const char *id,
                                       const struct inf_chunk_request *request,
                                       struct inf_error *err);
/* `done` will not run. */
void inf_chunking_cancel(struct inf_chunking *chunking);

#endif
