/* model_input.c - documents as a model wants them: its field, and the text with what it begins
 * with.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/inference.h"
#include "inferd/json_edit.h"
#include <string.h>

void inf_model_input_fini(struct inf_model_input *input)
{
    inf_buf_free(&input->field);
    inf_buf_free(&input->begin);
}

/* Takes value; NULL is no memory. */
static int add(const struct inf_model_input *input, struct cJSON *docs, struct cJSON *value)
{
    struct cJSON *doc = inf_json_new_object();

    if (doc == NULL)
        inf_json_delete(value);
    else if (inf_json_set(doc, input->field.data, value) == 0)
        return inf_json_push(docs, doc);
    inf_json_delete(doc);
    return -1;
}

int inf_model_input_add_text(const struct inf_model_input *input, struct cJSON *docs,
                             const char *text, size_t length)
{
    struct inf_buf whole;
    int rc;

    if (input->begin.length == 0)
        return add(input, docs, inf_json_new_string_n(text, length));
    inf_buf_init(&whole, SIZE_MAX / 2);
    inf_buf_append(&whole, input->begin.data, input->begin.length);
    inf_buf_append(&whole, text, length);
    rc = whole.failed ? -1 : add(input, docs, inf_json_new_string_n(whole.data, whole.length));
    inf_buf_free(&whole);
    return rc;
}

int inf_model_input_add(const struct inf_model_input *input, struct cJSON *docs,
                        const struct cJSON *value)
{
    const char *text = value != NULL ? inf_json_string(value) : NULL;

    if (text != NULL)
        return inf_model_input_add_text(input, docs, text, strlen(text));
    return value != NULL ? add(input, docs, inf_json_copy(value))
                         : inf_json_push(docs, inf_json_new_object());
}
