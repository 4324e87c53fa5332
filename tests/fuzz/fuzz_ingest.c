/* fuzz_ingest.c - what processors read of a pipeline's definition and of documents, each with its
 * own little language: conditions, date formats, templates, patterns, HTML, paths.
 *
 * Input: lines. The first byte says which language, the rest of the first line is what the
 * definition says, and what follows is the document's text. Every text lies in a block of its own
 * size, so that a byte too far is seen. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "condition.h"
#include "date_format.h"
#include "document.h"
#include "html_strip.h"
#include "letters.h"
#include "must.h"
#include "pattern.h"
#include "template.h"
#include <stdlib.h>
#include <string.h>

#define OUT_MOST ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *text_of(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    MUST(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* A document with a field of each kind, and the text. */
static void make_doc(struct inf_doc *doc, const char *text)
{
    static const char fields[] =
        "{\"_id\":\"1\",\"a\":{\"b\":[{\"c\":1},\"x\"]},\"n\":1.5,\"t\":true,\"z\":null}";
    struct inf_error err;
    struct inf_json json;

    MUST(inf_json_parse(fields, sizeof fields - 1, NULL, &json, &err) == 0);
    MUST(inf_doc_init(doc, inf_json_copy(json.root), &err) == 0);
    inf_json_free(&json);
    (void)inf_doc_set(doc, "text", inf_json_new_string(text), &err);
}

static void try_condition(const char *definition, const char *text)
{
    struct inf_error err;
    struct inf_condition *condition = inf_condition_new(definition, &err);
    struct inf_doc doc;
    bool holds = false;

    if (condition == NULL) {
        MUST(err.code == INF_ERR_ILLEGAL_ARGUMENT || err.code == INF_ERR_MEMORY);
        return;
    }
    make_doc(&doc, text);
    if (inf_condition_holds(condition, &doc, &holds, &err) != 0)
        MUST(err.reason[0] != '\0');
    inf_doc_fini(&doc);
    inf_condition_free(condition);
}

/* What was printed by a format is read by it, to the same moment where the format has all of it. */
static void try_date(const char *definition, const char *text)
{
    struct inf_date date;
    struct inf_error err;
    struct inf_buf out;
    int zone_s;

    (void)inf_date_zone(text, &zone_s);
    inf_zone_free(inf_zone_new(text, &err));
    if (inf_date_format_check(definition, &err) != 0 ||
        !inf_date_parse(text, definition, NULL, &date))
        return;
    MUST(date.zone_s >= -19 * 3600 && date.zone_s <= 19 * 3600);
    if (strcmp(definition, "UNIX") == 0 || strcmp(definition, "UNIX_MS") == 0 ||
        strcmp(definition, "ISO8601") == 0)
        return;
    inf_buf_init(&out, OUT_MOST);
    inf_date_print(&date, definition, &out);
    inf_buf_free(&out);
}

static void try_template(const char *definition, const char *text)
{
    struct inf_error err;
    struct inf_doc doc;
    struct inf_buf out;

    if (inf_template_check(definition, &err) != 0)
        return;
    make_doc(&doc, text);
    inf_buf_init(&out, OUT_MOST);
    (void)inf_template_render(definition, &doc, &out, &err);
    inf_buf_free(&out);
    inf_doc_fini(&doc);
}

static int count_piece(void *arg, const char *piece, size_t length, struct inf_error *err)
{
    size_t *total = arg;

    (void)piece;
    (void)err;
    *total += length;
    return 0;
}

static void try_pattern(const char *definition, const char *text)
{
    struct inf_error err;
    struct inf_pattern *pattern = inf_pattern_new(definition, &err);
    struct inf_buf out;
    size_t total = 0;

    if (pattern == NULL)
        return;
    inf_buf_init(&out, OUT_MOST);
    (void)inf_pattern_replace(pattern, text, "<$0>", &out, &err);
    inf_buf_free(&out);
    if (inf_pattern_split(pattern, text, count_piece, &total, &err) == 0)
        MUST(total <= strlen(text));
    inf_pattern_free(pattern);
}

static void try_letters(const char *text)
{
    char *lower = inf_letters_lower(text), *upper = inf_letters_upper(text);
    char *trimmed = inf_letters_trim(text);
    struct inf_buf out;

    MUST(lower != NULL && upper != NULL && trimmed != NULL);
    MUST(strlen(trimmed) <= strlen(text));
    inf_buf_init(&out, OUT_MOST);
    inf_html_strip(text, &out);
    inf_buf_free(&out);
    free(lower);
    free(upper);
    free(trimmed);
}

/* A path that is one can be set and found again. */
static void try_path(const char *definition, const char *text)
{
    struct inf_error err;
    struct inf_doc doc;

    if (inf_doc_check_path(definition, &err) != 0)
        return;
    make_doc(&doc, text);
    (void)inf_doc_find(&doc, definition);
    if (inf_doc_set(&doc, definition, inf_json_new_string(text), &err) == 0)
        MUST(inf_doc_find(&doc, definition) != NULL);
    (void)inf_doc_append(&doc, definition, inf_json_new_int(1), true, &err);
    (void)inf_doc_remove(&doc, definition, &err);
    inf_doc_fini(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data + 1, '\n', size - 1) : NULL;
    char *definition = NULL, *text = NULL;

    inf_zone_free(inf_zone_read(data, size));
    if (end == NULL || !inf_utf8_valid((const char *)data, size) || memchr(data, 0, size) != NULL)
        return 0;
    definition = text_of(data + 1, (size_t)(end - data) - 1);
    text = text_of(end + 1, size - (size_t)(end - data) - 1);
    if (data[0] == 'c')
        try_condition(definition, text);
    else if (data[0] == 'd')
        try_date(definition, text);
    else if (data[0] == 't')
        try_template(definition, text);
    else if (data[0] == 'r')
        try_pattern(definition, text);
    else if (data[0] == 'p')
        try_path(definition, text);
    else
        try_letters(text);
    free(definition);
    free(text);
    return 0;
}
