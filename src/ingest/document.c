/* document.c - fields of a document by dotted path. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "document.h"

#include "inferd/units.h"
#include "inferd/wall_clock.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int inf_doc_no_memory(struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for the document");
}

int inf_doc_init(struct inf_doc *doc, struct cJSON *fields, struct inf_error *err)
{
    char time[INF_UNITS_TEXT];

    *doc = (struct inf_doc){.fields = fields, .ingest = inf_json_new_object()};
    if (doc->ingest != NULL &&
        inf_json_set(doc->ingest, "timestamp",
                     inf_json_new_string(inf_iso8601_print(inf_wall_ms(), time))) == 0)
        return 0;
    return inf_doc_no_memory(err);
}

void inf_doc_fini(struct inf_doc *doc)
{
    inf_json_delete(doc->fields);
    inf_json_delete(doc->ingest);
    *doc = (struct inf_doc){0};
}

/* ---- describing ---- */

bool inf_doc_is_metadata(const char *key)
{
    static const char *const names[] = {
        "_index",           "_id",        "_version",          "_type", "_routing", "_version_type",
        "_if_primary_term", "_if_seq_no", "_dynamic_templates"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], key) == 0)
            return true;
    return false;
}

static const char *number_type(const struct cJSON *value)
{
    struct inf_error ignored;
    int64_t number;

    if (inf_json_int64(value, &number, &ignored) != 0)
        return "java.lang.Double";
    return number >= INT_MIN && number <= INT_MAX ? "java.lang.Integer" : "java.lang.Long";
}

const char *inf_doc_type(const struct cJSON *value)
{
    if (inf_json_is_string(value))
        return "java.lang.String";
    if (inf_json_is_number(value))
        return number_type(value);
    if (inf_json_is_bool(value))
        return "java.lang.Boolean";
    if (inf_json_is_array(value))
        return "java.util.ArrayList";
    return inf_json_is_object(value) ? "java.util.HashMap" : "null";
}

void inf_doc_write_source(const struct inf_doc *doc, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    for (const struct cJSON *member = inf_json_first(doc->fields); member != NULL;
         member = inf_json_next(member)) {
        if (inf_doc_is_metadata(inf_json_key(member)))
            continue;
        inf_jsonw_key(w, inf_json_key(member));
        inf_jsonw_value(w, member);
    }
    inf_jsonw_end_object(w);
}

void inf_doc_print(const struct cJSON *value, struct inf_buf *out)
{
    struct inf_jsonw w;

    if (inf_json_is_string(value)) {
        inf_buf_puts(out, inf_json_string(value));
        return;
    }
    inf_jsonw_init(&w, out);
    inf_jsonw_value(&w, value);
}

/* ---- walking ---- */

/* A path on its way: the container that was reached and the segment that comes next. */
struct walk {
    const char *path; /* whole, for messages */
    struct cJSON *at;
    const char *segment;
    size_t length;
};

int inf_doc_check_path(const char *path, struct inf_error *err)
{
    size_t depth = 1, length = strlen(path);

    if (length == 0)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "path cannot be null nor empty");
    for (const char *c = path; *c != '\0'; c++)
        depth += *c == '.';
    if (path[0] == '.' || path[length - 1] == '.' || strstr(path, "..") != NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "path [%s] is not valid", path);
    if (depth > INF_DOC_DEPTH)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "path [%s] has [%zu] segments, more than [%d]", path, depth,
                             INF_DOC_DEPTH);
    return 0;
}

static int start(struct inf_doc *doc, const char *path, struct walk *walk, struct inf_error *err)
{
    if (inf_doc_check_path(path, err) != 0)
        return -1;
    *walk = (struct walk){.path = path, .at = doc->fields, .segment = path};
    if (strncmp(path, "_ingest.", 8) == 0) {
        walk->at = doc->ingest;
        walk->segment += 8;
    } else if (strncmp(path, "_source.", 8) == 0) {
        walk->segment += 8;
    }
    walk->length = strcspn(walk->segment, ".");
    return 0;
}

static bool is_last(const struct walk *walk)
{
    return walk->segment[walk->length] == '\0';
}

static void go_on(struct walk *walk, struct cJSON *child)
{
    walk->at = child;
    walk->segment += walk->length + 1;
    walk->length = strcspn(walk->segment, ".");
}

/* The index that the segment is, of an array's element. */
static int read_index(const struct walk *walk, size_t *ret, struct inf_error *err)
{
    size_t index = 0, count = inf_json_size(walk->at);

    for (size_t i = 0; i < walk->length; i++) {
        char c = walk->segment[i];

        if (c < '0' || c > '9' || index > INT_MAX)
            return inf_error_set(
                err, INF_ERR_ILLEGAL_ARGUMENT,
                "[%.*s] is not an integer, cannot be used as an index as part of path [%s]",
                (int)walk->length, walk->segment, walk->path);
        index = index * 10 + (size_t)(c - '0');
    }
    if (index >= count)
        return inf_error_set(
            err, INF_ERR_ILLEGAL_ARGUMENT,
            "[%zu] is out of bounds for array with length [%zu] as part of path [%s]", index, count,
            walk->path);
    *ret = index;
    return 0;
}

