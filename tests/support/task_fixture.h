/* task_fixture.h - what the unit tests of src/task share: a configuration from a request's body,
 * and a decoded answer as text. Every helper fails the test when it cannot do its work. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_FIXTURE_H
#define INFERD_TASK_FIXTURE_H

#include "tokenize_fixture.h"

#include "inferd/task.h"

/* body: {"inference_config":{...}} */
static inline int config_parse(const char *body, struct inf_inference_config **ret,
                               struct inf_error *err)
{
    struct inf_json json = json_of(body);
    int rc =
        inf_inference_config_parse(inf_json_get(json.root, "inference_config"), &json, ret, err);
    inf_json_free(&json);
    return rc;
}

/* The caller's to unref. */
static inline struct inf_inference_config *config_of(const char *body)
{
    struct inf_inference_config *config = NULL;
    struct inf_error err = {0};
    if (config_parse(body, &config, &err) != 0) {
        fail_msg("%s: %s: %s", body, err.reason, err.cause);
    }
    return config;
}

/* What one row of no tokens and this output are answered with. */
static inline void decodes(const struct inf_inference_config *config, bool truncated,
                           struct inf_tensor output, const char *expected)
{
    struct inf_document document = {.config = config, .text = {"", 0}};
    struct inf_encoding encoding = {.truncated = truncated};
    struct inf_error err = {0};
    struct inf_buf out;
    inf_buf_init(&out, 1 << 16);
    inf_buf_puts(&out, ",");
    if (inf_task_decode(&document, &encoding, &output, &out, &err) != 0) {
        fail_msg("%s", err.reason);
    }
    assert_string_equal(out.data + 1, expected);
    inf_buf_free(&out);
}

/* Fails with code and reason, and leaves the buffer as it was. */
static inline void cannot_decode_as(const struct inf_inference_config *config,
                                    struct inf_tensor output, size_t max, enum inf_err_code code,
                                    const char *reason)
{
    struct inf_document document = {.config = config, .text = {"", 0}};
    struct inf_encoding encoding = {0};
    struct inf_error err = {0};
    struct inf_buf out;
    inf_buf_init(&out, max);
    inf_buf_puts(&out, "{},");
    assert_int_equal(inf_task_decode(&document, &encoding, &output, &out, &err), -1);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, code);
    assert_string_equal(out.data, "{},");
    assert_int_equal(out.length, 3);
    assert_false(out.failed);
    inf_buf_free(&out);
}

static inline void cannot_decode(const struct inf_inference_config *config,
                                 struct inf_tensor output, size_t max, const char *reason)
{
    cannot_decode_as(config, output, max, INF_ERR_INTERNAL, reason);
}

/* A [rows, cols] output of floats. */
static inline struct inf_tensor floats_of(const float *values, int64_t rows, int64_t cols)
{
    return (struct inf_tensor){
        .dtype = INF_FLOAT32, .rank = 2, .shape = {rows, cols}, .data = values};
}

/* base with the update of a request; the caller's to unref. */
static inline struct inf_inference_config *updated(struct inf_inference_config *base,
                                                   const char *update)
{
    struct inf_json json = json_of(update);
    struct inf_inference_config *config = NULL;
    struct inf_error err = {0};
    if (inf_inference_config_update(base, "m", json.root, &config, &err) != 0) {
        fail_msg("%s: %s: %s", update, err.reason, err.cause);
    }
    inf_json_free(&json);
    return config;
}

/* A request with this update of base is refused. */
static inline void refuses_update_of(struct inf_inference_config *base, const char *update,
                                     enum inf_err_code code, const char *reason)
{
    struct inf_json json = json_of(update);
    struct inf_inference_config *config = NULL;
    struct inf_error err = {0};
    assert_int_equal(inf_inference_config_update(base, "m", json.root, &config, &err), -1);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, code);
    assert_null(config);
    inf_json_free(&json);
}

static inline void echoes_config(const struct inf_inference_config *config, const char *expected)
{
    struct inf_buf out;
    struct inf_jsonw w;
    inf_buf_init(&out, 1 << 16);
    inf_jsonw_init(&w, &out);
    inf_inference_config_write(config, &w);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

/* What write() gives before a task's own members, with bert's defaults. */
#define ECHO_OF(task)                                                                   \
    "{\"" task "\":{\"vocabulary\":{\"index\":\".ml-inference-native-000002\"},"        \
    "\"tokenization\":{\"bert\":{\"do_lower_case\":false,\"with_special_tokens\":true," \
    "\"max_sequence_length\":512,\"truncate\":\"first\",\"span\":-1}}"

/* A sample of 600 words is as long as the model takes, once it is cut as the task says. rows: of
 * its encoding. */
static inline void samples(const char *body, int rows)
{
    struct inf_inference_config *config = config_of(body);
    struct inf_tokenizer *tokenizer = tokenizer_of(&config->tokenization, SMALL_VOCABULARY);
    struct inf_sample scratch;
    struct inf_document sample;
    struct inf_encoding e = {0};
    struct inf_error err = {0};
    inf_task_sample(config, tokenizer, 600, &scratch, &sample);
    scratch.config.tokenization.truncate = scratch.cut;
    assert_int_equal(inf_task_encode(&sample, &e, &err), 0);
    assert_int_equal(e.rows, rows);
    assert_int_equal(e.cols, 512);
    assert_true(e.tokens > 600);
    inf_encoding_free(&e);
    inf_sample_free(&scratch);
    inf_tokenizer_free(tokenizer);
    inf_inference_config_unref(config);
}

static inline void refuses_config(const char *body, enum inf_err_code code, const char *reason,
                                  enum inf_err_code cause_code, const char *cause)
{
    struct inf_inference_config *config = NULL;
    struct inf_error err = {0};
    assert_int_equal(config_parse(body, &config, &err), -1);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, code);
    assert_string_equal(err.cause, cause);
    assert_int_equal(err.cause_code, cause_code);
}

#endif
