/* A process that ran a stranger's code says this, so none of it is taken as it is. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker_encoder.h"
#include "reason.h"

#include <stdio.h>
#include <string.h>

#define COSINE_MOST 1.000001 /* rounding */
#define SPEEDUP_MOST 1000.0
#define DIFFERENCE_MOST 1.0 /* more is no difference that a proof would have let pass */

enum inf_encoder_choice inf_worker_encoder_choice(const struct inf_config *config)
{
    const char *wanted = inf_config_string(config, "engine.encoder");

    if (strcmp(wanted, "packed") == 0)
        return INF_ENCODER_PACKED;
    return strcmp(wanted, "module") == 0 ? INF_ENCODER_MODULE : INF_ENCODER_AUTO;
}

void inf_worker_encoder_read(const struct inf_frame_loaded *loaded, struct inf_worker_encoder *ret)
{
    bool is_packed = loaded->packed == INF_PACKED_PROVEN || loaded->packed == INF_PACKED_KEPT;
    bool is_known = is_packed || loaded->packed == INF_PACKED_NOT_KEPT;
    bool is_sound = loaded->difference >= 0 && loaded->difference <= DIFFERENCE_MOST;

    *ret = (struct inf_worker_encoder){.packed = is_packed,
                                       .how = is_known ? (enum inf_frame_packed)loaded->packed
                                                       : INF_PACKED_NOT,
                                       .difference = is_sound ? loaded->difference : 0};
    inf_reason_read(loaded->words, strnlen(loaded->words, sizeof loaded->words), ret->words);
}

static double within(double value, double most)
{
    return value >= 0 && value <= most ? value : 0;
}

void inf_worker_encoder_read_precision(enum inf_precision_type precision, const void *payload,
                                       struct inf_worker_encoder *encoder)
{
    struct inf_precision_report *report = &encoder->report;

    memcpy(report, payload, sizeof *report);
    encoder->precision = precision;
    report->median_cosine = within(report->median_cosine, COSINE_MOST);
    report->worst_cosine = within(report->worst_cosine, COSINE_MOST);
    report->speedup = within(report->speedup, SPEEDUP_MOST);
}

void inf_worker_encoder_write_precision(const struct inf_worker_encoder *encoder,
                                        struct inf_jsonw *w)
{
    const struct inf_precision_report *report = &encoder->report;
    const char *type = inf_precision_name(encoder->precision);
    char key[32];

    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "type", type);
    inf_jsonw_kv_int(w, "linear_layers", report->linears);
    snprintf(key, sizeof key, "%s_linear_layers", type);
    inf_jsonw_kv_int(w, key, report->narrow_linears);
    inf_jsonw_kv_double(w, "median_cosine", report->median_cosine);
    inf_jsonw_kv_double(w, "worst_cosine", report->worst_cosine);
    inf_jsonw_kv_double(w, "speedup", report->speedup);
    inf_jsonw_kv_string(w, "measurement", report->is_kept == 1 ? "kept" : "made");
    inf_jsonw_end_object(w);
}

void inf_worker_encoder_write(const struct inf_worker_encoder *encoder, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "encoder");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "type", encoder->packed ? "packed" : "module");
    inf_jsonw_kv_string(w, encoder->packed ? "architecture" : "reason", encoder->words);
    if (encoder->packed) {
        inf_jsonw_kv_double(w, "largest_difference", encoder->difference);
        inf_jsonw_kv_string(w, "proof", encoder->how == INF_PACKED_KEPT ? "kept" : "made");
    } else if (encoder->how == INF_PACKED_NOT_KEPT) {
        inf_jsonw_kv_string(w, "proof", "kept");
    }
    inf_jsonw_kv_bool(w, "runs_model_code", !encoder->packed);
    if (encoder->precision != INF_PRECISION_FP32) {
        inf_jsonw_key(w, "precision");
        inf_worker_encoder_write_precision(encoder, w);
    }
    inf_jsonw_end_object(w);
}
