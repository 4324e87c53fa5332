/* proc_date.c - date: a text that is a date by one of several formats. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "date_format.h"
#include "inferd/alloc.h"
#include "processor.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TARGET "@timestamp"
#define OUTPUT_FORMAT "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"

struct date {
    char *field, *target, *output_format;
    char **formats; /* ended by NULL */
    struct inf_zone *zone;
};

static int read_formats(struct date *date, struct inf_reader *reader, struct inf_error *err)
{
    const struct cJSON *list = inf_reader_any(reader, "formats");
    size_t count = 0;

    if (list == NULL)
        return inf_reader_fail(reader, "formats", err, "required property is missing");
    if (!inf_json_is_array(list))
        return inf_reader_fail(reader, "formats", err, "property isn't a list, but of type [%s]",
                               inf_doc_type(list));
    date->formats = inf_alloc(inf_json_size(list) + 1, sizeof *date->formats);
    for (const struct cJSON *one = inf_json_first(list); one != NULL; one = inf_json_next(one)) {
        if (!inf_json_is_string(one))
            return inf_reader_fail(reader, "formats", err, "holds a value of type [%s]",
                                   inf_doc_type(one));
        if (inf_date_format_check(inf_json_string(one), err) != 0)
            return inf_reader_wrap(reader, "formats", err);
        date->formats[count++] = inf_strdup(inf_json_string(one));
    }
    return 0;
}

static int read_zone(struct date *date, struct inf_reader *reader, struct inf_error *err)
{
    const char *zone = NULL, *locale = NULL;

    if (inf_reader_optional(reader, "timezone", &zone, err) != 0 ||
        inf_reader_optional(reader, "locale", &locale, err) != 0)
        return -1;
    if (zone != NULL && (date->zone = inf_zone_new(zone, err)) == NULL)
        return inf_reader_wrap(reader, "timezone", err);
    if (locale != NULL && strncmp(locale, "en", 2) != 0 && strcasecmp(locale, "root") != 0)
        return inf_reader_fail(reader, "locale", err, "[%s] is not served: en is", locale);
    return 0;
}

static int make(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct date *date = settings;

    if (inf_reader_copy(reader, "field", true, &date->field, err) != 0 ||
        inf_reader_target(reader, TARGET, &date->target, err) != 0 ||
        inf_reader_copy(reader, "output_format", false, &date->output_format, err) != 0 ||
        read_formats(date, reader, err) != 0)
        return -1;
    if (date->output_format == NULL)
        date->output_format = inf_strdup(OUTPUT_FORMAT);
    if (strstr(date->output_format, "UNIX") != NULL ||
        inf_date_format_check(date->output_format, err) != 0)
        return inf_reader_fail(reader, "output_format", err, "invalid output format [%s]",
                               date->output_format);
    return read_zone(date, reader, err);
}

static void destroy(void *settings)
{
    struct date *date = settings;

    free(date->field);
    free(date->target);
    free(date->output_format);
    for (char **format = date->formats; format != NULL && *format != NULL; format++)
        free(*format);
    free(date->formats);
    inf_zone_free(date->zone);
}

static bool parse(const struct date *date, const char *text, struct inf_date *ret)
{
    for (char **format = date->formats; *format != NULL; format++)
        if (inf_date_parse(text, *format, date->zone, ret))
            return true;
    return false;
}

static int set_date(const struct date *date, const struct inf_date *moment, struct inf_doc *doc,
                    struct inf_error *err)
{
    struct inf_buf text;
    int rc;

    inf_buf_init(&text, 4096);
    inf_date_print(moment, date->output_format, &text);
    rc = inf_doc_set(doc, date->target, inf_json_new_string(text.length > 0 ? text.data : ""), err);
    inf_buf_free(&text);
    return rc;
}

static int64_t floor_to_s(int64_t ms)
{
    return (ms >= 0 ? ms : ms - 999) / 1000;
}

static int run(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    const struct date *date = settings;
    const struct cJSON *value = inf_doc_get(doc, date->field, err);
    struct inf_date moment;
    struct inf_buf text;
    bool parsed;

    if (value == NULL)
        return -1;
    inf_buf_init(&text, 4096);
    inf_doc_print(value, &text);
    parsed = !text.failed && text.length > 0 && parse(date, text.data, &moment);
    if (!parsed)
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "unable to parse date [%.300s]",
                      text.length > 0 ? text.data : "");
    inf_buf_free(&text);
    if (!parsed)
        return -1;
    moment.zone_s = inf_zone_offset(date->zone, floor_to_s(moment.epoch_ms));
    return set_date(date, &moment, doc, err);
}

const struct inf_processor_row inf_processor_date = {
    .name = "date", .size = sizeof(struct date), .make = make, .destroy = destroy, .run = run};
