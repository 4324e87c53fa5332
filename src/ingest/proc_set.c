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

/* Where the value comes from: another field, or the settings. */
static int read_source(struct inf_reader *reader, char **ret_copy_from, struct cJSON **ret_value,
                       struct inf_error *err)
{
    if (inf_reader_copy(reader, "copy_from", false, ret_copy_from, err) != 0 ||
        read_media_type(reader, err) != 0)
        return -1;
    if (*ret_copy_from == NULL)
        return read_value(reader, ret_value, err);
    if (inf_reader_any(reader, "value") == NULL)
        return 0;
    return inf_reader_fail(reader, "copy_from", err,
                           "cannot set both `copy_from` and `value` in the same processor");
}

static int make_set(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct set *set = settings;

    set->override = true;
    if (inf_reader_copy(reader, "field", true, &set->field, err) != 0 ||
        inf_reader_bool(reader, "override", &set->override, err) != 0 ||
        inf_reader_bool(reader, "ignore_empty_value", &set->ignore_empty_value, err) != 0)
        return -1;
    return read_source(reader, &set->copy_from, &set->value, err);
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

/* The value to be put in, or NULL with err. */
static struct cJSON *value_of(const char *copy_from, const struct cJSON *given, struct inf_doc *doc,
                              struct inf_error *err)
{
    const struct cJSON *from;
    struct cJSON *value;

    if (copy_from != NULL) {
        from = inf_doc_get(doc, copy_from, err);
        if (from == NULL)
            return NULL;
        value = inf_json_copy(from);
    } else {
        value = inf_template_value(given, doc);
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
    value = value_of(set->copy_from, set->value, doc, err);
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
    char *copy_from; /* or NULL: then value */
    struct cJSON *value;
    bool duplicates, ignore_empty_values;
};

static int make_append(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct append *append = settings;

    append->duplicates = true;
    if (inf_reader_copy(reader, "field", true, &append->field, err) != 0 ||
        inf_reader_bool(reader, "allow_duplicates", &append->duplicates, err) != 0 ||
        inf_reader_bool(reader, "ignore_empty_values", &append->ignore_empty_values, err) != 0)
        return -1;
    return read_source(reader, &append->copy_from, &append->value, err);
}

static void destroy_append(void *settings)
{
    struct append *append = settings;

    free(append->field);
    free(append->copy_from);
    inf_json_delete(append->value);
}

/* Takes the empty elements out of a list. true: there is nothing left to be put in. */
static bool leave_empty_out(struct cJSON *value)
{
    if (!inf_json_is_array(value))
        return is_empty(value);
    for (struct cJSON *one = inf_json_begin(value), *after; one != NULL; one = after) {
        after = inf_json_after(one);
        if (is_empty(one))
            inf_json_delete(inf_json_detach(value, one));
    }
    return inf_json_first(value) == NULL;
}

static int append_to(const struct append *append, const char *path, struct inf_doc *doc,
                     struct inf_error *err)
{
    struct cJSON *value;

    if (append->ignore_empty_values && append->copy_from != NULL &&
        inf_doc_find(doc, append->copy_from) == NULL)
        return 0;
    value = value_of(append->copy_from, append->value, doc, err);
    if (value == NULL)
        return -1;
    if (append->ignore_empty_values && (inf_json_unfold(value) != 0 || leave_empty_out(value))) {
        inf_json_delete(value);
        return 0;
    }
    return inf_doc_append(doc, path, value, append->duplicates, err);
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
        rc = append_to(append, path, doc, err);
    inf_buf_free(&scratch);
    return rc;
}

const struct inf_processor_row inf_processor_append = {.name = "append",
                                                       .size = sizeof(struct append),
                                                       .make = make_append,
                                                       .destroy = destroy_append,
                                                       .run = run_append};
