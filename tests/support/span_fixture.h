/* span_fixture.h - a task from its configuration to its answer: what the unit tests share of those
 * tasks whose answer needs the text, the tokenizer or the encoding besides the model's output.
 * Every helper fails the test when it cannot do its work. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SPAN_FIXTURE_H
#define INFERD_SPAN_FIXTURE_H

#include "task_fixture.h"

/* A model and one document for it. */
struct span {
    struct inf_inference_config *config;
    struct inf_tokenizer *tokenizer;
    struct inf_document document;
    struct inf_encoding encoding;
};

/* body: a PUT's; update: the inference_config of an _infer, or NULL. */
static inline struct span span_of(const char *body, const char *vocabulary, const char *update,
                                  const char *text)
{
    struct span span = {.config = config_of(body)};
    struct inf_error err = {0};
    span.tokenizer = tokenizer_of(&span.config->tokenization, vocabulary);
    if (update) {
        struct inf_json json = json_of(update);
        struct inf_inference_config *changed = NULL;
        if (inf_inference_config_update(span.config, "m", json.root, &changed, &err) != 0) {
            fail_msg("%s: %s", err.reason, err.cause);
        }
        inf_json_free(&json);
        inf_inference_config_unref(span.config);
        span.config = changed;
    }
    span.document = (struct inf_document){
        .config = span.config, .tokenizer = span.tokenizer, .text = {text, strlen(text)}};
    return span;
}

static inline void span_encode(struct span *span)
{
    struct inf_error err = {0};
    if (inf_task_encode(&span->document, &span->encoding, &err) != 0) {
        fail_msg("%s", err.reason);
    }
}

static inline void span_free(struct span *span)
{
    inf_encoding_free(&span->encoding);
    inf_tokenizer_free(span->tokenizer);
    inf_inference_config_unref(span->config);
}

/* What the model's output is answered with. */
static inline void answers(const char *body, const char *vocabulary, const char *update,
                           const char *text, struct inf_tensor output, const char *expected)
{
    struct span span = span_of(body, vocabulary, update, text);
    struct inf_error err = {0};
    struct inf_buf out;
    inf_buf_init(&out, 1 << 16);
    span_encode(&span);
    if (inf_task_decode(&span.document, &span.encoding, &output, &out, &err) != 0) {
        fail_msg("%s", err.reason);
    }
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
    span_free(&span);
}

/* The answer may be `max` bytes long. */
static inline void cannot_answer(const char *body, const char *vocabulary, const char *update,
                                 const char *text, struct inf_tensor output, size_t max,
                                 enum inf_err_code code, const char *reason)
{
    struct span span = span_of(body, vocabulary, update, text);
    struct inf_error err = {0};
    struct inf_buf out;
    inf_buf_init(&out, max);
    span_encode(&span);
    assert_int_equal(inf_task_decode(&span.document, &span.encoding, &output, &out, &err), -1);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, code);
    assert_int_equal(out.length, 0);
    inf_buf_free(&out);
    span_free(&span);
}

static inline void cannot_encode(const char *body, const char *vocabulary, const char *update,
                                 const char *text, enum inf_err_code code, const char *reason)
{
    struct span span = span_of(body, vocabulary, update, text);
    struct inf_error err = {0};
    assert_int_equal(inf_task_encode(&span.document, &span.encoding, &err), -1);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, code);
    assert_null(span.encoding.data);
    span_free(&span);
}

static inline void refuses_span_update(const char *body, const char *update, enum inf_err_code code,
                                       const char *reason)
{
    struct inf_inference_config *config = config_of(body);
    struct inf_inference_config *changed = NULL;
    struct inf_json json = json_of(update);
    struct inf_error err = {0};
    assert_int_equal(inf_inference_config_update(config, "m", json.root, &changed, &err), -1);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, code);
    inf_json_free(&json);
    inf_inference_config_unref(config);
}

/* The task's own members as GET echoes them, stored and loaded again. update may be NULL. */
static inline void echoes(const char *body, const char *update, const char *expected)
{
    struct span span = span_of(body, SMALL_VOCABULARY, update, "");
    struct inf_inference_config *loaded = NULL;
    struct inf_error err = {0};
    struct inf_buf out;
    struct inf_jsonw w;
    inf_buf_init(&out, 4096);
    inf_jsonw_init(&w, &out);
    inf_inference_config_write(span.config, &w);
    const char *own = strstr(out.data, "\"span\":-1}},");
    assert_non_null(own);
    assert_string_equal(own + strlen("\"span\":-1}},"), expected);
    if (!update) {
        struct inf_json json = json_of(out.data);
        assert_int_equal(inf_inference_config_load(json.root, &loaded, &err), 0);
        inf_inference_config_unref(loaded);
        inf_json_free(&json);
    }
    inf_buf_free(&out);
    span_free(&span);
}

/* The document for trying the model out can be encoded, short and cut to 12 tokens. */
static inline void has_a_sample(const char *body, const char *vocabulary)
{
    struct span span = span_of(body, vocabulary, NULL, "");
    struct inf_sample scratch;
    struct inf_error err = {0};
    const int words[] = {6, 600};
    for (int i = 0; i < 2; i++) {
        inf_task_sample(span.config, span.tokenizer, words[i], &scratch, &span.document);
        if (i == 1) {
            scratch.config.tokenization.truncate = scratch.cut;
            scratch.config.tokenization.span = -1;
            scratch.config.tokenization.max_sequence_length = 12;
        }
        if (inf_task_encode(&span.document, &span.encoding, &err) != 0) {
            fail_msg("%s", err.reason);
        }
        assert_true(i == 0 || span.encoding.cols == 12);
        inf_encoding_free(&span.encoding);
        inf_sample_free(&scratch);
    }
    span_free(&span);
}

#endif
