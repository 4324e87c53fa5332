/* proc_set.c - set and append: a value, or another field's, into a field. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "processor.h"
#include "template.h"
#include <stdlib.h>

struct set {
    char *field;
    char *copy_from;     /* or NULL: then value */
    struct cJSON *value; /* with braces to be filled in */
    bool override, ignore_empty_value;
};

/* Reads "value" as a copy of its own. */
static int read_value(struct inf_reader *reader, struct cJSON **ret, struct inf_error *err)
{
    const struct cJSON *value = inf_reader_any(reader, "value");

    if (value == NULL)
        return inf_reader_fail(reader, "value", err, "required property is missing");
    if (inf_template_check_value(value, err) != 0)
        return inf_reader_wrap(reader, "value", err);
    *ret = inf_json_copy(value);
    return *ret != NULL ? 0 : inf_doc_no_memory(err);
}

/* Elasticsearch reads a media type for escaping; here nothing is ever escaped. */
static int read_media_type(struct inf_reader *reader, struct inf_error *err)
{
    const char *ignored = NULL;

    return inf_reader_optional(reader, "media_type", &ignored, err);
}

static int make_set(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct set *set = settings;

    set->override = true;
    if (inf_reader_copy(reader, "field", true, &set->field, err) != 0 ||
        inf_reader_copy(reader, "copy_from", false, &set->copy_from, err) != 0 ||
        inf_reader_bool(reader, "override", &set->override, err) != 0 ||
        inf_reader_bool(reader, "ignore_empty_value", &set->ignore_empty_value, err) != 0 ||
        read_media_type(reader, err) != 0)
        return -1;
    if (set->copy_from == NULL)
        return read_value(reader, &set->value, err);
    if (inf_reader_any(reader, "value") == NULL)
        return 0;
    return inf_reader_fail(reader, "copy_from", err,
                           "cannot set both `copy_from` and `value` in the same processor");
}

static void destroy_set(void *settings)
{
    struct set *set = settings;

    free(set->field);
    free(set->copy_from);
    inf_json_delete(set->value);
}

static bool is_empty(const struct cJSON *value)
{
    const char *text = inf_json_string(value);

    return inf_json_is_null(value) || (text != NULL && text[0] == '\0');
}

/* The value to be set, or NULL with err. */
static struct cJSON *value_of(const struct set *set, struct inf_doc *doc, struct inf_error *err)
{
    const struct cJSON *from;
    struct cJSON *value;

    if (set->copy_from != NULL) {
        from = inf_doc_get(doc, set->copy_from, err);
        if (from == NULL)
            return NULL;
        value = inf_json_copy(from);
    } else {
        value = inf_template_value(set->value, doc);
    }
    if (value == NULL)
        inf_doc_no_memory(err);
    return value;
}

static int set_field(const struct set *set, const char *path, struct inf_doc *doc,
                     struct inf_error *err)
{
    const struct cJSON *old = set->override ? NULL : inf_doc_find(doc, path);
    struct cJSON *value;

    if (old != NULL && !inf_json_is_null(old))
        return 0;
    value = value_of(set, doc, err);
    if (value == NULL)
        return -1;
    if (!set->ignore_empty_value || !is_empty(value))
        return inf_doc_set(doc, path, value, err);
    inf_json_delete(value);
    return 0;
}

static int run_set(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    const struct set *set = settings;
    struct inf_buf scratch;
    const char *path;
    int rc = -1;

    inf_buf_init(&scratch, INF_TEMPLATE_MAX);
    path = inf_template_path(set->field, doc, &scratch, err);
    if (path != NULL)
        rc = set_field(set, path, doc, err);
    inf_buf_free(&scratch);
    return rc;
}

const struct inf_processor_row inf_processor_set = {.name = "set",
                                                    .size = sizeof(struct set),
                                                    .make = make_set,
                                                    .destroy = destroy_set,
                                                    .run = run_set};

/* ---- append ---- */

struct append {
    char *field;
    struct cJSON *value;
    bool duplicates;
};

static int make_append(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct append *append = settings;

    append->duplicates = true;
    if (inf_reader_copy(reader, "field", true, &append->field, err) != 0 ||
        inf_reader_bool(reader, "allow_duplicates", &append->duplicates, err) != 0 ||
        read_media_type(reader, err) != 0)
        return -1;
    return read_value(reader, &append->value, err);
}

static void destroy_append(void *settings)
{
    struct append *append = settings;

    free(append->field);
    inf_json_delete(append->value);
}

static int run_append(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    const struct append *append = settings;
    struct inf_buf scratch;
    const char *path;
    int rc = -1;

    inf_buf_init(&scratch, INF_TEMPLATE_MAX);
    path = inf_template_path(append->field, doc, &scratch, err);
    if (path != NULL)
        rc = inf_doc_append(doc, path, inf_template_value(append->value, doc), append->duplicates,
                            err);
    inf_buf_free(&scratch);
    return rc;
}

const struct inf_processor_row inf_processor_append = {.name = "append",
                                                       .size = sizeof(struct append),
                                                       .make = make_append,
                                                       .destroy = destroy_append,
                                                       .run = run_append};
