/* reader.c - settings of processors, and what is wrong with them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"

#include "inferd/alloc.h"
#include "template.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int add_metadata(const struct inf_reader *reader, const char *property,
                        struct inf_error *err)
{
    if (property != NULL)
        inf_error_metadata(err, "property_name", property);
    if (reader->type != NULL)
        inf_error_metadata(err, "processor_type", reader->type);
    if (reader->tag != NULL)
        inf_error_metadata(err, "processor_tag", reader->tag);
    return -1;
}

int inf_reader_fail(const struct inf_reader *reader, const char *property, struct inf_error *err,
                    const char *format, ...)
{
    char reason[INF_REASON_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    if (property != NULL)
        inf_error_set(err, INF_ERR_PARSE, "[%s] %s", property, reason);
    else
        inf_error_set(err, INF_ERR_PARSE, "%s", reason);
    return add_metadata(reader, property, err);
}

int inf_reader_wrap(const struct inf_reader *reader, const char *property, struct inf_error *err)
{
    if (err->metadata[0] != '\0')
        return -1; /* of a processor inside, which is nearer */
    return inf_reader_fail(reader, property, err, "%s", err->reason);
}

const struct cJSON *inf_reader_any(struct inf_reader *reader, const char *name)
{
    const struct cJSON *value = inf_json_get(reader->settings, name);

    assert(reader->count < INF_READER_NAMES);
    reader->names[reader->count++] = name;
    return inf_json_is_null(value) ? NULL : value;
}

static int wrong_type(const struct inf_reader *reader, const char *name, const char *wanted,
                      const struct cJSON *value, struct inf_error *err)
{
    return inf_reader_fail(reader, name, err, "property isn't a %s, but of type [%s]", wanted,
                           inf_doc_type(value));
}

int inf_reader_optional(struct inf_reader *reader, const char *name, const char **ret,
                        struct inf_error *err)
{
    const struct cJSON *value = inf_reader_any(reader, name);

    if (value == NULL)
        return 0;
    if (!inf_json_is_string(value))
        return wrong_type(reader, name, "string", value, err);
    if (inf_template_check(inf_json_string(value), err) != 0)
        return inf_reader_wrap(reader, name, err);
    *ret = inf_json_string(value);
    return 0;
}

int inf_reader_string(struct inf_reader *reader, const char *name, const char **ret,
                      struct inf_error *err)
{
    *ret = NULL;
    if (inf_reader_optional(reader, name, ret, err) != 0)
        return -1;
    return *ret != NULL ? 0 : inf_reader_fail(reader, name, err, "required property is missing");
}

int inf_reader_bool(struct inf_reader *reader, const char *name, bool *ret, struct inf_error *err)
{
    const struct cJSON *value = inf_reader_any(reader, name);
    const char *text = inf_json_string(value);

    if (value == NULL)
        return 0;
    if (inf_json_is_bool(value))
        *ret = inf_json_true(value);
    else if (text != NULL && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
        *ret = text[0] == 't';
    else
        return wrong_type(reader, name, "boolean", value, err);
    return 0;
}

int inf_reader_copy(struct inf_reader *reader, const char *name, bool required, char **ret,
                    struct inf_error *err)
{
    const char *text = NULL;
    int rc = required ? inf_reader_string(reader, name, &text, err)
                      : inf_reader_optional(reader, name, &text, err);

    if (rc == 0 && text != NULL)
        *ret = inf_strdup(text);
    return rc;
}

int inf_reader_target(struct inf_reader *reader, const char *field, char **ret,
                      struct inf_error *err)
{
    if (inf_reader_copy(reader, "target_field", false, ret, err) != 0)
        return -1;
    if (*ret == NULL)
        *ret = inf_strdup(field);
    return 0;
}

static bool was_asked_for(const struct inf_reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->count; i++)
        if (strcmp(reader->names[i], name) == 0)
            return true;
    return false;
}

int inf_reader_end(const struct inf_reader *reader, struct inf_error *err)
{
    struct inf_buf unknown;
    int rc = 0;

    inf_buf_init(&unknown, INF_REASON_MAX);
    for (const struct cJSON *member = inf_json_first(reader->settings); member != NULL;
         member = inf_json_next(member))
        if (!was_asked_for(reader, inf_json_key(member)))
            inf_buf_printf(&unknown, "%s%s", unknown.length > 0 ? ", " : "", inf_json_key(member));
    if (unknown.length > 0 || unknown.failed)
        rc = inf_reader_fail(
            reader, NULL, err,
            "processor [%s] doesn't support one or more provided configuration parameters [%s]",
            reader->type, unknown.data != NULL ? unknown.data : "");
    inf_buf_free(&unknown);
    return rc;
}
