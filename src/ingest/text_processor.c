/* text_processor.c - one field's text into another value. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "text_processor.h"

#include <stdlib.h>

int inf_text_processor_make(struct inf_text_processor *text, struct inf_reader *reader,
                            struct inf_error *err)
{
    if (inf_reader_copy(reader, "field", true, &text->field, err) != 0 ||
        inf_reader_bool(reader, "ignore_missing", &text->ignore_missing, err) != 0)
        return -1;
    return inf_reader_target(reader, text->field, &text->target, err);
}

void inf_text_processor_destroy(struct inf_text_processor *text)
{
    free(text->field);
    free(text->target);
}

const char *inf_text_processor_text(const struct inf_text_processor *text,
                                    const struct cJSON *value, struct inf_error *err)
{
    if (!inf_json_is_string(value))
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "field [%s] of type [%s] cannot be cast to [java.lang.String]", text->field,
                      inf_doc_type(value));
    return inf_json_string(value);
}

static struct cJSON *turn_each(const void *settings, inf_text_turn turn, const struct cJSON *list,
                               struct inf_error *err)
{
    struct cJSON *result = inf_json_new_array();

    if (result == NULL)
        inf_doc_no_memory(err);
    for (const struct cJSON *one = inf_json_first(list); result != NULL && one != NULL;
         one = inf_json_next(one)) {
        struct cJSON *turned = turn(settings, one, err);

        if (turned != NULL && inf_json_push(result, turned) == 0)
            continue;
        inf_json_delete(result);
        return NULL;
    }
    return result;
}

int inf_text_processor_run(const struct inf_text_processor *text, const void *settings,
                           inf_text_turn turn, bool each, struct inf_doc *doc,
                           struct inf_error *err)
{
    const struct cJSON *value = inf_doc_get(doc, text->field, err);
    struct cJSON *result;

    if (value == NULL || inf_json_is_null(value)) {
        if (text->ignore_missing)
            return 0;
        return value == NULL ? -1
                             : inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                             "field [%s] is null, cannot process it.", text->field);
    }
    result = each && inf_json_is_array(value) ? turn_each(settings, turn, value, err)
                                              : turn(settings, value, err);
    return result != NULL ? inf_doc_set(doc, text->target, result, err) : -1;
}
