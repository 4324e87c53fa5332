/* runtime.h - what all deployments of a model share in the daemon: its parsed configuration and its
 * tokenizer. Immutable once made, counted, so that a job on libuv's pool can hold it.
 *
 * Thread: load, ref and unref on the loop; the content may be read on any thread. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_RUNTIME_H
#define INFERD_SERVING_RUNTIME_H

#include "inferd/inference.h"
#include "inferd/store.h"
#include "inferd/task.h"

struct uv_loop_s;

struct inf_runtime {
    int refs;
    char *model_id;
    char *input_field;            /* of the documents, may be dotted */
    char *prefixes[INF_PREFIXES]; /* NULL: none */
    struct inf_inference_config *config;
    struct inf_tokenizer *tokenizer;
};

/* err == NULL: one reference of `runtime` is the receiver's. Runs once, on the loop, never before
 * inf_runtime_load has returned. */
typedef void (*inf_runtime_loaded)(void *arg, struct inf_runtime *runtime,
                                   const struct inf_error *err);

/* Parses the stored configuration, reads the vocabulary and builds the tokenizer, the long steps on
 * libuv's pool. */
void inf_runtime_load(struct uv_loop_s *loop, struct inf_store *store, const char *model_id,
                      inf_runtime_loaded loaded, void *arg);
/* Reads field and prefixes out of a stored configuration, which is *ret, the caller's, then. 0, or
 * -1 with err. Any thread. */
int inf_runtime_read_input(struct inf_runtime *runtime, const char *config, struct inf_json *ret,
                           struct inf_error *err);
void inf_runtime_free_input(struct inf_runtime *runtime);
struct inf_runtime *inf_runtime_ref(struct inf_runtime *runtime);
void inf_runtime_unref(struct inf_runtime *runtime); /* NULL is fine */

#endif
