/* proc_convert.c - convert and json: a text becomes a value of another type. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "text_processor.h"
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- convert ---- */

typedef struct cJSON *(*conversion)(const char *text, struct inf_error *err);

struct convert {
    struct inf_text_processor text; /* first */
    conversion to;
};

static struct cJSON *unable(const char *text, const char *type, struct inf_error *err)
{
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "unable to convert [%.300s] to %s", text, type);
    inf_error_cause(err, INF_ERR_NUMBER_FORMAT, "For input string: \"%.300s\"", text);
    return NULL;
}

static bool read_whole(const char *text, int64_t low, int64_t high, int64_t *ret)
{
    const char *digits = text + (text[0] == '-' || text[0] == '+');
    bool hexadecimal = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    char *end;

    errno = 0;
    *ret = strtoll(text, &end, hexadecimal ? 16 : 10);
    return digits[0] >= '0' && digits[0] <= '9' && *end == '\0' && errno == 0 && *ret >= low &&
           *ret <= high;
}

static struct cJSON *to_integer(const char *text, struct inf_error *err)
{
    int64_t value;

    return read_whole(text, INT_MIN, INT_MAX, &value) ? inf_json_new_int(value)
                                                      : unable(text, "integer", err);
}

static struct cJSON *to_long(const char *text, struct inf_error *err)
{
    int64_t value;

    return read_whole(text, INT64_MIN, INT64_MAX, &value) ? inf_json_new_int(value)
                                                          : unable(text, "long", err);
}

/* JSON has neither infinity nor NaN, and Java's text has no hexadecimal here. */
static bool read_fraction(const char *text, double *ret)
{
    char *end;

    *ret = strtod(text, &end);
    return text[0] != '\0' && *end == '\0' && text[strspn(text, "0123456789+-.eE")] == '\0' &&
           isfinite(*ret);
}

static struct cJSON *to_float(const char *text, struct inf_error *err)
{
    double value;

    return read_fraction(text, &value) && isfinite((float)value) ? inf_json_new_double(value)
                                                                 : unable(text, "float", err);
}

static struct cJSON *to_double(const char *text, struct inf_error *err)
{
    double value;

    return read_fraction(text, &value) ? inf_json_new_double(value) : unable(text, "double", err);
}

static struct cJSON *to_boolean(const char *text, struct inf_error *err)
{
    if (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0)
        return inf_json_new_bool(text[0] == 't' || text[0] == 'T');
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                  "[%.300s] is not a boolean value, cannot convert to boolean", text);
    return NULL;
}

static struct cJSON *to_string(const char *text, struct inf_error *err)
{
    (void)err;
    return inf_json_new_string(text);
}

static struct cJSON *to_ip(const char *text, struct inf_error *err)
{
    unsigned char address[16];

    if (inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1)
        return inf_json_new_string(text);
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "'%.300s' is not an IP string literal.", text);
    return NULL;
}

/* What it looks like. */
static struct cJSON *to_auto(const char *text, struct inf_error *err)
{
    int64_t whole;
    double fraction;

    if (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0)
        return to_boolean(text, err);
    if (read_whole(text, INT64_MIN, INT64_MAX, &whole))
        return inf_json_new_int(whole);
    return read_fraction(text, &fraction) ? inf_json_new_double(fraction)
                                          : inf_json_new_string(text);
}

static const struct {
    const char *name;
    conversion to;
} types[] = {{"integer", to_integer}, {"long", to_long},       {"float", to_float},
             {"double", to_double},   {"boolean", to_boolean}, {"string", to_string},
             {"ip", to_ip},           {"auto", to_auto}};

static int make_convert(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct convert *convert = settings;
    const char *type;

    if (inf_text_processor_make(&convert->text, reader, err) != 0 ||
        inf_reader_string(reader, "type", &type, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, type) == 0)
            convert->to = types[i].to;
    return convert->to != NULL
               ? 0
               : inf_reader_fail(reader, "type", err,
                                 "type [%s] not supported, cannot convert field.", type);
}

static void destroy_convert(void *settings)
{
    struct convert *convert = settings;

    inf_text_processor_destroy(&convert->text);
}

static struct cJSON *turn_convert(const void *settings, const struct cJSON *value,
                                  struct inf_error *err)
{
    const struct convert *convert = settings;
    struct cJSON *result = NULL;
    struct inf_buf text;

    if (convert->to == to_auto && !inf_json_is_string(value))
        return inf_json_copy(value);
    inf_buf_init(&text, SIZE_MAX / 2);
    inf_doc_print(value, &text);
    if (text.failed)
        inf_doc_no_memory(err);
    else
        result = convert->to(text.data != NULL ? text.data : "", err);
    inf_buf_free(&text);
    return result;
}

static int run_convert(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    const struct convert *convert = settings;

    return inf_text_processor_run(&convert->text, convert, turn_convert, true, doc, err);
}

const struct inf_processor_row inf_processor_convert = {.name = "convert",
                                                        .size = sizeof(struct convert),
                                                        .make = make_convert,
                                                        .destroy = destroy_convert,
                                                        .run = run_convert};
