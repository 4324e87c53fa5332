/* inference_chunks.c - the answers about the chunks of a long text, as one field of the document.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inference_settings.h"

#include "inferd/inference.h"

/* The answer about one of them, with where it stands. Takes answer. */
static struct cJSON *describe(struct cJSON *answer, const char *text, const struct inf_chunk *chunk)
{
    struct cJSON *member = NULL, *described = inf_json_new_object();
    int rc = described != NULL ? 0 : -1;

    if (rc == 0)
        rc = inf_json_set(described, "start", inf_json_new_int(chunk->start));
    if (rc == 0)
        rc = inf_json_set(described, "end", inf_json_new_int(chunk->end));
    if (rc == 0)
        rc = inf_json_set(described, "text",
                          inf_json_new_string_n(text + chunk->from, chunk->length));
    while (rc == 0 && (member = inf_json_begin(answer)) != NULL) {
        rc = inf_json_set(described, inf_json_key(member), inf_json_copy(member));
        inf_json_delete(inf_json_detach(answer, member));
    }
    inf_json_delete(answer);
    if (rc == 0)
        return described;
    inf_json_delete(described);
    return NULL;
}

int inf_inference_write_chunks(const struct inf_inference_settings *settings,
                               struct inf_buf *results, const char *text,
                               const struct inf_chunk *chunks, size_t count, struct inf_doc *doc,
                               struct inf_error *err)
{
    struct cJSON *list = inf_json_new_array();
    size_t at = 0;
    int rc = list != NULL && !results->failed ? 0 : -1;

    for (size_t i = 0; rc == 0 && i < count && at < results->length; i++) {
        struct cJSON *answer = inf_json_next_joined(results->data, results->length, &at);
        struct cJSON *one = answer != NULL ? describe(answer, text, &chunks[i]) : NULL;

        rc = one != NULL ? inf_json_push(list, one) : -1;
    }
    if (rc != 0) {
        inf_json_delete(list);
        return inf_doc_no_memory(err);
    }
    if (inf_doc_set(doc, settings->outputs[0].to, list, err) != 0)
        return -1;
    return inf_inference_write_model(settings, doc, err);
}
