/* endpoint_answer.c - {"text_embedding":[..]}, {"sparse_embedding":[..]}, {"rerank":[..]}. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint_answer.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

#define VALUE "predicted_value"

/* One result on its way. */
struct ranked {
    size_t index;
    double score;
};

/* Calls one for each of the joined objects, in order. */
static int each(const struct inf_buf *results,
                int (*one)(void *arg, size_t i, const struct cJSON *result), void *arg)
{
    size_t at = 0;

    for (size_t i = 0; at < results->length; i++) {
        struct cJSON *result = inf_json_next_joined(results->data, results->length, &at);
        int rc = result != NULL ? one(arg, i, result) : -1;

        inf_json_delete(result);
        if (rc != 0)
            return -1;
    }
    return 0;
}

/* What the model says; a results_field of its own stands first. */
static const struct cJSON *value_of(const struct cJSON *result)
{
    const struct cJSON *value = inf_json_get(result, VALUE);

    return value != NULL ? value : inf_json_first(result);
}

/* An embedding of either kind; a sparse one says whether its text was cut. */
static int write_embedding(const struct cJSON *result, bool is_sparse, struct inf_jsonw *w)
{
    const struct cJSON *value = value_of(result);

    if (value == NULL)
        return -1;
    inf_jsonw_begin_object(w);
    if (is_sparse)
        inf_jsonw_kv_bool(w, "is_truncated", inf_json_true(inf_json_get(result, "is_truncated")));
    inf_jsonw_key(w, "embedding");
    inf_jsonw_value(w, value);
    inf_jsonw_end_object(w);
    return 0;
}

static int write_dense(void *arg, size_t i, const struct cJSON *result)
{
    (void)i;
    return write_embedding(result, false, arg);
}

static int write_sparse(void *arg, size_t i, const struct cJSON *result)
{
    (void)i;
    return write_embedding(result, true, arg);
}

static int take_length(void *arg, size_t i, const struct cJSON *result)
{
    size_t *length = arg;
    struct cJSON *value = value_of(result) != NULL ? inf_json_copy(value_of(result)) : NULL;
    int rc = value != NULL && inf_json_unfold(value) == 0 && inf_json_is_array(value) ? 0 : -1;

    (void)i;
    if (rc == 0)
        *length = inf_json_size(value);
    inf_json_delete(value);
    return rc;
}

int inf_endpoint_answer_length(const struct inf_buf *results, size_t *ret, struct inf_error *err)
{
    *ret = 0;
    if (each(results, take_length, ret) == 0 && *ret > 0)
        return 0;
    return inf_error_set(err, INF_ERR_INTERNAL,
                         "the model's results are not what an endpoint of task type [%s] has",
                         inf_endpoint_task_name(INF_ENDPOINT_TEXT_EMBEDDING));
}

/* ---- rerank ---- */

static int take_score(void *arg, size_t i, const struct cJSON *result)
{
    struct ranked *ranked = arg;
    const struct cJSON *value = value_of(result);

    if (!inf_json_is_number(value))
        return -1;
    ranked[i] = (struct ranked){i, inf_json_double(value)};
    return 0;
}

/* The best first; equals as they came. */
static int compare(const void *a, const void *b)
{
    const struct ranked *one = a, *other = b;

    if (one->score < other->score || one->score > other->score)
        return one->score < other->score ? 1 : -1;
    return one->index < other->index ? -1 : 1;
}

static void write_ranked(const struct ranked *ranked, const char *text, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "index", (int64_t)ranked->index);
    inf_jsonw_key(w, "relevance_score");
    inf_jsonw_float(w, (float)ranked->score);
    if (text != NULL)
        inf_jsonw_kv_string(w, "text", text);
    inf_jsonw_end_object(w);
}

static int rank(const struct inf_endpoint_question *question, const struct inf_buf *results,
                struct inf_jsonw *w)
{
    bool several = inf_json_is_array(question->input);
    size_t count = several ? inf_json_size(question->input) : 1, i = 0;
    struct ranked *ranked = inf_alloc(count, sizeof *ranked);
    const char **texts = inf_alloc(count, sizeof *texts);
    int rc = each(results, take_score, ranked);

    for (const struct cJSON *one = several ? inf_json_first(question->input) : question->input;
         i < count; one = inf_json_next(one))
        texts[i++] = inf_json_string(one);
    qsort(ranked, count, sizeof *ranked, compare);
    for (i = 0; rc == 0 && i < count && (int64_t)i < question->top_n; i++)
        write_ranked(&ranked[i], question->return_documents ? texts[ranked[i].index] : NULL, w);
    free(ranked);
    free(texts);
    return rc;
}

int inf_endpoint_answer(enum inf_endpoint_task task, const struct inf_endpoint_question *question,
                        const struct inf_buf *results, struct inf_buf *out, struct inf_error *err)
{
    struct inf_jsonw w;
    int rc;

    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, inf_endpoint_task_name(task));
    inf_jsonw_begin_array(&w);
    if (task == INF_ENDPOINT_RERANK)
        rc = rank(question, results, &w);
    else
        rc = each(results, task == INF_ENDPOINT_TEXT_EMBEDDING ? write_dense : write_sparse, &w);
    inf_jsonw_end_array(&w);
    inf_jsonw_end_object(&w);
    if (rc == 0)
        return 0;
    return inf_error_set(err, INF_ERR_INTERNAL,
                         "the model's results are not what an endpoint of task type [%s] has",
                         inf_endpoint_task_name(task));
}
