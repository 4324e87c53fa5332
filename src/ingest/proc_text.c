/* proc_text.c - lowercase, uppercase, trim, html_strip: a text into another one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "html_strip.h"
#include "letters.h"
#include "text_processor.h"
#include <stdlib.h>
#include <string.h>

static int make(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    return inf_text_processor_make(settings, reader, err);
}

static void destroy(void *settings)
{
    inf_text_processor_destroy(settings);
}

/* Takes text; NULL is a lack of memory. */
static struct cJSON *as_value(char *text, struct inf_error *err)
{
    struct cJSON *value = text != NULL ? inf_json_new_string(text) : NULL;

    if (value == NULL)
        inf_doc_no_memory(err);
    free(text);
    return value;
}

static struct cJSON *turn_by(const void *settings, const struct cJSON *value,
                             char *(*change)(const char *), struct inf_error *err)
{
    const char *text = inf_text_processor_text(settings, value, err);

    return text != NULL ? as_value(change(text), err) : NULL;
}

static struct cJSON *turn_lower(const void *settings, const struct cJSON *value,
                                struct inf_error *err)
{
    return turn_by(settings, value, inf_letters_lower, err);
}

static struct cJSON *turn_upper(const void *settings, const struct cJSON *value,
                                struct inf_error *err)
{
    return turn_by(settings, value, inf_letters_upper, err);
}

static struct cJSON *turn_trim(const void *settings, const struct cJSON *value,
                               struct inf_error *err)
{
    return turn_by(settings, value, inf_letters_trim, err);
}

static char *without_html(const char *html)
{
    struct inf_buf out;

    inf_buf_init(&out, strlen(html) * 2 + 1);
    inf_html_strip(html, &out);
    if (out.failed) {
        inf_buf_free(&out);
        return NULL;
    }
    return inf_buf_take(&out, NULL);
}

static struct cJSON *turn_html(const void *settings, const struct cJSON *value,
                               struct inf_error *err)
{
    return turn_by(settings, value, without_html, err);
}

static int run_lower(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    return inf_text_processor_run(settings, settings, turn_lower, true, doc, err);
}

static int run_upper(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    return inf_text_processor_run(settings, settings, turn_upper, true, doc, err);
}

static int run_trim(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    return inf_text_processor_run(settings, settings, turn_trim, true, doc, err);
}

static int run_html(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    return inf_text_processor_run(settings, settings, turn_html, true, doc, err);
}

#define TEXT_ROW(name_, run_)                                                     \
    {                                                                             \
        .name = (name_), .size = sizeof(struct inf_text_processor), .make = make, \
        .destroy = destroy, .run = (run_)                                         \
    }

const struct inf_processor_row inf_processor_lowercase = TEXT_ROW("lowercase", run_lower);
const struct inf_processor_row inf_processor_uppercase = TEXT_ROW("uppercase", run_upper);
const struct inf_processor_row inf_processor_trim = TEXT_ROW("trim", run_trim);
const struct inf_processor_row inf_processor_html_strip = TEXT_ROW("html_strip", run_html);
