/* A process that ran a stranger's code says this, so none of it is taken as it is. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker_encoder.h"
#include "reason.h"

#include <string.h>

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
    inf_jsonw_end_object(w);
}
