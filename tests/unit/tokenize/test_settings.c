/* The tokenization object: defaults, every check with its text, updates, and the echo. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include <stdio.h>

static void echoes(const struct inf_tokenization *tokenization, const char *expected)
{
    struct inf_buf out;
    struct inf_jsonw w;
    inf_buf_init(&out, 4096);
    inf_jsonw_init(&w, &out);
    inf_tokenization_write(tokenization, &w);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

static void parses(const char *text, const char *expected)
{
    struct inf_tokenization tokenization = tokenization_of(text);
    echoes(&tokenization, expected);
    assert_string_equal(inf_tokenization_name(&tokenization), "bert");
}

/* The object stands at "t" of the body, as a real one stands somewhere in a request. */
static void refuses(const char *object, enum inf_err_code code, const char *reason,
                    enum inf_err_code cause_code, const char *cause)
{
    char text[512];
    struct inf_error err = {0};
    struct inf_tokenization t;
    snprintf(text, sizeof text, "{\"t\":%s}", object);
    struct inf_json json = json_of(text);
    assert_int_equal(inf_tokenization_parse(inf_json_get(json.root, "t"), &json, "t", &t, &err),
                     -1);
    assert_string_equal(err.reason, reason);
    assert_int_equal(err.code, code);
    assert_int_equal(err.cause_code, cause_code);
    assert_string_equal(err.cause, cause);
    inf_json_free(&json);
}

static void refuses_plainly(const char *object, enum inf_err_code code, const char *reason)
{
    refuses(object, code, reason, INF_ERR_NONE, "");
}

static void test_defaults(void **state)
{
    struct inf_tokenization t;
    struct inf_error err;
    (void)state;
    assert_int_equal(inf_tokenization_parse(NULL, NULL, "", &t, &err), 0);
    echoes(&t, "{\"bert\":{\"do_lower_case\":false,\"with_special_tokens\":true,"
               "\"max_sequence_length\":512,\"truncate\":\"first\",\"span\":-1}}");
    parses("{\"bert\":{}}", "{\"bert\":{\"do_lower_case\":false,\"with_special_tokens\":true,"
                            "\"max_sequence_length\":512,\"truncate\":\"first\",\"span\":-1}}");
}

static void test_all_settings(void **state)
{
    (void)state;
    parses("{\"bert\":{\"span\":16,\"truncate\":\"none\",\"max_sequence_length\":64,"
           "\"with_special_tokens\":false,\"do_lower_case\":true}}",
           "{\"bert\":{\"do_lower_case\":true,\"with_special_tokens\":false,"
           "\"max_sequence_length\":64,\"truncate\":\"none\",\"span\":16}}");
    parses("{\"bert\":{\"do_lower_case\":\"true\",\"max_sequence_length\":\"8\","
           "\"truncate\":\" Balanced\"}}",
           "{\"bert\":{\"do_lower_case\":true,\"with_special_tokens\":true,"
           "\"max_sequence_length\":8,\"truncate\":\"balanced\",\"span\":-1}}");
    parses("{\"bert\":{\"truncate\":\"SECOND\"}}",
           "{\"bert\":{\"do_lower_case\":false,\"with_special_tokens\":true,"
           "\"max_sequence_length\":512,\"truncate\":\"second\",\"span\":-1}}");
}

static void test_values_out_of_range(void **state)
{
    (void)state;
    refuses_plainly("{\"bert\":{\"max_sequence_length\":0}}", INF_ERR_ILLEGAL_ARGUMENT,
                    "[max_sequence_length] must be positive");
    refuses_plainly("{\"bert\":{\"span\":-2,\"truncate\":\"none\"}}", INF_ERR_ILLEGAL_ARGUMENT,
                    "[span] must be non-negative to indicate span length or [-1] to indicate no "
                    "windowing should occur");
    refuses_plainly("{\"bert\":{\"span\":65,\"max_sequence_length\":64,\"truncate\":\"none\"}}",
                    INF_ERR_ILLEGAL_ARGUMENT,
                    "[span] provided [65] must not be greater than [max_sequence_length] provided "
                    "[64]");
    refuses_plainly("{\"bert\":{\"span\":0}}", INF_ERR_ILLEGAL_ARGUMENT,
                    "[span] must not be provided when [truncate] is [first]");
    refuses_plainly("{\"bert\":{\"span\":8,\"truncate\":\"balanced\"}}", INF_ERR_ILLEGAL_ARGUMENT,
                    "[span] must not be provided when [truncate] is [balanced]");
}

