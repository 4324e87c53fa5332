/* task_text_similarity.c - how well a text fits another one, as a cross-encoder says: the raw score
 * of the pair, of a long text the largest or the mean of its windows' (compatibility 10.13). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix.h"
#include "pair_text.h"
#include "task_row.h"

#include <string.h>
#include <strings.h>

static const char *const combinations[] = {[INF_COMBINE_MAX] = "max", [INF_COMBINE_MEAN] = "mean"};

static int parse_combination(const struct inf_fields *fields, const struct cJSON *member,
                             struct inf_inference_config *ret, struct inf_error *err)
{
    const char *text = NULL;
    if (inf_fields_string(fields, member, &text, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < sizeof combinations / sizeof *combinations; i++) {
        if (strcasecmp(text, combinations[i]) == 0) {
            ret->combination = (enum inf_combination)i;
            return 0;
        }
    }
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                  "[span_score_combination_function] must be one of [max, mean]; provided [%s]",
                  text);
    return inf_fields_failed(fields, inf_json_key(member), err);
}

static int parse(const struct inf_fields *fields, const struct cJSON *member,
                 struct inf_inference_config *ret, struct inf_error *err)
{
    if (strcmp(inf_json_key(member), "text") == 0) {
        return inf_pair_text_parse(fields, member, ret, err);
    }
    return parse_combination(fields, member, ret, err);
}

static void write_members(const struct inf_inference_config *config, struct inf_jsonw *w)
{
    if (config->text) {
        inf_jsonw_kv_string(w, "text", config->text);
    }
    inf_jsonw_kv_string(w, "span_score_combination_function", combinations[config->combination]);
}

static int encode(const struct inf_document *document, struct inf_encoding *ret,
                  struct inf_error *err)
{
    return inf_pair_text_encode(document, "text", ret, err);
}

static double combine(const struct inf_matrix *matrix, enum inf_combination combination)
{
    double max = 0;
    double sum = 0;
    for (size_t row = 0; row < matrix->rows; row++) {
        double value = 0;
        inf_matrix_read_row(matrix, row, &value);
        max = row == 0 || value > max ? value : max;
        sum += value;
    }
    return combination == INF_COMBINE_MAX ? max : sum / (double)matrix->rows;
}

static int decode(const struct inf_document *document, const struct inf_encoding *encoding,
                  const struct inf_tensor *output, struct inf_jsonw *w, struct inf_error *err)
{
    struct inf_matrix matrix;
    (void)encoding;
    if (inf_matrix_of_numbers(output, &matrix, err) != 0) {
        return -1;
    }
    if (matrix.cols != 1) {
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "Expected exactly [1] value in text_similarity result; got [%zu]",
                             matrix.cols);
    }
    inf_task_results_key(document->config, w);
    inf_jsonw_double(w, combine(&matrix, document->config->combination));
    return 0;
}

static const char *const members[] = {"tokenization", "results_field",
                                      "span_score_combination_function", NULL};
static const char *const update_members[] = {"tokenization", "results_field", "text",
                                             "span_score_combination_function", NULL};

const struct inf_task inf_task_text_similarity = {.name = "text_similarity",
                                                  .members = members,
                                                  .update_members = update_members,
                                                  .parse = parse,
                                                  .write = write_members,
                                                  .encode = encode,
                                                  .decode = decode,
                                                  .sample = inf_pair_text_sample};
