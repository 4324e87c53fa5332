/* fake_proof.c - the fake engine has no packed encoder, so it proves nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/engine.h"

#include <stdio.h>

static int fail(char *reason, size_t reason_size)
{
    snprintf(reason, reason_size, "the fake engine computes by itself");
    return -1;
}

bool inf_engine_can_prove(void)
{
    return false;
}

int inf_engine_prove(struct inf_engine_model *model, char *reason, size_t reason_size)
{
    (void)model;
    return fail(reason, reason_size);
}

int inf_engine_hand_over(struct inf_engine_model *model, int to, char *reason, size_t reason_size)
{
    (void)model, (void)to;
    return fail(reason, reason_size);
}

int inf_engine_take_over(int from, int64_t bytes_max, const struct inf_packed_file *file,
                         struct inf_engine_model **ret, struct inf_engine_packed *ret_packed,
                         char *reason, size_t reason_size)
{
    (void)from, (void)bytes_max, (void)file, (void)ret, (void)ret_packed;
    return fail(reason, reason_size);
}

int inf_engine_restore(const struct inf_packed_file *file, const void *note, size_t length,
                       struct inf_engine_model **ret, struct inf_engine_packed *ret_packed,
                       char *reason, size_t reason_size)
{
    (void)file, (void)note, (void)length, (void)ret, (void)ret_packed;
    return fail(reason, reason_size);
}

int inf_engine_quantize(struct inf_engine_model *model, const struct inf_engine_input *samples,
                        double min_cosine, struct inf_precision_report *ret, char *reason,
                        size_t reason_size)
{
    (void)model, (void)samples, (void)min_cosine, (void)ret;
    return fail(reason, reason_size);
}
