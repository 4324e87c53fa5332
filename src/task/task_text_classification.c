/* task_text_classification.c - which of the labels a text has: softmax of a row of scores, one
 * score a label, the mean over the windows of a long text (compatibility 10.10). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "classes.h"
#include "matrix.h"
#include "probability.h"
#include "task_row.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

static void defaults(struct inf_inference_config *config)
{
    config->num_top_classes = -1;
}

static int parse(const struct inf_fields *fields, const struct cJSON *member,
                 struct inf_inference_config *ret, struct inf_error *err)
{
    if (strcmp(inf_json_key(member), "num_top_classes") == 0) {
        return inf_fields_int(fields, member, &ret->num_top_classes, err);
    }
    return inf_classes_parse_labels(fields, member, ret, err);
}

static int check(const struct inf_inference_config *config, struct inf_error *err)
{
    struct inf_buf shown;
    if (inf_labels_count(config->classification_labels) >= 2) {
        return 0;
    }
    inf_buf_init(&shown, INF_REASON_MAX);
    inf_labels_print(config->classification_labels, &shown);
    inf_error_set(err, INF_ERR_BAD_REQUEST,
                  "[text_classification] requires at least 2 [classification_labels]; provided %s",
                  shown.data);
    inf_buf_free(&shown);
    return -1;
}

static void write_members(const struct inf_inference_config *config, struct inf_jsonw *w)
{
    inf_labels_write(config->classification_labels, "classification_labels", w);
    inf_jsonw_kv_int(w, "num_top_classes", config->num_top_classes);
}

/* Adds the row's probabilities, divided by the number of rows, to the sums. */
static void add_row(const struct inf_matrix *matrix, size_t row, double *values, double *sums)
{
    inf_matrix_read_row(matrix, row, values);
    inf_softmax(values, matrix->cols);
    for (size_t i = 0; i < matrix->cols; i++) {
        sums[i] += values[i] / (double)matrix->rows;
    }
}

static int decode(const struct inf_document *document, const struct inf_encoding *encoding,
                  const struct inf_tensor *output, struct inf_jsonw *w, struct inf_error *err)
{
    const struct inf_inference_config *config = document->config;
    size_t count = inf_labels_count(config->classification_labels);
    struct inf_matrix matrix;
    (void)encoding;
    if (inf_matrix_of_numbers(output, &matrix, err) != 0) {
        return -1;
    }
    if (matrix.cols != count) {
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "Expected exactly [%zu] values in text classification result; got "
                             "[%zu]",
                             count, matrix.cols);
    }
    double *sums = inf_alloc(count, 2 * sizeof *sums);
    for (size_t row = 0; row < matrix.rows; row++) {
        add_row(&matrix, row, sums + count, sums);
    }
    inf_classes_write(config, config->classification_labels, sums, config->num_top_classes, w);
    free(sums);
    return 0;
}

static const char *const members[] = {"tokenization", "results_field", "classification_labels",
                                      "num_top_classes", NULL};

const struct inf_task inf_task_text_classification = {.name = "text_classification",
                                                      .members = members,
                                                      .update_members = members,
                                                      .defaults = defaults,
                                                      .parse = parse,
                                                      .check = check,
                                                      .write = write_members,
                                                      .encode = inf_task_encode_text,
                                                      .decode = decode};
