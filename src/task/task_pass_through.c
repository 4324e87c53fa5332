/* task_pass_through.c - the model's output as it is: result[0], a two-dimensional array of numbers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix.h"
#include "task_row.h"

static int decode(const struct inf_document *document, const struct inf_encoding *encoding,
                  const struct inf_tensor *output, struct inf_jsonw *w, struct inf_error *err)
{
    struct inf_matrix matrix;
    (void)encoding;
    if (inf_matrix_of_numbers(output, &matrix, err) != 0) {
        return -1;
    }
    inf_task_results_key(document->config, w);
    inf_jsonw_begin_array(w);
    for (size_t row = 0; row < matrix.rows; row++) {
        inf_matrix_write_row(&matrix, row, w);
    }
    inf_jsonw_end_array(w);
    return 0;
}

static const char *const members[] = {"tokenization", "results_field", NULL};

const struct inf_task inf_task_pass_through = {.name = "pass_through",
                                               .members = members,
                                               .update_members = members,
                                               .encode = inf_task_encode_text,
                                               .decode = decode};