#define TEN "1234567890"

static void test_wrong_types(void **state)
{
    (void)state;
    refuses("{\"bert\":{\"truncate\":\"foo\"}}", INF_ERR_X_CONTENT_PARSE,
            "[1:15] [bert_tokenization] failed to parse field [truncate]", INF_ERR_ILLEGAL_ARGUMENT,
            "No enum constant org.elasticsearch.xpack.core.ml.inference.trainedmodel.Tokenization."
            "Truncate.FOO");
    refuses("{\"bert\":{\"truncate\":\"" TEN TEN TEN TEN TEN TEN "12\xc3\xa9\"}}",
            INF_ERR_X_CONTENT_PARSE, "[1:15] [bert_tokenization] failed to parse field [truncate]",
            INF_ERR_ILLEGAL_ARGUMENT,
            "No enum constant org.elasticsearch.xpack.core.ml.inference.trainedmodel.Tokenization."
            "Truncate." TEN TEN TEN TEN TEN TEN "12");
    refuses("{\"bert\":{\"span\":4.5}}", INF_ERR_X_CONTENT_PARSE,
            "[1:15] [bert_tokenization] failed to parse field [span]", INF_ERR_ILLEGAL_ARGUMENT,
            "4.5 cannot be converted to Integer without data loss");
    refuses("{\"bert\":{\"span\":2147483648}}", INF_ERR_X_CONTENT_PARSE,
            "[1:15] [bert_tokenization] failed to parse field [span]", INF_ERR_ILLEGAL_ARGUMENT,
            "Value [2147483648] is out of range for an integer");
    refuses_plainly("{\"bert\":{\"span\":null}}", INF_ERR_X_CONTENT_PARSE,
                    "[1:15] [bert_tokenization] span doesn't support values of type: VALUE_NULL");
    refuses("{\"bert\":{\"do_lower_case\":\"yes\"}}", INF_ERR_X_CONTENT_PARSE,
            "[1:15] [bert_tokenization] failed to parse field [do_lower_case]",
            INF_ERR_ILLEGAL_ARGUMENT,
            "Failed to parse value [yes] as only [true] or [false] are allowed.");
}

/* What some tokenizers have: read, echoed, refused where a tokenizer does not have it. */
static void test_own_settings(void **state)
{
    struct inf_tokenization t = tokenization_of("{\"roberta\":{\"add_prefix_space\":true}}");
    (void)state;
    echoes(&t, "{\"roberta\":{\"do_lower_case\":false,\"with_special_tokens\":true,"
               "\"max_sequence_length\":512,\"truncate\":\"first\",\"span\":-1,"
               "\"add_prefix_space\":true}}");
    t = tokenization_of("{\"byte_level_bpe\":{\"unk_token\":\"[U]\",\"mask_token\":\"  \"}}");
    assert_string_equal(t.special[INF_SPECIAL_UNKNOWN], "[U]");
    assert_string_equal(t.special[INF_SPECIAL_MASK], "<mask>");
    echoes(&t, "{\"byte_level_bpe\":{\"do_lower_case\":false,\"with_special_tokens\":true,"
               "\"max_sequence_length\":512,\"truncate\":\"first\",\"span\":-1,"
               "\"add_prefix_space\":false,\"unk_token\":\"[U]\",\"pad_token\":\"<pad>\","
               "\"bos_token\":\"<s>\",\"eos_token\":\"</s>\",\"mask_token\":\"<mask>\"}}");
    assert_true(inf_tokenization_quick_bytes(&t) > 1000);
    t = tokenization_of("{\"bert_ja\":{}}");
    assert_true(inf_tokenization_quick_bytes(&t) < 1000);
    refuses_plainly("{\"roberta\":{\"mask_token\":\"[M]\"}}", INF_ERR_X_CONTENT_PARSE,
                    "[1:18] [roberta_tokenization] unknown field [mask_token]");
    refuses_plainly("{\"bert\":{\"add_prefix_space\":true}}", INF_ERR_X_CONTENT_PARSE,
                    "[1:15] [bert_tokenization] unknown field [add_prefix_space]");
    refuses("{\"roberta\":{\"do_lower_case\":true}}", INF_ERR_X_CONTENT_PARSE,
            "[1:18] [roberta_tokenization] failed to parse field [do_lower_case]",
            INF_ERR_ILLEGAL_ARGUMENT,
            "unable to set [do_lower_case] to [true] for roberta tokenizer");
    refuses("{\"byte_level_bpe\":{\"unk_token\":"
            "\"0123456789012345678901234567890123456789012345678901234567890123\"}}",
            INF_ERR_X_CONTENT_PARSE,
            "[1:25] [byte_level_bpe_tokenization] failed to parse field [unk_token]",
            INF_ERR_ILLEGAL_ARGUMENT, "[unk_token] must be at most 63 bytes long; it has [64]");
}

