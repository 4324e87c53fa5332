/* proc_remove.c - remove and rename: a field goes, or goes elsewhere. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "processor.h"
#include "template.h"
#include <stdlib.h>
#include <string.h>

/* ---- remove ---- */

struct removal {
    char **fields; /* ended by NULL */
    bool keep;     /* all others go */
    bool ignore_missing;
};

static int read_fields(struct removal *removal, const struct inf_reader *reader,
                       const char *property, const struct cJSON *value, struct inf_error *err)
{
    const struct cJSON *one = inf_json_is_array(value) ? inf_json_first(value) : value;
    size_t count = inf_json_is_array(value) ? inf_json_size(value) : 1;

    removal->fields = inf_alloc(count + 1, sizeof *removal->fields);
    for (size_t i = 0; i < count; i++, one = inf_json_next(one)) {
        if (!inf_json_is_string(one))
            return inf_reader_fail(reader, property, err,
                                   "property isn't a string, but of type [%s]", inf_doc_type(one));
        if (inf_template_check(inf_json_string(one), err) != 0)
            return inf_reader_wrap(reader, property, err);
        removal->fields[i] = inf_strdup(inf_json_string(one));
    }
    return 0;
}

static int make_remove(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct removal *removal = settings;
    const struct cJSON *field = inf_reader_any(reader, "field");
    const struct cJSON *keep = inf_reader_any(reader, "keep");

    if (inf_reader_bool(reader, "ignore_missing", &removal->ignore_missing, err) != 0)
        return -1;
    if ((field == NULL) == (keep == NULL))
        return inf_reader_fail(reader, "keep", err, "or [field] must be specified.");
    removal->keep = keep != NULL;
    return read_fields(removal, reader, removal->keep ? "keep" : "field",
                       removal->keep ? keep : field, err);
}

static void destroy_remove(void *settings)
{
    struct removal *removal = settings;

    for (char **field = removal->fields; field != NULL && *field != NULL; field++)
        free(*field);
    free(removal->fields);
}

/* Whether the field `path` is one of those (2), has some of them inside (1), or neither. */
static int has_kept(const char *path, char *const *kept)
{
    size_t length = strlen(path);
    int has = 0;

    for (; *kept != NULL; kept++) {
        if (strcmp(*kept, path) == 0)
            return 2;
        has |= strncmp(*kept, path, length) == 0 && (*kept)[length] == '.';
    }
    return has;
}

/* Removes what is not kept from an object, which has the path that is in `path`. How deep it goes
 * is bounded by the longest path that is kept. */
static int keep_only(struct cJSON *object, char *const *kept, struct inf_buf *path,
                     struct inf_error *err)
{
    size_t length = path->length;
    int rc = 0;

    for (struct cJSON *member = inf_json_begin(object), *after; rc == 0 && member != NULL;
         member = after) {
        int has;

        after = inf_json_after(member);
        if (length == 0 && inf_doc_is_metadata(inf_json_key(member)))
            continue;
        if (inf_buf_printf(path, "%s%s", length > 0 ? "." : "", inf_json_key(member)) != 0)
            return inf_doc_no_memory(err);
        has = has_kept(path->data, kept);
        if (has == 0)
            inf_json_delete(inf_json_detach(object, member));
        else if (has == 1 && inf_json_unfold(member) != 0)
            rc = inf_doc_no_memory(err);
        else if (has == 1 && inf_json_is_object(member))
            rc = keep_only(member, kept, path, err);
        path->length = length;
    }
    return rc;
}

/* The paths, with the document's values filled in; the caller frees each. */
static int render_paths(const struct removal *removal, struct inf_doc *doc, char **ret,
                        struct inf_error *err)
{
    struct inf_buf scratch;
    int rc = 0;

    inf_buf_init(&scratch, INF_TEMPLATE_MAX);
    for (size_t i = 0; rc == 0 && removal->fields[i] != NULL; i++) {
        const char *path = inf_template_path(removal->fields[i], doc, &scratch, err);

        if (path == NULL)
            rc = -1;
        else
            ret[i] = inf_strdup(path);
        inf_buf_clear(&scratch);
    }
    inf_buf_free(&scratch);
    return rc;
}

static size_t count_fields(const struct removal *removal)
{
    size_t count = 0;

    while (removal->fields[count] != NULL)
        count++;
    return count;
}

static int run_keep(const struct removal *removal, struct inf_doc *doc, struct inf_error *err)
{
    size_t count = count_fields(removal);
    char **kept = inf_alloc(count + 1, sizeof *kept);
    struct inf_buf path;
    int rc = render_paths(removal, doc, kept, err);

    inf_buf_init(&path, INF_TEMPLATE_MAX);
    if (rc == 0)
        rc = keep_only(doc->fields, kept, &path, err);
    inf_buf_free(&path);
    for (size_t i = 0; i < count; i++)
        free(kept[i]);
    free(kept);
    return rc;
}

static int run_remove(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    const struct removal *removal = settings;
    struct inf_buf scratch;
    int rc = 0;

    if (removal->keep)
        return run_keep(removal, doc, err);
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
