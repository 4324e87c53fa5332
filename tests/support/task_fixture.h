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

/* Fails with INTERNAL, reason, and leaves the buffer as it was. */
static inline void cannot_decode(const struct inf_inference_config *config,
                                 struct inf_tensor output, size_t max, const char *reason)
{
    struct inf_document document = {.config = config, .text = {"", 0}};
    struct inf_encoding encoding = {0};
    struct inf_error err = {0};
    struct inf_buf out;
    inf_buf_init(&out, max);
    inf_buf_puts(&out, "{},");
    assert_int_equal(inf_task_decode(&document, &encoding, &output, &out, &err), -1);
    assert_int_equal(err.code, INF_ERR_INTERNAL);
    assert_string_equal(err.reason, reason);
    assert_string_equal(out.data, "{},");
    assert_int_equal(out.length, 3);
    assert_false(out.failed);
    inf_buf_free(&out);
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
