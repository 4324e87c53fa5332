/* params_deployments.c - parameters of the endpoints that start, stop, change and use deployments.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "param_rows.h"

#define ALLOCATION_CHECKS CHECKS({1, INT64_MAX, false, 2, "must be a positive integer"})
#define THREAD_CHECKS                                              \
    CHECKS({1, INT64_MAX, false, 4, "must be a positive integer"}, \
           {1, 32, true, 8, "must be a power of 2 less than or equal to 32"})

#define ADAPTIVE_DOC                                                                             \
    "As many allocations as the load needs: `enabled`, `min_number_of_allocations` (0 or null: " \
    "none when there are no requests for long), `max_number_of_allocations` (null: 32)."

const struct inf_param inf_start_params[] = {
    MODEL_ID(PATH | BODY, "The model to deploy."),
    {.name = "deployment_id",
     .type = INF_P_STRING,
     .in = QUERY,
     .doc = "Id of the deployment. Default: the model's id."},
    {.name = "number_of_allocations",
     .type = INF_P_INT,
     .in = QUERY | BODY,
     .dflt = "1",
     .checks = ALLOCATION_CHECKS,
     .doc = "Inferences that run at the same time, each in a thread of its own with the model's "
            "weights shared. Without it, the lower bound of `adaptive_allocations` counts first."},
    {.name = "threads_per_allocation",
     .type = INF_P_INT,
     .in = QUERY | BODY,
     .dflt = "1",
     .checks = THREAD_CHECKS,
     .doc = "Threads that work together on one inference."},
    {.name = "queue_capacity",
     .type = INF_P_INT,
     .in = QUERY | BODY,
     .dflt = "1024",
     .checks = CHECKS({1, INT64_MAX, false, 9, "must be a positive integer"},
                      {INT64_MIN, 1000000, false, 10, "must be less than 1000000"}),
     .doc = "Documents that may wait; what does not fit is refused with 429."},
    {.name = "cache_size",
     .type = INF_P_BYTES,
     .in = QUERY | BODY,
     .doc = "Memory for remembered results. Default: the model's size. `0` turns it off."},
    {.name = "priority",
     .type = INF_P_ENUM,
     .in = QUERY | BODY,
     .dflt = "normal",
     .choices = "normal|low",
     .enum_class = "org.elasticsearch.xpack.core.ml.inference.assignment.Priority",
     .doc = "`low` runs niced and takes one allocation of one thread."},
    {.name = "wait_for",
     .type = INF_P_ENUM,
     .in = QUERY | BODY,
     .dflt = "started",
     .choices = "starting|started|fully_allocated",
     .enum_class = "org.elasticsearch.xpack.core.ml.inference.assignment.AllocationStatus.State",
     .doc = "State to reach before the answer: recorded, one allocation ready, or all ready."},
    {.name = "timeout",
     .type = INF_P_TIME,
     .in = QUERY | BODY,
     .dflt = "30s",
     .checks = CHECKS({1, INT64_MAX, false, 11, "must be positive"}),
     .doc =
         "How long to wait for that state; after it 408, while the deployment goes on starting."},
    {.name = "adaptive_allocations",
     .type = INF_P_OBJECT,
     .in = BODY,
     .schema = "adaptive_allocations",
     .doc = ADAPTIVE_DOC},
    {.name = "precision",
     .type = INF_P_ENUM,
     .in = QUERY,
     .dflt = "fp32",
     .choices = "fp32|bf16|int8",
     .enum_class = "org.elasticsearch.xpack.core.ml.inference.assignment.Precision",
     .doc =
         "`int8` computes the linear layers of an encoder in integers, `bf16` in half the bits of "
         "a float32: faster, and a little less exact; the answer says by how much. `bf16` is "
         "refused where it is no faster. See operations.md."},
    {.name = "min_cosine",
     .type = INF_P_STRING,
     .in = QUERY,
     .doc = "With `int8` or `bf16`: the least cosine, from 0 to 1, between the sample texts' "
            "answers and "
            "those in float32. As few layers as it takes stay in float32. Default: none."},
    {.name = "dry_run",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Answers what would happen, with the arithmetic and with what is missing, and starts "
            "nothing. A model that was never loaded is, for a moment, within `timeout`."},
    {.name = "model_threads",
     .type = INF_P_INT,
     .in = QUERY | BODY,
     .checks = ALLOCATION_CHECKS,
     .doc = "Old name of `number_of_allocations`."},
    {.name = "inference_threads",
     .type = INF_P_INT,
     .in = QUERY | BODY,
     .checks = THREAD_CHECKS,
     .doc = "Old name of `threads_per_allocation`."},
    /* The query's row stands first, so the handler sees the query's value only: Elasticsearch puts
     * it, or the model's id, in the place of what the body said. */
    {.name = "deployment_id",
     .type = INF_P_STRING,
     .in = BODY,
     .doc = "Accepted, but the query's value or the model's id takes its place, as in "
            "Elasticsearch."},
    {.name = NULL},
};

