/* json_write.c - a writer that appends straight to a buffer, with no tree in between.
 *
 * It checks no nesting: its users are functions of this program, and each has a test. A failure of
 * the buffer is sticky, so the caller looks at out->failed once, at the end. Strings that are not
 * UTF-8 (an id out of a percent-encoded path, quoted in an error) come out with U+FFFD in place of
 * the ill-formed bytes, so that the output is always JSON. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "json_number.h"
#include "json_text.h"
#include "utf8.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void inf_jsonw_init(struct inf_jsonw *w, struct inf_buf *out)
{
    *w = (struct inf_jsonw){.out = out};
}

/* ---- structure ---- */

static void before_value(struct inf_jsonw *w)
{
    if (w->comma) {
        inf_buf_append(w->out, ",", 1);
    }
    w->comma = true;
}

static void begin(struct inf_jsonw *w, const char *bracket)
{
    before_value(w);
    inf_buf_append(w->out, bracket, 1);
    w->comma = false;
}

static void end(struct inf_jsonw *w, const char *bracket)
{
    inf_buf_append(w->out, bracket, 1);
    w->comma = true;
}

void inf_jsonw_begin_object(struct inf_jsonw *w)
{
    begin(w, "{");
}

void inf_jsonw_end_object(struct inf_jsonw *w)
{
    end(w, "}");
}

void inf_jsonw_begin_array(struct inf_jsonw *w)
{
    begin(w, "[");
}

void inf_jsonw_end_array(struct inf_jsonw *w)
{
    end(w, "]");
}

/* ---- strings ---- */

/* Bytes of text that need no escaping, at most length. */
static size_t plain_run(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        unsigned char c = (unsigned char)text[at];
        size_t step = 1;
        if (c < ' ' || c == '"' || c == '\\') {
            break;
        }
        if (c >= 0x80) {
            step = inf_utf8_sequence(text + at, length - at);
            if (step == 0) {
                break;
            }
        }
        at += step;
    }
    return at;
}

static void write_escape(struct inf_buf *out, unsigned char c)
{
    static const char controls[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
    const char *known = c ? strchr(controls, c) : NULL;
    if (c >= 0x80) {
        inf_buf_append(out, "\xEF\xBF\xBD", 3);
    } else if (known) {
        inf_buf_append(out, (char[]){'\\', letters[known - controls]}, 2);
    } else {
        inf_buf_printf(out, "\\u%04x", c);
    }
}

static void write_string(struct inf_buf *out, const char *text, size_t length)
{
    inf_buf_append(out, "\"", 1);
    while (length > 0) {
        size_t run = plain_run(text, length);
        inf_buf_append(out, text, run);
        text += run;
        length -= run;
        if (length > 0) {
            write_escape(out, (unsigned char)*text++);
            length--;
        }
    }
    inf_buf_append(out, "\"", 1);
}

void inf_jsonw_key(struct inf_jsonw *w, const char *key)
{
    before_value(w);
    write_string(w->out, key, strlen(key));
    inf_buf_append(w->out, ":", 1);
    w->comma = false;
}

void inf_jsonw_string_n(struct inf_jsonw *w, const char *text, size_t length)
{
    before_value(w);
    write_string(w->out, text, length);
}

void inf_jsonw_string(struct inf_jsonw *w, const char *text)
{
    inf_jsonw_string_n(w, text, strlen(text));
}

/* ---- other values ---- */

void inf_jsonw_raw(struct inf_jsonw *w, const char *json, size_t length)
{
    before_value(w);
    inf_buf_append(w->out, json, length);
}

void inf_jsonw_int(struct inf_jsonw *w, int64_t value)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%lld", (long long)value);
    inf_jsonw_raw(w, text, (size_t)length);
}

void inf_jsonw_bool(struct inf_jsonw *w, bool value)
{
    inf_jsonw_raw(w, value ? "true" : "false", value ? 4 : 5);
}

void inf_jsonw_null(struct inf_jsonw *w)
{
    inf_jsonw_raw(w, "null", 4);
}

void inf_jsonw_double(struct inf_jsonw *w, double value)
{
    char text[INF_JSON_NUMBER_TEXT];
    inf_jsonw_raw(w, text, inf_json_print_double(value, text));
}

void inf_jsonw_float(struct inf_jsonw *w, float value)
{
    char text[INF_JSON_NUMBER_TEXT];
    inf_jsonw_raw(w, text, inf_json_print_float(value, text));
}

/* ---- a parsed value again ---- */

static void write_number(struct inf_jsonw *w, const struct cJSON *value)
{
    double number = value->valuedouble;
    if (value->valuestring) { /* a literal that the double cannot hold exactly */
        inf_jsonw_raw(w, value->valuestring, strlen(value->valuestring));
    } else if (trunc(number) == number && fabs(number) < INF_JSON_INEXACT_FROM &&
               !(number == 0 && signbit(number))) {
        inf_jsonw_int(w, (int64_t)number);
    } else {
        inf_jsonw_double(w, number);
    }
}

static void write_members(struct inf_jsonw *w, const struct cJSON *object)
{
    inf_jsonw_begin_object(w);
    for (const struct cJSON *member = object->child; member; member = member->next) {
        inf_jsonw_key(w, member->string);
        inf_jsonw_value(w, member);
    }
    inf_jsonw_end_object(w);
}

/* Recursion is bounded by INF_JSON_DEPTH_CAP: the parser makes trees, and who edits them (see
 * inferd/json_edit.h) bounds their depth. */
void inf_jsonw_value(struct inf_jsonw *w, const struct cJSON *value)
{
    if (cJSON_IsObject(value)) {
        write_members(w, value);
    } else if (cJSON_IsArray(value)) {
        inf_jsonw_begin_array(w);
        for (const struct cJSON *element = value->child; element; element = element->next) {
            inf_jsonw_value(w, element);
        }
        inf_jsonw_end_array(w);
    } else if (cJSON_IsString(value)) {
        inf_jsonw_string(w, value->valuestring);
    } else if (cJSON_IsNumber(value)) {
        write_number(w, value);
    } else if (cJSON_IsBool(value)) {
        inf_jsonw_bool(w, cJSON_IsTrue(value));
    } else if (cJSON_IsRaw(value)) { /* inf_json_new_raw */
        inf_jsonw_raw(w, value->valuestring, strlen(value->valuestring));
    } else {
        inf_jsonw_null(w);
    }
}

/* ---- key and value in one call ---- */

void inf_jsonw_members(struct inf_jsonw *w, const struct cJSON *object)
{
    for (const struct cJSON *member = inf_json_first(object); member != NULL;
         member = inf_json_next(member)) {
        inf_jsonw_key(w, inf_json_key(member));
        inf_jsonw_value(w, member);
    }
}

void inf_jsonw_kv_string(struct inf_jsonw *w, const char *key, const char *text)
{
    inf_jsonw_key(w, key);
    inf_jsonw_string(w, text);
}

void inf_jsonw_kv_int(struct inf_jsonw *w, const char *key, int64_t value)
{
    inf_jsonw_key(w, key);
    inf_jsonw_int(w, value);
}

void inf_jsonw_kv_bool(struct inf_jsonw *w, const char *key, bool value)
{
    inf_jsonw_key(w, key);
    inf_jsonw_bool(w, value);
}

void inf_jsonw_kv_double(struct inf_jsonw *w, const char *key, double value)
{
    inf_jsonw_key(w, key);
    inf_jsonw_double(w, value);
}
