/* proc_split.c - split, join and gsub: texts, their parts and their patterns. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern.h"
#include "template.h"
#include "text_processor.h"
#include <stdlib.h>
#include <string.h>

/* ---- split ---- */

struct split {
    struct inf_text_processor text; /* first: its address is the settings' */
    struct inf_pattern *separator;
    bool preserve_trailing;
};

static int read_pattern(struct inf_reader *reader, const char *name, struct inf_pattern **ret,
                        struct inf_error *err)
{
    const char *text;

    if (inf_reader_string(reader, name, &text, err) != 0)
        return -1;
    *ret = inf_pattern_new(text, err);
    return *ret != NULL ? 0 : inf_reader_wrap(reader, name, err);
}

static int make_split(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct split *split = settings;

    if (inf_text_processor_make(&split->text, reader, err) != 0 ||
        inf_reader_bool(reader, "preserve_trailing", &split->preserve_trailing, err) != 0)
        return -1;
    return read_pattern(reader, "separator", &split->separator, err);
}

static void destroy_split(void *settings)
{
    struct split *split = settings;

    inf_text_processor_destroy(&split->text);
    inf_pattern_free(split->separator);
}

static int add_piece(void *arg, const char *data, size_t length, struct inf_error *err)
{
    return inf_json_push(arg, inf_json_new_string_n(data, length)) == 0 ? 0
                                                                        : inf_doc_no_memory(err);
}

/* Java leaves empty parts at the end out. */
static void drop_trailing(struct cJSON *parts)
{
    struct cJSON *last;

    /* The first element knows the last one, but only src/base may ask it; so by number. */
    for (size_t count = inf_json_size(parts); count > 1; count--) {
        last = inf_json_at(parts, count - 1);
        if (inf_json_string(last)[0] != '\0')
            return;
        inf_json_delete(inf_json_detach(parts, last));
    }
}

static struct cJSON *turn_split(const void *settings, const struct cJSON *value,
                                struct inf_error *err)
{
    const struct split *split = settings;
    const char *text = inf_text_processor_text(&split->text, value, err);
    struct cJSON *parts = text != NULL ? inf_json_new_array() : NULL;

    if (parts == NULL) {
        if (text != NULL)
            inf_doc_no_memory(err);
        return NULL;
    }
    if (inf_pattern_split(split->separator, text, add_piece, parts, err) != 0) {
        inf_json_delete(parts);
        return NULL;
    }
    if (!split->preserve_trailing)
        drop_trailing(parts);
    return parts;
}

static int run_split(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    const struct split *split = settings;

    return inf_text_processor_run(&split->text, split, turn_split, false, doc, err);
}

const struct inf_processor_row inf_processor_split = {.name = "split",
                                                      .size = sizeof(struct split),
                                                      .make = make_split,
                                                      .destroy = destroy_split,
                                                      .run = run_split};

/* ---- join ---- */

struct join {
    struct inf_text_processor text; /* first */
    char *separator;
};

static int make_join(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct join *join = settings;

    if (inf_reader_copy(reader, "field", true, &join->text.field, err) != 0 ||
        inf_reader_copy(reader, "separator", true, &join->separator, err) != 0)
        return -1;
    return inf_reader_target(reader, join->text.field, &join->text.target, err);
}

static void destroy_join(void *settings)
{
    struct join *join = settings;

    inf_text_processor_destroy(&join->text);
    free(join->separator);
}

static struct cJSON *turn_join(const void *settings, const struct cJSON *value,
                               struct inf_error *err)
{
    const struct join *join = settings;
    struct cJSON *result = NULL;
    struct inf_buf out;

    if (!inf_json_is_array(value)) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "field [%s] of type [%s] cannot be cast to [java.util.List]",
                      join->text.field, inf_doc_type(value));
        return NULL;
    }
    inf_buf_init(&out, INF_TEMPLATE_MAX);
    for (const struct cJSON *one = inf_json_first(value); one != NULL; one = inf_json_next(one)) {
        if (one != inf_json_first(value))
            inf_buf_puts(&out, join->separator);
        inf_doc_print(one, &out);
    }
    if (out.failed)
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "the joined text of field [%s] is longer than [%zu] bytes", join->text.field,
                      out.max);
    else if ((result = inf_json_new_string_n(out.length > 0 ? out.data : "", out.length)) == NULL)
        inf_doc_no_memory(err);
    inf_buf_free(&out);
    return result;
}

static int run_join(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    const struct join *join = settings;

    return inf_text_processor_run(&join->text, join, turn_join, false, doc, err);
}

const struct inf_processor_row inf_processor_join = {.name = "join",
                                                     .size = sizeof(struct join),
                                                     .make = make_join,
                                                     .destroy = destroy_join,
                                                     .run = run_join};

/* ---- gsub ---- */

struct gsub {
    struct inf_text_processor text; /* first */
    struct inf_pattern *pattern;
    char *replacement;
};

static int make_gsub(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct gsub *gsub = settings;

    if (inf_text_processor_make(&gsub->text, reader, err) != 0 ||
        inf_reader_copy(reader, "replacement", true, &gsub->replacement, err) != 0)
        return -1;
    return read_pattern(reader, "pattern", &gsub->pattern, err);
}

static void destroy_gsub(void *settings)
{
    struct gsub *gsub = settings;

    inf_text_processor_destroy(&gsub->text);
    inf_pattern_free(gsub->pattern);
    free(gsub->replacement);
}

static struct cJSON *turn_gsub(const void *settings, const struct cJSON *value,
                               struct inf_error *err)
{
    const struct gsub *gsub = settings;
    const char *text = inf_text_processor_text(&gsub->text, value, err);
    struct cJSON *result = NULL;
    struct inf_buf out;

    if (text == NULL)
        return NULL;
    inf_buf_init(&out, INF_TEMPLATE_MAX);
    if (inf_pattern_replace(gsub->pattern, text, gsub->replacement, &out, err) == 0) {
        result = inf_json_new_string_n(out.length > 0 ? out.data : "", out.length);
        if (result == NULL)
            inf_doc_no_memory(err);
    }
    inf_buf_free(&out);
    return result;
}

static int run_gsub(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    const struct gsub *gsub = settings;

    return inf_text_processor_run(&gsub->text, gsub, turn_gsub, true, doc, err);
}

const struct inf_processor_row inf_processor_gsub = {.name = "gsub",
                                                     .size = sizeof(struct gsub),
                                                     .make = make_gsub,
                                                     .destroy = destroy_gsub,
                                                     .run = run_gsub};
