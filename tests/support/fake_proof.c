/* fake_proof.c - the fake engine computes by itself and proves nothing, but in a program whose name
 * ends in -packing: there a model with the line `packs 1` is its own packed weights, and its int8;
 * and its bf16, as long as it is of no kept proof. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_model.h"
#include "inferd/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail(char *reason, size_t reason_size)
{
    snprintf(reason, reason_size, "the fake engine computes by itself");
    return -1;
}

bool inf_engine_can_prove(void)
{
    static const char ending[] = "-packing";
    size_t length = strlen(program_invocation_name);

    return length >= sizeof ending - 1 &&
           strcmp(program_invocation_name + length - (sizeof ending - 1), ending) == 0;
}

int inf_engine_prove(struct inf_engine_model *model, char *reason, size_t reason_size)
{
    return model->packs != 0 ? 0 : fail(reason, reason_size);
}

int inf_engine_hand_over(struct inf_engine_model *model, int to, char *reason, size_t reason_size)
{
    return write(to, model, sizeof *model) == (ssize_t)sizeof *model ? 0
                                                                     : fail(reason, reason_size);
}

static int make(const void *from, size_t length, struct inf_engine_model **ret,
                struct inf_engine_packed *ret_packed, char *reason, size_t reason_size)
{
    struct inf_engine_model *model = malloc(sizeof *model);

    if (model == NULL || length != sizeof *model) {
        free(model);
        return fail(reason, reason_size);
    }
    memcpy(model, from, sizeof *model);
    model->is_packed = 1;
    model->weights = NULL;
    *ret = model;
    *ret_packed = (struct inf_engine_packed){.architecture = "fake"};
    return 0;
}

int inf_engine_take_over(int from, int64_t bytes_max, const struct inf_packed_file *file,
                         struct inf_engine_model **ret, struct inf_engine_packed *ret_packed,
                         char *reason, size_t reason_size)
{
    struct inf_engine_model sent;
    ssize_t length = read(from, &sent, sizeof sent);

    (void)bytes_max;
    if (length < 0 || make(&sent, (size_t)length, ret, ret_packed, reason, reason_size) != 0)
        return fail(reason, reason_size);
    if (file != NULL)
        ret_packed->note = (struct inf_packed_note){malloc(sizeof sent), sizeof sent};
    if (ret_packed->note.bytes != NULL)
        memcpy(ret_packed->note.bytes, &sent, sizeof sent);
    return 0;
}

int inf_engine_restore(const struct inf_packed_file *file, const void *note, size_t length,
                       struct inf_engine_model **ret, struct inf_engine_packed *ret_packed,
                       char *reason, size_t reason_size)
{
    (void)file;
    if (make(note, length, ret, ret_packed, reason, reason_size) != 0)
        return -1;
    (*ret)->is_kept = 1;
    return 0;
}

int inf_engine_quantize(struct inf_engine_model *model, const struct inf_engine_input *samples,
                        enum inf_linear_type type, double min_cosine,
                        const struct inf_packed_fit *kept, struct inf_precision_report *ret,
                        struct inf_packed_fit *ret_fit, char *reason, size_t reason_size)
{
    (void)samples, (void)min_cosine, (void)kept;
    *ret_fit = (struct inf_packed_fit){0};
    if (model->is_packed == 0 || (model->is_kept != 0 && type == INF_LINEAR_BF16))
        return fail(reason, reason_size);
    *ret = (struct inf_precision_report){.linears = 4,
                                         .narrow_linears = 4,
                                         .median_cosine = 0.999,
                                         .worst_cosine = 0.998,
                                         .speedup = 2};
    return 0;
}
