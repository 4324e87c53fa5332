/* In the store a proof is a text: its bytes in hexadecimal. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker_proof.h"
#include "inferd/alloc.h"
#include "inferd/hex.h"
#include "inferd/log.h"
#include "keep_object.h"
#include "worker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of the text, malloc'ed; NULL when it is none that was written here. */
static uint8_t *decode(const char *text, size_t length_max, size_t *ret_length)
{
    size_t length = strlen(text) / 2;
    uint8_t *bytes = NULL;

    if (length == 0 || length > length_max || text[2 * length] != '\0')
        return NULL;
    bytes = inf_alloc(1, length);
    if (inf_hex_read(text, length, bytes) != 0) {
        free(bytes);
        return NULL;
    }
    *ret_length = length;
    return bytes;
}

/* By which id; the caller's to free. */
static char *id_of(const struct inf_worker *worker, bool is_of_precision)
{
    return inf_precision_weights(worker->proof.sha256,
                                 is_of_precision ? &worker->precision : &(struct inf_precision){0});
}

static const struct inf_object *kept(const struct inf_worker *worker, enum inf_object_kind kind,
                                     bool is_of_precision)
{
    const struct inf_object *object = NULL;
    char *id = id_of(worker, is_of_precision);

    if (worker->proof.sha256[0] != '\0')
        object = inf_store_object(worker->manager->store, kind, id);
    free(id);
    return object;
}

static void say_unused(const struct inf_worker *worker, const char *reason)
{
    inf_log(INF_LOG_WARN, "serving", "a kept proof is not used, the model is proven again",
            (const char *[]){"model_id", worker->model_id, "reason", reason, NULL});
}

/* The kept proof's bytes, malloc'ed; NULL: there is none, or what there is makes no sense. */
static uint8_t *find(const struct inf_worker *worker, size_t *ret_length)
{
    const struct inf_object *object = kept(worker, INF_OBJECT_PROOF, true);
    uint8_t *bytes = NULL;

    if (object == NULL)
        object = kept(worker, INF_OBJECT_PROOF, false);
    bytes = object != NULL ? decode(object->text, INF_FRAME_PROOF_MAX, ret_length) : NULL;

    if (object != NULL && bytes == NULL)
        say_unused(worker, "its record in the store makes no sense");
    return bytes;
}

void inf_worker_proof_begin(struct inf_worker *worker, struct inf_frame_spawn *request)
{
    const struct inf_model *model = inf_store_model(worker->manager->store, worker->model_id);
    struct inf_worker_proof *proof = &worker->proof;
    bool is_wanted = request->encoder != INF_ENCODER_MODULE && !proof->distrusted;

    inf_worker_proof_fini(proof);
    proof->sha256[0] = '\0';
    proof->proven = false;
    if (model != NULL && model->fully_defined)
        inf_sha256_print(model->sha256, proof->sha256);
    if (is_wanted)
        proof->bytes = find(worker, &proof->length);
    proof->offered = proof->bytes != NULL;
    request->has_proof = proof->offered;
}

int inf_worker_proof_send(struct inf_worker *worker)
{
    struct inf_worker_proof *proof = &worker->proof;
    int rc = 0;

    if (proof->offered)
        rc = inf_channel_send(worker->control, INF_FRAME_PROOF, 0, proof->bytes, proof->length,
                              NULL, 0, NULL, 0);
    inf_worker_proof_fini(proof);
    return rc;
}

void inf_worker_proof_fini(struct inf_worker_proof *proof)
{
    free(proof->bytes);
    proof->bytes = NULL;
}

static void keep(struct inf_worker *worker, enum inf_object_kind kind, bool is_of_precision,
                 const void *payload, size_t length, const char *lost)
{
    char *text = inf_hex_print(payload, length, inf_alloc(2 * length + 1, 1));
    char *id = id_of(worker, is_of_precision);
    const struct inf_object object = {.id = id, .model_id = worker->model_id, .text = text};

    if (worker->proof.sha256[0] != '\0')
        inf_keep_object(worker->manager->store, kind, &object, lost, NULL, NULL);
    free(id);
    free(text);
}

void inf_worker_proof_keep(struct inf_worker *worker, const void *payload, size_t length)
{
    worker->proof.proven = true;
    keep(worker, INF_OBJECT_PROOF, worker->check.is_disproven, payload, length,
         "the proof of a model was not kept");
}

uint8_t *inf_worker_proof_fit(const struct inf_worker *worker, size_t *ret_length)
{
    const struct inf_object *object = kept(worker, INF_OBJECT_FIT, true);

    *ret_length = 0;
    return object != NULL ? decode(object->text, INF_FRAME_FIT_MAX, ret_length) : NULL;
}

void inf_worker_proof_keep_fit(struct inf_worker *worker, const void *payload, size_t length)
{
    keep(worker, INF_OBJECT_FIT, true, payload, length, "how a model was fitted was not kept");
}

void inf_worker_proof_loaded(struct inf_worker *worker, enum inf_frame_packed how)
{
    if (worker->proof.offered && how != INF_PACKED_KEPT && how != INF_PACKED_NOT_KEPT)
        say_unused(worker, "it is of another version, processor or approval");
    worker->proof.offered = worker->proof.distrusted = false;
}

bool inf_worker_proof_refused(struct inf_worker *worker, const char *text)
{
    static const char beginning[] = INF_PROOF_UNUSABLE;

    if (!worker->proof.offered || strncmp(text, beginning, sizeof beginning - 1) != 0)
        return false;
    snprintf(worker->proof.why, sizeof worker->proof.why, "%s", text + sizeof beginning - 1);
    return true;
}

bool inf_worker_proof_lost(struct inf_worker *worker, const char *how)
{
    struct inf_worker_proof *proof = &worker->proof;
    bool was_offered = proof->offered;

    if (was_offered)
        say_unused(worker, proof->why[0] != '\0' ? proof->why : how);
    proof->distrusted = proof->distrusted || was_offered;
    proof->offered = false;
    proof->why[0] = '\0';
    return was_offered;
}
