/* The texts of the warm-up, made up by the task. The long one is cut by the tokenizer where the
 * model ends: it makes the peak of memory visible before a client does. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "warmup.h"
#include "deployment.h"

#define SHORT_WORDS 6
/* Bytes of an answer that the loop looks into. A model that says more to six words could hold it up
 * for seconds; whether that makes sense, the pool finds out with the first request. */
#define LONGEST_CHECKED ((size_t)1 << 20)

static int encode_short(const struct inf_runtime *runtime, struct inf_encoding *ret,
                        struct inf_error *err)
{
    struct inf_sample scratch;
    struct inf_document sample;
    int rc = 0;

    inf_task_sample(runtime->config, runtime->tokenizer, SHORT_WORDS, &scratch, &sample);
    rc = inf_task_encode(&sample, ret, err);
    inf_sample_free(&scratch);
    return rc;
}

static int encode_long(const struct inf_runtime *runtime, struct inf_encoding *ret,
                       struct inf_error *err)
{
    struct inf_sample scratch;
    struct inf_document sample;
    int rc = 0;

    inf_task_sample(runtime->config, runtime->tokenizer, INF_WARMUP_LONGEST, &scratch, &sample);
    inf_sample_cut(&scratch, INF_WARMUP_LONGEST);
    rc = inf_task_encode(&sample, ret, err);
    inf_sample_free(&scratch);
    return rc;
}

int inf_warmup_encode(const struct inf_runtime *runtime, bool longest, struct inf_encoding *ret,
                      struct inf_error *err)
{
    if (longest && encode_long(runtime, ret, err) == 0)
        return 0;
    return encode_short(runtime, ret, err);
}

int inf_warmup_check(const struct inf_runtime *runtime, const void *payload, size_t length,
                     struct inf_error *err)
{
    struct inf_tensor tensor = inf_allocation_tensor(payload);
    struct inf_encoding encoding = {0};
    struct inf_sample scratch;
    struct inf_document sample;
    struct inf_buf result;
    int rc = 0;

    if (length > LONGEST_CHECKED)
        return 0;
    inf_buf_init(&result, INF_RESULT_MAX);
    inf_task_sample(runtime->config, runtime->tokenizer, SHORT_WORDS, &scratch, &sample);
    rc = inf_task_encode(&sample, &encoding, err);
    if (rc == 0)
        rc = inf_task_decode(&sample, &encoding, &tensor, &result, err);
    inf_encoding_free(&encoding);
    inf_sample_free(&scratch);
    inf_buf_free(&result);
    return rc;
}
