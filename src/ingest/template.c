/* template.c - {{fields}} in texts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "template.h"

#include <stdlib.h>
#include <string.h>

/* What stands in one pair of braces. */
struct tag {
    const char *path;
    size_t length;
    const char *after; /* behind the closing braces */
};

/* Reads the tag at open ("{{"). false: the braces are not closed. */
static bool read_tag(const char *open, struct tag *ret)
{
    bool triple = open[2] == '{';
    const char *begin = open + (triple ? 3 : 2);
    const char *end = strstr(begin, triple ? "}}}" : "}}");

    if (end == NULL)
        return false;
    ret->after = end + (triple ? 3 : 2);
    begin += strspn(begin, " \t");
    while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    ret->path = begin;
    ret->length = (size_t)(end - begin);
    return true;
}

int inf_template_check(const char *text, struct inf_error *err)
{
    struct tag tag;

    for (const char *open = strstr(text, "{{"); open != NULL; open = strstr(tag.after, "{{")) {
        if (!read_tag(open, &tag))
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "unclosed braces in template [%s]",
                                 text);
        if (tag.length == 0 || strchr("#^/>!=&", tag.path[0]) != NULL)
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                 "template [%s]: of Mustache, {{field}} and {{{field}}} alone are "
                                 "served, not {{%.*s}}",
                                 text, (int)(tag.length < 64 ? tag.length : 64), tag.path);
    }
    return 0;
}

int inf_template_check_value(const struct cJSON *value, struct inf_error *err)
{
    if (inf_json_is_string(value))
        return inf_template_check(inf_json_string(value), err);
    for (const struct cJSON *child = inf_json_first(value); child != NULL;
         child = inf_json_next(child))
        if (inf_template_check_value(child, err) != 0)
            return -1;
    return 0;
}

static void render(const char *text, struct inf_doc *doc, struct inf_buf *out)
{
    struct tag tag;
    const char *open;

    while ((open = strstr(text, "{{")) != NULL && read_tag(open, &tag)) {
        char *path = strndup(tag.path, tag.length);
        const struct cJSON *field = path != NULL ? inf_doc_find(doc, path) : NULL;

        inf_buf_append(out, text, (size_t)(open - text));
        if (field != NULL && !inf_json_is_null(field))
            inf_doc_print(field, out);
        free(path);
        text = tag.after;
    }
    inf_buf_puts(out, text);
}

int inf_template_render(const char *text, struct inf_doc *doc, struct inf_buf *out,
                        struct inf_error *err)
{
    render(text, doc, out);
    if (!out->failed)
        return 0;
    return out->no_memory ? inf_doc_no_memory(err)
                          : inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                          "the value of template [%.200s] is longer than [%zu] "
                                          "bytes",
                                          text, out->max);
}

const char *inf_template_path(const char *text, struct inf_doc *doc, struct inf_buf *scratch,
                              struct inf_error *err)
{
    if (strstr(text, "{{") == NULL)
        return text;
    inf_buf_clear(scratch);
    return inf_template_render(text, doc, scratch, err) == 0 ? scratch->data : NULL;
}

static struct cJSON *render_string(const char *text, struct inf_doc *doc)
{
    struct inf_buf out;
    struct cJSON *value = NULL;

    inf_buf_init(&out, INF_TEMPLATE_MAX);
    render(text, doc, &out);
    if (!out.failed)
        value = inf_json_new_string_n(out.data != NULL ? out.data : "", out.length);
    inf_buf_free(&out);
    return value;
}

/* Takes copy, whose strings are filled in. */
static struct cJSON *fill(struct cJSON *copy, struct inf_doc *doc)
{
    struct cJSON *next;

    for (struct cJSON *child = copy != NULL ? inf_json_begin(copy) : NULL; child != NULL;
         child = next) {
        const char *text = inf_json_string(child);
        int rc = 0;

        next = inf_json_after(child);
        if (text != NULL && strstr(text, "{{") != NULL)
            rc = inf_json_replace(copy, child, render_string(text, doc));
        else if (fill(child, doc) == NULL)
            rc = -1;
        if (rc != 0)
            return NULL;
    }
    return copy;
}

struct cJSON *inf_template_value(const struct cJSON *value, struct inf_doc *doc)
{
    const char *text = inf_json_string(value);
    struct cJSON *copy;

    if (text != NULL && strstr(text, "{{") != NULL)
        return render_string(text, doc);
    copy = inf_json_copy(value);
    if (fill(copy, doc) != NULL)
        return copy;
    inf_json_delete(copy);
    return NULL;
}