static void test_unknown_names(void **state)
{
    (void)state;
    refuses_plainly("{\"bert\":{\"spam\":1}}", INF_ERR_X_CONTENT_PARSE,
                    "[1:15] [bert_tokenization] unknown field [spam] did you mean [span]?");
    refuses_plainly("{\"foo\":{}}", INF_ERR_NAMED_OBJECT, "[1:7] unknown field [foo]");
    refuses_plainly("{}", INF_ERR_X_CONTENT_PARSE,
                    "[1:1] [trained_model_config] [tokenization] must hold exactly one name and "
                    "its settings");
    refuses_plainly("{\"bert\":{},\"mpnet\":{}}", INF_ERR_X_CONTENT_PARSE,
                    "[1:7] [trained_model_config] [tokenization] must hold exactly one name and "
                    "its settings");
    refuses_plainly("{\"bert\":5}", INF_ERR_X_CONTENT_PARSE,
                    "[1:7] [trained_model_config] bert doesn't support values of type: "
                    "VALUE_NUMBER");
}

static int update(const char *base, const char *text, struct inf_tokenization *ret,
                  struct inf_error *err)
{
    struct inf_tokenization from = tokenization_of(base);
    struct inf_json json = json_of(text);
    int rc = inf_tokenization_update(&from, json.root, ret, err);
    inf_json_free(&json);
    return rc;
}

static void updates(const char *base, const char *text, enum inf_truncate truncate, int span)
{
    struct inf_tokenization t;
    struct inf_error err = {0};
    if (update(base, text, &t, &err) != 0) {
        fail_msg("%s: %s", text, err.reason);
    }
    assert_int_equal(t.truncate, truncate);
    assert_int_equal(t.span, span);
    assert_int_equal(t.max_sequence_length, 64);
}

static void refuses_update(const char *text, const char *reason)
{
    struct inf_tokenization t;
    struct inf_error err = {0};
    assert_int_equal(update("{\"bert\":{}}", text, &t, &err), -1);
    assert_string_equal(err.reason, reason);
    assert_int_equal(inf_err_status(err.code), 400);
}

static void test_update(void **state)
{
    const char *plain = "{\"bert\":{\"max_sequence_length\":64}}";
    const char *spanned =
        "{\"bert\":{\"max_sequence_length\":64,\"truncate\":\"none\",\"span\":16}}";
    (void)state;
    updates(plain, "{\"bert\":{}}", INF_TRUNCATE_FIRST, -1);
    updates(plain, "{\"bert\":{\"truncate\":\"none\"}}", INF_TRUNCATE_NONE, -1);
    updates(plain, "{\"bert\":{\"truncate\":\"none\",\"span\":8}}", INF_TRUNCATE_NONE, 8);
    updates(spanned, "{\"bert\":{\"span\":8}}", INF_TRUNCATE_NONE, 8);
    updates(spanned, "{\"bert\":{\"truncate\":\"second\"}}", INF_TRUNCATE_SECOND, -1);
    updates(spanned, "{\"bert\":{\"truncate\":\"none\"}}", INF_TRUNCATE_NONE, 16);
}

static void test_update_refused(void **state)
{
    (void)state;
    refuses_update("{\"bert\":{\"span\":8}}",
                   "[span] must not be provided when [truncate] is [first]");
    refuses_update("{\"bert\":{\"truncate\":\"none\",\"span\":513}}",
                   "[span] provided [513] must not be greater than [max_sequence_length] provided "
                   "[512]");
    refuses_update("{\"bert\":{\"do_lower_case\":true}}",
                   "[bert_tokenization_update] unknown field [do_lower_case]");
    refuses_update("{\"mpnet\":{\"span\":8}}",
                   "Tokenization update of type [mpnet_update] can not be applied to "
                   "tokenization of type [bert]");
    refuses_update("{\"foo\":{}}", "unknown field [foo]");
    refuses_update("{}", "[tokenization_update] [tokenization] must hold exactly one name and its "
                         "settings");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_all_settings),
        cmocka_unit_test(test_values_out_of_range),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_own_settings),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_update),
        cmocka_unit_test(test_update_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