static struct cJSON *fail_type(const struct walk *walk, struct inf_error *err)
{
    if (inf_json_is_null(walk->at))
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "cannot resolve [%.*s] from null as part of path [%s]", (int)walk->length,
                      walk->segment, walk->path);
    else
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "cannot resolve [%.*s] from object of type [%s] as part of path [%s]",
                      (int)walk->length, walk->segment, inf_doc_type(walk->at), walk->path);
    return NULL;
}

/* What the segment names in the container, or NULL with err. */
static struct cJSON *child(const struct walk *walk, struct inf_error *err)
{
    struct cJSON *found;
    size_t index;

    if (inf_json_unfold(walk->at) != 0) {
        inf_doc_no_memory(err);
        return NULL;
    }
    if (inf_json_is_array(walk->at))
        return read_index(walk, &index, err) == 0 ? inf_json_at(walk->at, index) : NULL;
    if (!inf_json_is_object(walk->at))
        return fail_type(walk, err);
    found = inf_json_find_n(walk->at, walk->segment, walk->length);
    if (found == NULL)
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "field [%.*s] not present as part of path [%s]", (int)walk->length,
                      walk->segment, walk->path);
    return found;
}

/* Walks to the container of the last segment. */
static int to_parent(struct inf_doc *doc, const char *path, struct walk *walk,
                     struct inf_error *err)
{
    if (start(doc, path, walk, err) != 0)
        return -1;
    while (!is_last(walk)) {
        struct cJSON *next = child(walk, err);

        if (next == NULL)
            return -1;
        go_on(walk, next);
    }
    return 0;
}

struct cJSON *inf_doc_get(struct inf_doc *doc, const char *path, struct inf_error *err)
{
    struct walk walk;
    struct cJSON *found;

    if (to_parent(doc, path, &walk, err) != 0)
        return NULL;
    found = child(&walk, err);
    if (found != NULL && inf_json_unfold(found) != 0) {
        inf_doc_no_memory(err);
        return NULL;
    }
    return found;
}

struct cJSON *inf_doc_find(struct inf_doc *doc, const char *path)
{
    struct inf_error ignored;

    return inf_doc_get(doc, path, &ignored);
}

const char *inf_doc_string(struct inf_doc *doc, const char *path, struct inf_error *err)
{
    const struct cJSON *value = inf_doc_get(doc, path, err);

    if (value == NULL)
        return NULL;
    if (inf_json_is_null(value))
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "field [%s] is null, cannot process it.",
                      path);
    else if (!inf_json_is_string(value))
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "field [%s] of type [%s] cannot be cast to [java.lang.String]", path,
                      inf_doc_type(value));
    return inf_json_string(value);
}

/* ---- changing ---- */

/* Adds what a value takes to *bytes; its levels. */
static size_t measure(const struct cJSON *value, size_t *bytes)
{
    size_t deepest = 0;
    const char *text = inf_json_string(value);

    *bytes += 80 + (text != NULL ? strlen(text) : 0);
    for (const struct cJSON *child = inf_json_first(value); child != NULL;
         child = inf_json_next(child)) {
        size_t levels = measure(child, bytes);

        deepest = levels > deepest ? levels : deepest;
    }
    return deepest + 1;
}

/* A document may be copied into itself again and again, so what is put in is counted. */
static int grow(struct inf_doc *doc, const char *path, const struct cJSON *value,
                struct inf_error *err)
{
    size_t levels = measure(value, &doc->grown) + 1;

    for (const char *c = path; *c != '\0'; c++)
        levels += *c == '.';
    if (levels > INF_DOC_LEVELS)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "field [%s] would be [%zu] levels deep, more than [%d]", path, levels,
                             INF_DOC_LEVELS);
    if (doc->grown > INF_DOC_GROWTH)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "processors have put [%zu] bytes into the document, more than [%zu]",
                             doc->grown, INF_DOC_GROWTH);
    return 0;
}

/* The segment as a key; false when there is no memory. */
static int set_member(const struct walk *walk, struct cJSON *value, struct inf_error *err)
{
    char *key = strndup(walk->segment, walk->length);
    int rc = -1;

    if (key == NULL)
        inf_json_delete(value);
    else
        rc = inf_json_set(walk->at, key, value);
    free(key);
    return rc == 0 ? 0 : inf_doc_no_memory(err);
}

/* The container of the last segment, made with all that is missing on the way. */
static int make_parents(struct inf_doc *doc, const char *path, struct walk *walk,
                        struct inf_error *err)
{
    if (start(doc, path, walk, err) != 0)
        return -1;
    while (!is_last(walk)) {
        struct cJSON *next = NULL;

        if (!inf_json_is_object(walk->at) ||
            inf_json_find_n(walk->at, walk->segment, walk->length) != NULL) {
            next = child(walk, err);
        } else if (set_member(walk, inf_json_new_object(), err) == 0) {
            next = inf_json_find_n(walk->at, walk->segment, walk->length);
        }
        if (next == NULL)
            return -1;
        go_on(walk, next);
    }
    return inf_json_unfold(walk->at) == 0 ? 0 : inf_doc_no_memory(err);
}

