/* pair_text.c - a document and the request's own text, as a pair. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pair_text.h"

#include "inferd/alloc.h"
#include "task_row.h"

#include <stdlib.h>
#include <string.h>

int inf_pair_text_parse(const struct inf_fields *fields, const struct cJSON *member,
                        struct inf_inference_config *ret, struct inf_error *err)
{
    const char *text = NULL;
    if (inf_fields_string(fields, member, &text, err) != 0) {
        return -1;
    }
    free(ret->text);
    ret->text = inf_strdup(text);
    return 0;
}

int inf_pair_text_encode(const struct inf_document *document, const char *member,
                         struct inf_encoding *ret, struct inf_error *err)
{
    const struct inf_inference_config *config = document->config;
    if (!config->text) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "please provide configuration update for %s task including the "
                             "desired [%s]",
                             config->task->name, member);
    }
    return inf_tokenizer_encode_pairs(document->tokenizer, &config->tokenization,
                                      (struct inf_text){config->text, strlen(config->text)},
                                      &document->text, 1, ret, err);
}

void inf_pair_text_sample(const struct inf_tokenizer *tokenizer, struct inf_sample *sample)
{
    static char text[] = "ready";
    (void)tokenizer;
    sample->config.text = text;
    sample->cut = INF_TRUNCATE_SECOND;
}
