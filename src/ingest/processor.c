/* processor.c - THE table of processors, and the options that all of them have. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "processor.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

static const struct inf_processor_row *const rows[] = {
    &inf_processor_append,   &inf_processor_convert,    &inf_processor_date,
    &inf_processor_drop,     &inf_processor_fail,       &inf_processor_foreach,
    &inf_processor_gsub,     &inf_processor_html_strip, &inf_processor_inference,
    &inf_processor_join,     &inf_processor_json,       &inf_processor_lowercase,
    &inf_processor_pipeline, &inf_processor_remove,     &inf_processor_rename,
    &inf_processor_script,   &inf_processor_set,        &inf_processor_split,
    &inf_processor_trim,     &inf_processor_uppercase,
};

enum { ROWS = sizeof rows / sizeof rows[0] };

const char *inf_processor_name_at(size_t i)
{
    return i < ROWS ? rows[i]->name : NULL;
}

const char *inf_processor_type(const struct inf_processor *processor)
{
    return processor->row->name;
}

const char *inf_processor_tag(const struct inf_processor *processor)
{
    return processor->tag;
}

const char *inf_processor_description(const struct inf_processor *processor)
{
    return processor->description;
}

const char *inf_processor_condition(const struct inf_processor *processor)
{
    return processor->condition != NULL ? inf_condition_text(processor->condition) : NULL;
}

/* ---- making ---- */

static void processor_free(struct inf_processor *processor)
{
    if (processor == NULL)
        return;
    if (processor->settings != NULL && processor->row->destroy != NULL)
        processor->row->destroy(processor->settings);
    free(processor->settings);
    inf_processors_free(&processor->on_failure);
    inf_condition_free(processor->condition);
    free(processor->tag);
    free(processor->description);
    free(processor);
}

void inf_processors_free(struct inf_processors *processors)
{
    for (size_t i = 0; i < processors->count; i++)
        processor_free(processors->items[i]);
    free(processors->items);
    *processors = (struct inf_processors){0};
}

static int make_condition(struct inf_processor *processor, struct inf_reader *reader,
                          struct inf_error *err)
{
    const struct cJSON *value = inf_reader_any(reader, "if");
    const struct cJSON *lang = inf_json_get(value, "lang");
    const char *text = inf_json_string(value);

    if (value == NULL)
        return 0;
    if (inf_json_is_object(value) &&
        (lang == NULL ||
         strcmp(inf_json_string(lang) != NULL ? inf_json_string(lang) : "", "painless") == 0))
        text = inf_json_string(inf_json_get(value, "source"));
    if (text == NULL)
        return inf_reader_fail(reader, "if", err,
                               "must be an expression, or an object with it as [source]");
    processor->condition = inf_condition_new(text, err);
    return processor->condition != NULL ? 0 : inf_reader_wrap(reader, "if", err);
}

static int make_on_failure(struct inf_processor *processor, struct inf_reader *reader,
                           struct inf_error *err)
{
    const struct cJSON *list = inf_reader_any(reader, "on_failure");

    if (list == NULL)
        return 0;
    if (!inf_json_is_array(list))
        return inf_reader_fail(reader, "on_failure", err, "property isn't a list, but of type [%s]",
                               inf_doc_type(list));
    if (inf_json_first(list) == NULL)
        return inf_reader_fail(reader, "on_failure", err, "processors list cannot be empty");
    return inf_processors_make(reader->compiling, list, &processor->on_failure, err);
}

static int make_options(struct inf_processor *processor, struct inf_reader *reader,
                        struct inf_error *err)
{
    if (inf_reader_copy(reader, "tag", false, &processor->tag, err) != 0)
        return -1;
    reader->tag = processor->tag;
    if (inf_reader_copy(reader, "description", false, &processor->description, err) != 0 ||
        inf_reader_bool(reader, "ignore_failure", &processor->ignore_failure, err) != 0 ||
        make_condition(processor, reader, err) != 0 || make_on_failure(processor, reader, err) != 0)
        return -1;
    return 0;
}

static const struct inf_processor_row *find_row(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i]->name, name) == 0)
            return rows[i];
    return NULL;
}

static int make_settings(struct inf_processor *processor, struct inf_reader *reader,
                         struct inf_error *err)
{
    const struct inf_processor_row *row = processor->row;

    if (++reader->compiling->processors > INF_PIPELINE_PROCESSORS)
        return inf_reader_fail(reader, NULL, err, "a pipeline has at most [%d] processors",
                               INF_PIPELINE_PROCESSORS);
    if (make_options(processor, reader, err) != 0)
        return -1;
    processor->settings = inf_alloc(1, row->size > 0 ? row->size : 1);
    if (row->make != NULL && row->make(processor->settings, reader, err) != 0)
        return -1;
    return inf_reader_end(reader, err);
}

/* NULL with err. */
static struct inf_processor *make_one(struct inf_compiling *compiling, const struct cJSON *member,
                                      struct inf_error *err)
{
    struct inf_reader reader = {
        .settings = member, .type = inf_json_key(member), .compiling = compiling};
    const struct inf_processor_row *row = find_row(reader.type);
    struct inf_processor *processor;

    if (row == NULL) {
        reader.tag = inf_json_string(inf_json_get(member, "tag"));
        inf_reader_fail(&reader, NULL, err, "No processor type exists with name [%s]", reader.type);
        return NULL;
    }
    if (!inf_json_is_object(member)) {
        inf_reader_fail(&reader, NULL, err, "property isn't a map, but of type [%s]",
                        inf_doc_type(member));
        return NULL;
    }
    processor = inf_alloc(1, sizeof *processor);
    processor->row = row;
    if (make_settings(processor, &reader, err) == 0)
        return processor;
    processor_free(processor);
    return NULL;
}

static int make_all(struct inf_compiling *compiling, const struct cJSON *list,
                    struct inf_processors *ret, struct inf_error *err)
{
    for (const struct cJSON *item = inf_json_first(list); item != NULL;
         item = inf_json_next(item)) {
        const struct cJSON *member = inf_json_first(item);
        struct inf_processor *made;

        if (!inf_json_is_object(item))
            return inf_error_set(err, INF_ERR_PARSE,
                                 "a processor is an object with one member, its type, not of type "
                                 "[%s]",
                                 inf_doc_type(item));
        if (inf_json_size(item) != 1)
            return inf_error_set(err, INF_ERR_PARSE,
                                 "a processor is an object with one member, its type; this one has "
                                 "[%zu] members",
                                 inf_json_size(item));
        made = make_one(compiling, member, err);
        if (made == NULL)
            return -1;
        ret->items = inf_realloc(ret->items, ret->count + 1, sizeof *ret->items);
        ret->items[ret->count++] = made;
    }
    return 0;
}

int inf_processors_make(struct inf_compiling *compiling, const struct cJSON *list,
                        struct inf_processors *ret, struct inf_error *err)
{
    int rc;

    *ret = (struct inf_processors){0};
    if (compiling->depth >= INF_PIPELINE_DEPTH)
        return inf_error_set(err, INF_ERR_PARSE,
                             "lists of processors lie in each other at most [%d] deep",
                             INF_PIPELINE_DEPTH);
    compiling->depth++;
    rc = make_all(compiling, list, ret, err);
    compiling->depth--;
    if (rc != 0)
        inf_processors_free(ret);
    return rc;
}
