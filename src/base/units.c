/* units.c - time values, byte sizes, integers and timestamps, in Elasticsearch's notation.
 *
 * The order in which the complaints are looked for, and their texts, are those of TimeValue and
 * ByteSizeValue, because clients and their tests compare them. All arithmetic is on integers with
 * overflow checks; only a fractional byte size goes through a double. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/units.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* A number with its unit has at most this many characters once blanks are trimmed. */
#define NUMBER_MAX 64

struct unit {
    const char *suffix;
    int64_t factor;
    bool case_matters;
};

/* ---- plain numbers ---- */

int inf_int_parse(const char *text, int64_t *ret)
{
    const char *digits = text + (*text == '-' || *text == '+');
    if (!*digits || digits[strspn(digits, "0123456789")] != '\0') {
        return -1;
    }
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno) {
        return -1;
    }
    *ret = value;
    return 0;
}

/* Digits with an optional fraction and exponent: what both Java and C read as a double, without
 * the hexadecimal, infinite and trailing-letter forms that only one of them knows. */
static bool double_parse(const char *text, double *ret)
{
    const char *at = text + (*text == '-' || *text == '+');
    size_t whole = strspn(at, "0123456789");
    at += whole;
    size_t fraction = 0;
    if (*at == '.') {
        fraction = strspn(++at, "0123456789");
        at += fraction;
    }
    if (whole + fraction == 0) {
        return false;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '-' || *at == '+';
        size_t exponent = strspn(at, "0123456789");
        at += exponent;
        if (exponent == 0) {
            return false;
        }
    }
    *ret = strtod(text, NULL);
    return *at == '\0';
}

/* ---- number and unit ---- */

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && isspace((unsigned char)(*text)[0])) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && isspace((unsigned char)(*text)[*length - 1])) {
        (*length)--;
    }
}

static bool has_suffix(const char *text, size_t length, const struct unit *unit)
{
    size_t suffix = strlen(unit->suffix);
    if (length < suffix) {
        return false;
    }
    const char *tail = text + length - suffix;
    return unit->case_matters ? memcmp(tail, unit->suffix, suffix) == 0
                              : strncasecmp(tail, unit->suffix, suffix) == 0;
}

/* Splits text into a trimmed number and the first row whose suffix fits. Returns NULL without a
 * unit; the number is then the whole trimmed text. A number too long to be one is left empty. */
static const struct unit *split(const char *text, const struct unit *units, char number[NUMBER_MAX])
{
    size_t length = strlen(text);
    trim(&text, &length);
    const struct unit *unit = units;
    while (unit->suffix && !has_suffix(text, length, unit)) {
        unit++;
    }
    if (unit->suffix) {
        length -= strlen(unit->suffix);
        trim(&text, &length);
    }
    if (length >= NUMBER_MAX) {
        length = 0;
    }
    memcpy(number, text, length);
    number[length] = '\0';
    return unit->suffix ? unit : NULL;
}

/* ---- time ---- */

/* Factors in nanoseconds. "ms" stands before "s" and "m"; "m" is a minute only in lower case. */
static const struct unit time_units[] = {
    {"nanos", INT64_C(1), false},          {"micros", INT64_C(1000), false},
    {"ms", INT64_C(1000000), false},       {"s", INT64_C(1000000000), false},
    {"m", INT64_C(60000000000), true},     {"h", INT64_C(3600000000000), false},
    {"d", INT64_C(86400000000000), false}, {NULL, 0, false},
};

#define NANOS_PER_MS INT64_C(1000000)

static int time_without_unit(const char *number, const char *text, const char *name,
                             int64_t *ret_ms, struct inf_error *err)
{
    int64_t value;
    bool plain = inf_int_parse(number, &value) == 0 && *number != '+';
    if (!plain || value < -1 || value > 0 || (value == 0 && *number == '-')) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "failed to parse setting [%s] with value [%s] as a time value: unit "
                             "is missing or unrecognized",
                             name, text);
    }
    *ret_ms = value;
    return 0;
}

static int time_not_an_integer(const char *number, const char *text, struct inf_error *err)
{
    double ignored;
    if (double_parse(number, &ignored) && strpbrk(number, ".eE")) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "failed to parse [%s], fractional time values are not supported",
                             text);
    }
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "failed to parse [%s]", text);
    return inf_error_cause(err, INF_ERR_NUMBER_FORMAT, "For input string: \"%s\"", number);
}

int inf_time_parse(const char *text, const char *name, int64_t *ret_ms, struct inf_error *err)
{
    char number[NUMBER_MAX];
    const struct unit *unit = split(text, time_units, number);
    int64_t value;
    if (!unit) {
        return time_without_unit(number, text, name, ret_ms, err);
    }
    if (inf_int_parse(number, &value)) {
        return time_not_an_integer(number, text, err);
    }
    if (value < -1) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "failed to parse setting [%s] with value [%s] as a time value: "
                             "negative durations are not supported",
                             name, text);
    }
    if (value == -1) {
        *ret_ms = -1;
        return 0;
    }
    if (unit->factor < NANOS_PER_MS) {
        int64_t per_ms = NANOS_PER_MS / unit->factor;
        *ret_ms = value / per_ms + (value % per_ms != 0);
        return 0;
    }
    int64_t ms;
    if (__builtin_mul_overflow(value, unit->factor / NANOS_PER_MS, &ms)) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "failed to parse setting [%s] with value [%s] as a time value: the "
                             "duration is too long",
                             name, text);
    }
    *ret_ms = ms;
    return 0;
}

