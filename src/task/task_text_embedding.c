/* task_text_embedding.c - one vector a text: result[0][0]. Pooling and normalising are the model's
 * own work. embedding_size is what the client says the model gives; it is echoed and not enforced.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix.h"
#include "task_row.h"

static int parse(const struct inf_fields *fields, const struct cJSON *member,
                 struct inf_inference_config *ret, struct inf_error *err)
{
    if (inf_fields_int(fields, member, &ret->embedding_size, err) != 0) {
        return -1;
    }
    if (ret->embedding_size <= 0) {
        inf_error_set(err, INF_ERR_BAD_REQUEST,
                      "[embedding_size] must be a number greater than 0; configured size [%d]",
                      ret->embedding_size);
        return inf_fields_failed(fields, "embedding_size", err);
    }
    return 0;
}

/* Windows would give several vectors, and there is no rule to make one of them. */
static int check(const struct inf_inference_config *config, struct inf_error *err)
{
    if (config->tokenization.span == -1) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "[text_embedding] does not support windowing long text sequences; "
                         "configured span [%d]",
                         config->tokenization.span);
}

static void write_members(const struct inf_inference_config *config, struct inf_jsonw *w)
{
    if (config->embedding_size > 0) {
        inf_jsonw_kv_int(w, "embedding_size", config->embedding_size);
    }
}

static int decode(const struct inf_document *document, const struct inf_encoding *encoding,
                  const struct inf_tensor *output, struct inf_jsonw *w, struct inf_error *err)
{
    struct inf_matrix matrix;
    (void)encoding;
    if (inf_matrix_of(output, &matrix, err) != 0 || inf_matrix_check(&matrix, 1, err) != 0) {
        return -1;
    }
    inf_task_results_key(document->config, w);
    inf_matrix_write_row(&matrix, 0, w);
    return 0;
}

static const char *const members[] = {"tokenization", "results_field", "embedding_size", NULL};
static const char *const update_members[] = {"tokenization", "results_field", NULL};

const struct inf_task inf_task_text_embedding = {.name = "text_embedding",
                                                 .members = members,
                                                 .update_members = update_members,
                                                 .parse = parse,
                                                 .check = check,
                                                 .write = write_members,
                                                 .encode = inf_task_encode_text,
                                                 .decode = decode};