const struct inf_param inf_update_params[] = {
    MODEL_ID(PATH | BODY, "The deployment's id."),
    {.name = "number_of_allocations",
     .type = INF_P_INT,
     .in = QUERY | BODY,
     .checks = ALLOCATION_CHECKS,
     .doc = "Inferences that shall run at the same time."},
    {.name = "adaptive_allocations",
     .type = INF_P_OBJECT,
     .in = BODY,
     .schema = "adaptive_allocations",
     .doc = ADAPTIVE_DOC " Members that are not named stay as they are; `null` in place of the "
                         "object ends adaptive allocations."},
    {.name = "timeout",
     .type = INF_P_TIME,
     .in = QUERY | BODY,
     .dflt = "30s",
     .doc = "How long to wait until added allocations answer; after it they go on starting, and "
            "the answer is a 200 all the same."},
    MASTER_TIMEOUT,
    {.name = NULL},
};

const struct inf_param inf_stop_params[] = {
    MODEL_ID(PATH, "The deployment's id."),
    {.name = "allow_no_match",
     .type = INF_P_BOOL,
     .in = QUERY | BODY,
     .dflt = "true",
     .doc = "Whether it is fine that there is no such deployment; else 404."},
    {.name = "force",
     .type = INF_P_BOOL,
     .in = QUERY | BODY,
     .dflt = "false",
     .doc = "Stops a deployment that something refers to."},
    {.name = "finish_pending_work",
     .type = INF_P_BOOL,
     .in = QUERY | BODY,
     .dflt = "false",
     .doc = "Answers what is queued before stopping, instead of refusing it."},
    {.name = "id", .type = INF_P_STRING, .in = BODY, .doc = "Must equal the id of the path."},
    {.name = NULL},
};

const struct inf_param inf_cache_clear_params[] = {
    MODEL_ID(PATH, "The deployment's id."),
    {.name = "timeout",
     .type = INF_P_TIME,
     .in = QUERY,
     .dflt = "30s",
     .doc = "How long other nodes of a cluster are waited for, at most a minute."},
    {.name = NULL},
};

/* ---- inference ---- */

const struct inf_param inf_infer_params[] = {
    MODEL_ID(PATH, "Id of a deployment, or of a model that has one."),
    {.name = "docs",
     .type = INF_P_ANY,
     .in = BODY,
     .schema = "docs",
     .required = true,
     .doc = "Documents, as objects that hold the model's input field. All of them are answered or "
            "none."},
    {.name = "inference_config",
     .type = INF_P_OBJECT,
     .in = BODY,
     .schema = "inference_config",
     .doc = "Settings of the model's own task to use for this request instead of the stored ones."},
    {.name = "timeout",
     .type = INF_P_TIME,
     .in = QUERY | BODY,
     .dflt = "10s",
     .doc = "How long to wait for the results, queueing included; after it 408."},
    {.name = "token_counts",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Adds to each result how many tokens its text has, and how many of them were cut."},
    {.name = "id", .type = INF_P_STRING, .in = BODY, .doc = "Must equal the id of the path."},
    {.name = NULL},
};

const struct inf_param inf_peer_params[] = {MODEL_ID(PATH, "The model's id."), {.name = NULL}};

const struct inf_param inf_peer_chunks_params[] = {
    MODEL_ID(PATH, "Id of a deployment."),
    {.name = "text", .type = INF_P_STRING, .in = BODY, .required = true, .doc = "The text."},
    {.name = "max_tokens",
     .type = INF_P_INT,
     .in = BODY,
     .dflt = "0",
     .checks = CHECKS({0, INT32_MAX, false, 1, "must not be negative"}),
     .doc = "Of a piece; 0: as many as the model takes."},
    {.name = "overlap",
     .type = INF_P_INT,
     .in = BODY,
     .dflt = "0",
     .checks = CHECKS({0, INT32_MAX, false, 2, "must not be negative"}),
     .doc = "Tokens that a piece shares with the one before."},
    {.name = NULL},
};

const struct inf_param inf_peer_part_params[] = {
    MODEL_ID(PATH, "The model's id."),
    {.name = "part", .type = INF_P_INT, .in = PATH, .doc = "The part's number, from 0."},
    {.name = NULL},
};
