/* classes.c - labels read, and the answer of the classifying tasks written. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "classes.h"

#include "inferd/alloc.h"
#include "probability.h"
#include "task_row.h"

#include <stdlib.h>
#include <string.h>

int inf_classes_parse_labels(const struct inf_fields *fields, const struct cJSON *member,
                             struct inf_inference_config *ret, struct inf_error *err)
{
    size_t before = inf_labels_count(ret->classification_labels);
    if (inf_labels_parse(fields, member, &ret->classification_labels, err) != 0) {
        return -1;
    }
    size_t now = inf_labels_count(ret->classification_labels);
    if (before == 0 || before == now) {
        return 0;
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "The number of [classification_labels] the model is defined with [%zu] "
                         "does not match the number in the update [%zu]",
                         before, now);
}

static void write_class(const struct inf_labels *labels, size_t i, const double *probabilities,
                        struct inf_jsonw *w)
{
    const char *name = labels->names[i];
    inf_top_class_write(name, strlen(name), probabilities[i], w);
}

void inf_classes_write(const struct inf_inference_config *config, const struct inf_labels *labels,
                       const double *probabilities, int num_top_classes, struct inf_jsonw *w)
{
    size_t shown = inf_top_count(num_top_classes, labels->count);
    size_t wanted = shown > 0 ? shown : 1;
    size_t *best = inf_alloc(wanted, sizeof *best);
    inf_top(probabilities, labels->count, wanted, best);
    inf_task_results_key(config, w);
    inf_jsonw_string(w, labels->names[best[0]]);
    if (shown > 0) {
        inf_jsonw_key(w, "top_classes");
        inf_jsonw_begin_array(w);
        for (size_t i = 0; i < shown; i++) {
            write_class(labels, best[i], probabilities, w);
        }
        inf_jsonw_end_array(w);
    }
    inf_jsonw_kv_double(w, "prediction_probability", probabilities[best[0]]);
    free(best);
}
