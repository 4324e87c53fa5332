/* The texts of the warm-up. The long one is many short ones, cut by the tokenizer where the model
 * ends: it makes the peak of memory visible before a client does. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "warmup.h"
#include "deployment.h"
#include <string.h>

#define TEXT "Is this model ready to answer? "
#define TEXT_WORDS 6

static int encode_short(const struct inf_runtime *runtime, struct inf_encoding *ret,
                        struct inf_error *err)
{
    return inf_task_encode(&runtime->config, runtime->tokenizer, TEXT, sizeof TEXT - 1, ret, err);
}

static int encode_long(const struct inf_runtime *runtime, struct inf_encoding *ret,
                       struct inf_error *err)
{
    struct inf_inference_config config = runtime->config;
    struct inf_buf text;
    int rc = 0;

    config.tokenization.truncate = INF_TRUNCATE_FIRST;
    config.tokenization.span = -1;
    if (config.tokenization.max_sequence_length > INF_WARMUP_LONGEST)
        config.tokenization.max_sequence_length = INF_WARMUP_LONGEST;
    inf_buf_init(&text, (INF_WARMUP_LONGEST / TEXT_WORDS + 1) * sizeof TEXT);
    for (int words = 0; words < INF_WARMUP_LONGEST; words += TEXT_WORDS)
        inf_buf_append(&text, TEXT, sizeof TEXT - 1);
    rc = inf_task_encode(&config, runtime->tokenizer, text.data, text.length, ret, err);
    inf_buf_free(&text);
    return rc;
}

int inf_warmup_encode(const struct inf_runtime *runtime, bool longest, struct inf_encoding *ret,
                      struct inf_error *err)
{
    if (longest && encode_long(runtime, ret, err) == 0)
        return 0;
    return encode_short(runtime, ret, err);
}

int inf_warmup_check(const struct inf_runtime *runtime, const void *payload, struct inf_error *err)
{
    struct inf_tensor tensor = inf_allocation_tensor(payload);
    struct inf_encoding encoding = {0};
    struct inf_buf result;
    int rc = 0;

    inf_buf_init(&result, INF_RESULT_MAX);
    rc = encode_short(runtime, &encoding, err);
    if (rc == 0)
        rc = inf_task_decode(&runtime->config, &encoding, &tensor, &result, err);
    inf_encoding_free(&encoding);
    inf_buf_free(&result);
    return rc;
}
