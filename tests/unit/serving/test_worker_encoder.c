/* What a process says of its encoder, which may be anything, and what _stats makes of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/buf.h"
#include "worker_encoder.h"
#include <math.h>
#include <string.h>

static struct inf_worker_encoder read_one(uint32_t packed, double difference, const char *words)
{
    struct inf_frame_loaded loaded = {.packed = packed, .difference = difference};
    struct inf_worker_encoder encoder;

    memcpy(loaded.words, words, strlen(words));
    inf_worker_encoder_read(&loaded, &encoder);
    return encoder;
}

static void assert_written(const struct inf_worker_encoder *encoder, const char *expected)
{
    struct inf_buf buf;
    struct inf_jsonw w;

    inf_buf_init(&buf, 4096);
    inf_jsonw_init(&w, &buf);
    inf_jsonw_begin_object(&w);
    inf_worker_encoder_write(encoder, &w);
    inf_jsonw_end_object(&w);
    assert_string_equal(buf.data, expected);
    inf_buf_free(&buf);
}

static void both_kinds(void **state)
{
    struct inf_worker_encoder packed = read_one(1, 0.25, "bert");
    struct inf_worker_encoder module = read_one(0, 0, "its code has branches");

    (void)state;
    assert_written(&packed,
                   "{\"encoder\":{\"type\":\"packed\",\"architecture\":\"bert\","
                   "\"largest_difference\":0.25,\"proof\":\"made\",\"runs_model_code\":false}}");
    packed = read_one(INF_PACKED_KEPT, 0.25, "bert");
    assert_written(&packed,
                   "{\"encoder\":{\"type\":\"packed\",\"architecture\":\"bert\","
                   "\"largest_difference\":0.25,\"proof\":\"kept\",\"runs_model_code\":false}}");
    assert_true(read_one(INF_PACKED_NOT_KEPT, 0, "").how == INF_PACKED_NOT_KEPT);
    assert_false(read_one(INF_PACKED_NOT_KEPT, 0, "").packed);
    assert_written(&module, "{\"encoder\":{\"type\":\"module\","
                            "\"reason\":\"its code has branches\",\"runs_model_code\":true}}");
}

static void what_no_process_of_ours_says(void **state)
{
    struct inf_frame_loaded loaded = {.packed = INF_PACKED_NOT_KEPT + 1};
    struct inf_worker_encoder encoder;

    (void)state;
    assert_true(read_one(1, NAN, "").difference == 0);
    assert_true(read_one(1, INFINITY, "").difference == 0);
    assert_true(read_one(1, -1, "").difference == 0);
    assert_null(strpbrk(read_one(0, 0, "\x1b[2J\n\xff").words, "\x1b\n\xff"));
    memset(loaded.words, 'x', sizeof loaded.words); /* with no end */
    inf_worker_encoder_read(&loaded, &encoder);
    assert_false(encoder.packed);
    assert_int_equal(strlen(encoder.words), sizeof loaded.words);
}

static void in_int8(void **state)
{
    struct inf_worker_encoder encoder = read_one(1, 0.25, "bert");
    struct inf_precision_report report = {24, 20, 0.999, 0.998, 2.5, 0, 0};

    (void)state;
    inf_worker_encoder_read_precision(INF_PRECISION_INT8, &report, &encoder);
    assert_written(&encoder,
                   "{\"encoder\":{\"type\":\"packed\",\"architecture\":\"bert\","
                   "\"largest_difference\":0.25,\"proof\":\"made\",\"runs_model_code\":false,"
                   "\"precision\":{\"type\":\"int8\",\"linear_layers\":24,"
                   "\"int8_linear_layers\":20,\"median_cosine\":0.999,"
                   "\"worst_cosine\":0.998,\"speedup\":2.5,"
                   "\"measurement\":\"made\"}}}");
    report = (struct inf_precision_report){24, 20, NAN, 2, INFINITY, 7, 0};
    inf_worker_encoder_read_precision(INF_PRECISION_INT8, &report, &encoder);
    assert_true(encoder.report.median_cosine == 0 && encoder.report.worst_cosine == 0 &&
                encoder.report.speedup == 0);
}

static void the_setting(void **state)
{
    struct inf_config *config = inf_config_new();
    struct inf_error err;

    (void)state;
    assert_int_equal(inf_worker_encoder_choice(config), INF_ENCODER_AUTO);
    assert_int_equal(inf_config_override(config, "engine.encoder=packed", &err), 0);
    assert_int_equal(inf_worker_encoder_choice(config), INF_ENCODER_PACKED);
    assert_int_equal(inf_config_override(config, "engine.encoder=module", &err), 0);
    assert_int_equal(inf_worker_encoder_choice(config), INF_ENCODER_MODULE);
    inf_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds),
        cmocka_unit_test(what_no_process_of_ours_says),
        cmocka_unit_test(in_int8),
        cmocka_unit_test(the_setting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