static int set_last(const struct walk *walk, struct cJSON *value, struct inf_error *err)
{
    size_t index;

    if (inf_json_is_object(walk->at))
        return set_member(walk, value, err);
    if (inf_json_is_array(walk->at) && read_index(walk, &index, err) == 0)
        return inf_json_replace(walk->at, inf_json_at(walk->at, index), value) == 0
                   ? 0
                   : inf_doc_no_memory(err);
    if (!inf_json_is_array(walk->at))
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "cannot set [%.*s] with parent object of type [%s] as part of path [%s]",
                      (int)walk->length, walk->segment, inf_doc_type(walk->at), walk->path);
    inf_json_delete(value);
    return -1;
}

int inf_doc_set(struct inf_doc *doc, const char *path, struct cJSON *value, struct inf_error *err)
{
    struct walk walk;

    if (value == NULL)
        return inf_doc_no_memory(err);
    if (grow(doc, path, value, err) == 0 && make_parents(doc, path, &walk, err) == 0)
        return set_last(&walk, value, err);
    inf_json_delete(value);
    return -1;
}

static bool contains(const struct cJSON *array, const struct cJSON *value)
{
    for (const struct cJSON *one = inf_json_first(array); one != NULL; one = inf_json_next(one))
        if (inf_json_equal(one, value))
            return true;
    return false;
}

/* Takes value. */
static int push_one(struct cJSON *array, struct cJSON *value, bool duplicates)
{
    if (duplicates || !contains(array, value))
        return inf_json_push(array, value);
    inf_json_delete(value);
    return 0;
}

/* Takes value. */
static int push(struct cJSON *array, struct cJSON *value, bool duplicates)
{
    struct cJSON *element;
    int rc = 0;

    if (!inf_json_is_array(value))
        return push_one(array, value, duplicates);
    while (rc == 0 && (element = inf_json_begin(value)) != NULL)
        rc = push_one(array, inf_json_detach(value, element), duplicates);
    inf_json_delete(value);
    return rc;
}

/* An array in place of what the field has, with that as its first element. */
static int make_array(struct inf_doc *doc, const char *path, struct inf_error *err)
{
    struct cJSON *array = inf_json_new_array(), *old = inf_doc_find(doc, path);
    int rc = 0;

    if (array != NULL && old != NULL)
        rc = inf_json_push(array, inf_json_copy(old));
    if (array == NULL || rc != 0) {
        inf_json_delete(array);
        return inf_doc_no_memory(err);
    }
    return inf_doc_set(doc, path, array, err);
}

int inf_doc_append(struct inf_doc *doc, const char *path, struct cJSON *value, bool duplicates,
                   struct inf_error *err)
{
    struct cJSON *field = inf_doc_find(doc, path);

    if (value == NULL)
        return inf_doc_no_memory(err);
    if (grow(doc, path, value, err) != 0 ||
        (!inf_json_is_array(field) && make_array(doc, path, err) != 0)) {
        inf_json_delete(value);
        return -1;
    }
    field = inf_doc_find(doc, path);
    return push(field, value, duplicates) == 0 ? 0 : inf_doc_no_memory(err);
}

struct cJSON *inf_doc_take(struct inf_doc *doc, const char *path, struct inf_error *err)
{
    struct walk walk;
    struct cJSON *found = NULL;

    if (to_parent(doc, path, &walk, err) == 0)
        found = child(&walk, err);
    return found != NULL ? inf_json_detach(walk.at, found) : NULL;
}

int inf_doc_remove(struct inf_doc *doc, const char *path, struct inf_error *err)
{
    struct cJSON *value = inf_doc_take(doc, path, err);

    inf_json_delete(value);
    return value != NULL ? 0 : -1;
}

/* ---- for answers ---- */

/* Elasticsearch shows each as a string. */
static void write_text(struct inf_jsonw *w, const char *key, const struct cJSON *value)
{
    struct inf_buf text;

    inf_buf_init(&text, SIZE_MAX / 2);
    inf_doc_print(value, &text);
    inf_jsonw_kv_string(w, key, text.length > 0 ? text.data : "");
    inf_buf_free(&text);
}

void inf_doc_write_metadata(const struct inf_doc *doc, struct inf_jsonw *w)
{
    for (const struct cJSON *member = inf_json_first(doc->fields); member != NULL;
         member = inf_json_next(member))
        if (inf_doc_is_metadata(inf_json_key(member)) && !inf_json_is_null(member))
            write_text(w, inf_json_key(member), member);
}

void inf_doc_write_ingest(const struct inf_doc *doc, struct inf_jsonw *w)
{
    inf_jsonw_value(w, doc->ingest);
}
