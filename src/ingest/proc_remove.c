/* proc_remove.c - remove and rename: a field goes, or goes elsewhere. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "processor.h"
#include "template.h"
#include <stdlib.h>

/* ---- remove ---- */

struct removal {
    char **fields; /* ended by NULL */
    bool ignore_missing;
};

static int read_fields(struct removal *removal, const struct inf_reader *reader,
                       const struct cJSON *value, struct inf_error *err)
{
    const struct cJSON *one = inf_json_is_array(value) ? inf_json_first(value) : value;
    size_t count = inf_json_is_array(value) ? inf_json_size(value) : 1;

    removal->fields = inf_alloc(count + 1, sizeof *removal->fields);
    for (size_t i = 0; i < count; i++, one = inf_json_next(one)) {
        if (!inf_json_is_string(one))
            return inf_reader_fail(reader, "field", err,
                                   "property isn't a string, but of type [%s]", inf_doc_type(one));
        if (inf_template_check(inf_json_string(one), err) != 0)
            return inf_reader_wrap(reader, "field", err);
        removal->fields[i] = inf_strdup(inf_json_string(one));
    }
    return 0;
}

static int make_remove(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct removal *removal = settings;
    const struct cJSON *value = inf_reader_any(reader, "field");

    if (inf_reader_bool(reader, "ignore_missing", &removal->ignore_missing, err) != 0)
        return -1;
    if (value == NULL)
        return inf_reader_fail(reader, "field", err, "required property is missing");
    return read_fields(removal, reader, value, err);
}

static void destroy_remove(void *settings)
{
    struct removal *removal = settings;

    for (char **field = removal->fields; field != NULL && *field != NULL; field++)
        free(*field);
    free(removal->fields);
}

static int run_remove(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    const struct removal *removal = settings;
    struct inf_buf scratch;
    int rc = 0;

    inf_buf_init(&scratch, INF_TEMPLATE_MAX);
    for (char **field = removal->fields; rc == 0 && *field != NULL; field++) {
        const char *path = inf_template_path(*field, doc, &scratch, err);

        if (path == NULL)
            rc = -1;
        else if (!removal->ignore_missing || inf_doc_find(doc, path) != NULL)
            rc = inf_doc_remove(doc, path, err);
    }
    inf_buf_free(&scratch);
    return rc;
}

const struct inf_processor_row inf_processor_remove = {.name = "remove",
                                                       .size = sizeof(struct removal),
                                                       .make = make_remove,
                                                       .destroy = destroy_remove,
                                                       .run = run_remove};

/* ---- rename ---- */

struct renaming {
    char *field, *target;
    bool ignore_missing, override;
};

static int make_rename(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct renaming *renaming = settings;

    if (inf_reader_copy(reader, "field", true, &renaming->field, err) != 0 ||
        inf_reader_copy(reader, "target_field", true, &renaming->target, err) != 0 ||
        inf_reader_bool(reader, "ignore_missing", &renaming->ignore_missing, err) != 0)
        return -1;
    return inf_reader_bool(reader, "override", &renaming->override, err);
}

static void destroy_rename(void *settings)
{
    struct renaming *renaming = settings;

    free(renaming->field);
    free(renaming->target);
}

static int move(const struct renaming *renaming, const char *from, const char *to,
                struct inf_doc *doc, struct inf_error *err)
{
    struct cJSON *value;

    if (inf_doc_find(doc, from) == NULL)
        return renaming->ignore_missing
                   ? 0
                   : inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "field [%s] doesn't exist", from);
    if (!renaming->override && inf_doc_find(doc, to) != NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "field [%s] already exists", to);
    value = inf_json_copy(inf_doc_find(doc, from));
    if (value == NULL)
        return inf_doc_no_memory(err);
    /* Set before it is taken out, so that a document that does not let it be set keeps it. */
    if (inf_doc_set(doc, to, value, err) != 0)
        return -1;
    return inf_doc_remove(doc, from, err);
}

static int run_rename(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    const struct renaming *renaming = settings;
    struct inf_buf from_scratch, to_scratch;
    const char *from, *to;
    int rc = -1;

    inf_buf_init(&from_scratch, INF_TEMPLATE_MAX);
    inf_buf_init(&to_scratch, INF_TEMPLATE_MAX);
    from = inf_template_path(renaming->field, doc, &from_scratch, err);
    to = from != NULL ? inf_template_path(renaming->target, doc, &to_scratch, err) : NULL;
    if (to != NULL)
        rc = move(renaming, from, to, doc, err);
    inf_buf_free(&from_scratch);
    inf_buf_free(&to_scratch);
    return rc;
}

const struct inf_processor_row inf_processor_rename = {.name = "rename",
                                                       .size = sizeof(struct renaming),
                                                       .make = make_rename,
                                                       .destroy = destroy_rename,
                                                       .run = run_rename};