/* Largest unit, at most one decimal, cut and not rounded, as Java's formatting does. */
static const char *print_scaled(int64_t value, const struct unit *unit, char text[INF_UNITS_TEXT])
{
    int64_t whole = value / unit->factor;
    int64_t tenth = value % unit->factor * 10 / unit->factor;
    if (tenth == 0) {
        snprintf(text, INF_UNITS_TEXT, "%lld%s", (long long)whole, unit->suffix);
    } else {
        snprintf(text, INF_UNITS_TEXT, "%lld.%d%s", (long long)whole, (int)tenth, unit->suffix);
    }
    return text;
}

const char *inf_time_print(int64_t ms, char text[INF_UNITS_TEXT])
{
    static const struct unit units[] = {{"d", 86400000, false},
                                        {"h", 3600000, false},
                                        {"m", 60000, false},
                                        {"s", 1000, false},
                                        {"ms", 1, false}};
    if (ms <= 0) {
        snprintf(text, INF_UNITS_TEXT, "%lld%s", (long long)ms, ms == 0 ? "s" : "");
        return text;
    }
    const struct unit *unit = units;
    while (ms < unit->factor) {
        unit++;
    }
    return print_scaled(ms, unit, text);
}

/* ---- bytes ---- */

/* "b" stands last, so that "kb" is not taken for 'k' bytes. */
static const struct unit byte_units[] = {
    {"k", INT64_C(1) << 10, false},
    {"kb", INT64_C(1) << 10, false},
    {"m", INT64_C(1) << 20, false},
    {"mb", INT64_C(1) << 20, false},
    {"g", INT64_C(1) << 30, false},
    {"gb", INT64_C(1) << 30, false},
    {"t", INT64_C(1) << 40, false},
    {"tb", INT64_C(1) << 40, false},
    {"p", INT64_C(1) << 50, false},
    {"pb", INT64_C(1) << 50, false},
    {"b", 1, false},
    {NULL, 0, false},
};

static int bytes_out_of_range(bool negative, const char *text, const char *name,
                              struct inf_error *err)
{
    inf_error_set(err, INF_ERR_PARSE,
                  "failed to parse setting [%s] with value [%s] as a size in bytes", name, text);
    if (negative) {
        return inf_error_cause(err, INF_ERR_ILLEGAL_ARGUMENT,
                               "Values less than -1 bytes are not supported: %s", text);
    }
    return inf_error_cause(err, INF_ERR_ILLEGAL_ARGUMENT,
                           "Values greater than 9223372036854775807 bytes are not supported: %s",
                           text);
}

static int bytes_fractional(const char *number, const struct unit *unit, const char *text,
                            const char *name, int64_t *ret_bytes, struct inf_error *err)
{
    double value;
    if (!double_parse(number, &value)) {
        inf_error_set(err, INF_ERR_PARSE, "failed to parse setting [%s] with value [%s]", name,
                      text);
        return inf_error_cause(err, INF_ERR_NUMBER_FORMAT, "For input string: \"%s\"", number);
    }
    value *= (double)unit->factor;
    if (value < 0 || value >= 0x1p63) {
        return bytes_out_of_range(value < 0, text, name, err);
    }
    *ret_bytes = (int64_t)value;
    return 0;
}

int inf_bytes_parse(const char *text, const char *name, int64_t *ret_bytes, struct inf_error *err)
{
    char number[NUMBER_MAX];
    const struct unit *unit = split(text, byte_units, number);
    int64_t value;
    if (!unit) {
        if (strcmp(number, "0") != 0 && strcmp(number, "-1") != 0) {
            return inf_error_set(err, INF_ERR_PARSE,
                                 "failed to parse setting [%s] with value [%s] as a size in "
                                 "bytes: unit is missing or unrecognized",
                                 name, text);
        }
        *ret_bytes = *number == '0' ? 0 : -1;
        return 0;
    }
    if (inf_int_parse(number, &value)) {
        return bytes_fractional(number, unit, text, name, ret_bytes, err);
    }
    int64_t bytes;
    if (__builtin_mul_overflow(value, unit->factor, &bytes) || bytes < -1) {
        return bytes_out_of_range(value < 0, text, name, err);
    }
    *ret_bytes = bytes;
    return 0;
}

const char *inf_bytes_print(int64_t bytes, char text[INF_UNITS_TEXT])
{
    static const struct unit units[] = {
        {"pb", INT64_C(1) << 50, false}, {"tb", INT64_C(1) << 40, false},
        {"gb", INT64_C(1) << 30, false}, {"mb", INT64_C(1) << 20, false},
        {"kb", INT64_C(1) << 10, false}, {"b", 1, false},
    };
    const struct unit *unit = units;
    while (bytes < unit->factor && unit->factor > 1) {
        unit++;
    }
    return print_scaled(bytes, unit, text);
}

/* ---- timestamps ---- */

const char *inf_iso8601_print(int64_t epoch_ms, char text[INF_UNITS_TEXT])
{
    int64_t ms = epoch_ms % 1000;
    int64_t seconds = epoch_ms / 1000;
    if (ms < 0) { /* before 1970 the division rounds the wrong way */
        ms += 1000;
        seconds--;
    }
    time_t when = (time_t)seconds;
    struct tm utc;
    char date[24];
    if (!gmtime_r(&when, &utc) || strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc) == 0) {
        snprintf(date, sizeof date, "1970-01-01T00:00:00");
        ms = 0;
    }
    snprintf(text, INF_UNITS_TEXT, "%s.%03dZ", date, (int)ms);
    return text;
}
