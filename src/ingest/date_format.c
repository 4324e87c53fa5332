/* date_format.c - dates by Java's patterns. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "date_format.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY_MS INT64_C(86400000)

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                   "Friday", "Saturday", "Sunday"};

/* A moment, taken apart; what a text did not name is as in midnight of the first of January. */
struct parts {
    int64_t year;
    int month, day, hour, minute, second, milli;
    bool has_zone;
    int zone_s;
    int half;    /* of the day: 0 none, 1 AM, 2 PM */
    bool twelve; /* the hour is one of twelve */
};

/* ---- the calendar ---- */

/* Years begin in March, so that the day that comes and goes is the last one. */
int64_t inf_date_days(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days_since, struct parts *parts)
{
    int64_t z = days_since + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;

    parts->day = (int)(of_year - (153 * month + 2) / 5) + 1;
    parts->month = (int)(month < 10 ? month + 3 : month - 9);
    parts->year = year + era * 400 + (parts->month <= 2);
}

int64_t inf_date_year(int64_t day)
{
    struct parts parts;

    date_of(day, &parts);
    return parts.year;
}

static int days_in(int64_t year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return lengths[month - 1] + (month == 2 && leap);
}

static bool join(struct parts *parts, const struct inf_zone *zone, struct inf_date *ret)
{
    int64_t local_s, epoch_s;

    if (parts->twelve && (parts->hour < 1 || parts->hour > 12))
        return false;
    if (parts->twelve)
        parts->hour = parts->hour % 12 + (parts->half == 2 ? 12 : 0);
    if (parts->month < 1 || parts->month > 12 || parts->day < 1 ||
        parts->day > days_in(parts->year, parts->month) || parts->hour > 23 || parts->minute > 59 ||
        parts->second > 59)
        return false;
    local_s = inf_date_days(parts->year, parts->month, parts->day) * (DAY_MS / 1000) +
              (parts->hour * INT64_C(60) + parts->minute) * 60 + parts->second;
    epoch_s = parts->has_zone ? local_s - parts->zone_s : inf_zone_to_utc(zone, local_s);
    ret->zone_s = (int)(local_s - epoch_s);
    ret->epoch_ms = epoch_s * 1000 + parts->milli;
    return true;
}

/* ---- reading ---- */

/* Digits, at least `least` and at most `most` of them. */
static bool read_digits(const char **text, int least, int most, int64_t *ret)
{
    int count = 0;

    for (*ret = 0; count < most && isdigit((unsigned char)**text); count++)
        *ret = *ret * 10 + (*(*text)++ - '0');
    return count >= least;
}

static bool read_int(const char **text, int least, int most, int *ret)
{
    int64_t value;
    bool read = read_digits(text, least, most, &value);

    *ret = (int)value;
    return read;
}

/* Z, +01, +0100, +01:00, in seconds. */
static bool read_zone(const char **text, int *ret)
{
    int hours, minutes = 0, sign = **text == '-' ? -1 : 1;

    *ret = 0;
    if (**text == 'Z') {
        (*text)++;
        return true;
    }
    if (**text != '+' && **text != '-')
        return false;
    (*text)++;
    if (!read_int(text, 2, 2, &hours))
        return false;
    if ((*text)[0] == ':' && isdigit((unsigned char)(*text)[1]))
        (*text)++;
    if (isdigit((unsigned char)**text) && !read_int(text, 2, 2, &minutes))
        return false;
    *ret = sign * (hours * 3600 + minutes * 60);
    return hours <= 18 && minutes <= 59;
}

/* Digits of a second's fraction, of which three are kept. */
static bool read_fraction(const char **text, int least, int most, int *ret_milli)
{
    int count = 0;

    for (*ret_milli = 0; count < most && isdigit((unsigned char)**text); count++, (*text)++)
        if (count < 3)
            *ret_milli = *ret_milli * 10 + (**text - '0');
    for (int i = count; i < 3; i++)
        *ret_milli *= 10;
    return count >= least;
}

/* One of the names, whole or its first three letters; ret counts from 0. */
static bool read_name(const char **text, const char *const *names, int count, bool whole, int *ret)
{
    for (*ret = 0; *ret < count; (*ret)++) {
        size_t length = whole ? strlen(names[*ret]) : 3;

        if (strncasecmp(*text, names[*ret], length) == 0) {
            *text += length;
            return true;
        }
    }
    return false;
}

static bool read_iso(const char *text, struct parts *parts)
{
    if (!read_digits(&text, 4, 4, &parts->year))
        return false;
    if (*text == '-' && (text++, !read_int(&text, 2, 2, &parts->month)))
        return false;
    if (*text == '-' && (text++, !read_int(&text, 2, 2, &parts->day)))
        return false;
    if (*text == 'T' || *text == ' ') {
        text++;
        if (!read_int(&text, 2, 2, &parts->hour))
            return false;
        if (*text == ':' && (text++, !read_int(&text, 2, 2, &parts->minute)))
            return false;
        if (*text == ':' && (text++, !read_int(&text, 2, 2, &parts->second)))
            return false;
        if ((*text == '.' || *text == ',') && (text++, !read_fraction(&text, 1, 9, &parts->milli)))
            return false;
        parts->has_zone = *text != '\0';
        if (parts->has_zone && !read_zone(&text, &parts->zone_s))
            return false;
    }
    return *text == '\0';
}

static bool read_half(const char **text, int *ret)
{
    *ret = strncasecmp(*text, "am", 2) == 0 ? 1 : strncasecmp(*text, "pm", 2) == 0 ? 2 : 0;
    *text += *ret > 0 ? 2 : 0;
    return *ret > 0;
}

static bool read_month(const char **text, int count, struct parts *parts)
{
    if (count < 3)
        return read_int(text, count, 2, &parts->month);
    if (!read_name(text, months, 12, count > 3, &parts->month))
        return false;
    parts->month++;
    return true;
}

/* One field of a pattern: `count` times the letter. */
static bool read_field(const char **text, char letter, int count, struct parts *parts)
{
    int ignored;
    bool negative;

    switch (letter) {
    case 'y':
    case 'u':
        negative = **text == '-';
        *text += negative;
        if (!read_digits(text, count, count == 2 ? 2 : count == 4 ? 4 : 9, &parts->year))
            return false;
        parts->year = negative ? -parts->year : parts->year + (count == 2 ? 2000 : 0);
        return true;
    case 'M':
        return read_month(text, count, parts);
    case 'd':
        return read_int(text, count, 2, &parts->day);
    case 'h':
        parts->twelve = true;
        return read_int(text, count, 2, &parts->hour);
    case 'H':
        return read_int(text, count, 2, &parts->hour);
    case 'm':
        return read_int(text, count, 2, &parts->minute);
    case 's':
        return read_int(text, count, 2, &parts->second);
    case 'S':
        return read_fraction(text, count, count, &parts->milli);
    case 'a':
        return read_half(text, &parts->half);
    case 'E':
        return read_name(text, days, 7, count > 3, &ignored);
    default:
        parts->has_zone = true;
        return read_zone(text, &parts->zone_s);
    }
}

/* ---- patterns ---- */

/* The next piece of a pattern: a field, or text that stands for itself. */
struct piece {
    char letter; /* '\0': text */
    int count;
    const char *text;
    size_t length;
};

/* false at the end, and where a quotation mark is not closed. */
static bool next_piece(const char **format, struct piece *ret)
{
    const char *at = *format;

    *ret = (struct piece){.text = at, .length = 1};
    if (*at == '\0')
        return false;
    if (isalpha((unsigned char)*at)) {
        ret->letter = *at;
        while (at[ret->count] == *at)
            ret->count++;
        *format += ret->count;
        return true;
    }
    *format += 1;
    if (*at != '\'')
        return true;
    if (at[1] == '\'') {
        *format += 1;
        return true;
    }
    ret->text = at + 1;
    ret->length = strcspn(at + 1, "'");
    if (at[1 + ret->length] != '\'') {
        *format = at; /* which is no end */
        return false;
    }
    *format += ret->length + 1;
    ret->length += at[2 + ret->length] == '\''; /* of two, one stands for itself */
    return true;
}

static bool is_named(const char *format)
{
    return strcmp(format, "ISO8601") == 0 || strcmp(format, "UNIX") == 0 ||
           strcmp(format, "UNIX_MS") == 0;
}

int inf_date_format_check(const char *format, struct inf_error *err)
{
    const char *at = format;
    struct piece piece;
    bool is_served = true;

    if (is_named(format))
        return 0;
    while (is_served && next_piece(&at, &piece))
        is_served = piece.letter == '\0' ||
                    (strchr("yuMdHhmsSaEXZ", piece.letter) != NULL && piece.count <= 9);
    if (is_served && *at == '\0')
        return 0;
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "Invalid format: [%.200s]: ISO8601, UNIX, UNIX_MS, and patterns of the "
                         "letters y u M d H h m s S a E X Z are served",
                         format);
}

static bool read_pattern(const char *text, const char *format, struct parts *parts)
{
    struct piece piece;

    while (next_piece(&format, &piece)) {
        if (piece.letter == '\0') {
            if (strncmp(text, piece.text, piece.length) != 0)
                return false;
            text += piece.length;
        } else if (!read_field(&text, piece.letter, piece.count, parts)) {
            return false;
        }
    }
    return *text == '\0';
}

static bool read_number(const char *text, double unit_ms, struct inf_date *ret)
{
    char *end;
    double value = strtod(text, &end) * unit_ms;

    ret->epoch_ms = (int64_t)(fabs(value) < 1e17 ? value : 0);
    ret->zone_s = 0;
    return text[0] != '\0' && *end == '\0' && fabs(value) < 1e17 &&
           text[strspn(text, "0123456789+-.")] == '\0';
}

bool inf_date_parse(const char *text, const char *format, const struct inf_zone *zone,
                    struct inf_date *ret)
{
    struct parts parts = {.year = 1970, .month = 1, .day = 1};

    if (strcmp(format, "UNIX") == 0)
        return read_number(text, 1000, ret);
    if (strcmp(format, "UNIX_MS") == 0)
        return read_number(text, 1, ret);
    if (!(strcmp(format, "ISO8601") == 0 ? read_iso(text, &parts)
                                         : read_pattern(text, format, &parts)))
        return false;
    return join(&parts, zone, ret);
}

/* ---- writing ---- */

static void print_zone(int zone_s, char letter, int count, struct inf_buf *out)
{
    int minutes = abs(zone_s) / 60;

    if (zone_s == 0 && letter == 'X')
        inf_buf_puts(out, "Z");
    else
        inf_buf_printf(out, count == 3 ? "%c%02d:%02d" : "%c%02d%02d", zone_s < 0 ? '-' : '+',
                       minutes / 60, minutes % 60);
}

static void print_month(int month, int count, struct inf_buf *out)
{
    if (count < 3)
        inf_buf_printf(out, "%0*d", count, month);
    else
        inf_buf_printf(out, "%.*s", count > 3 ? 9 : 3, months[month - 1]);
}

static void print_field(const struct parts *parts, int week_day, char letter, int count,
                        struct inf_buf *out)
{
    switch (letter) {
    case 'y':
    case 'u':
        inf_buf_printf(out, "%0*lld", count,
                       (long long)(count == 2 ? parts->year % 100 : parts->year));
        break;
    case 'M':
        print_month(parts->month, count, out);
        break;
    case 'd':
        inf_buf_printf(out, "%0*d", count, parts->day);
        break;
    case 'H':
        inf_buf_printf(out, "%0*d", count, parts->hour);
        break;
    case 'h':
        inf_buf_printf(out, "%0*d", count, (parts->hour + 11) % 12 + 1);
        break;
    case 'm':
        inf_buf_printf(out, "%0*d", count, parts->minute);
        break;
    case 's':
        inf_buf_printf(out, "%0*d", count, parts->second);
        break;
    case 'S':
        inf_buf_printf(
            out, "%.*s", count,
            (const char[]){(char)('0' + parts->milli / 100), (char)('0' + parts->milli / 10 % 10),
                           (char)('0' + parts->milli % 10), '0', '0', '0', '0', '0', '0', '\0'});
        break;
    case 'a':
        inf_buf_puts(out, parts->hour < 12 ? "AM" : "PM");
        break;
    case 'E':
        inf_buf_printf(out, "%.*s", count > 3 ? 9 : 3, days[week_day]);
        break;
    default:
        print_zone(parts->zone_s, letter, count, out);
    }
}

void inf_date_print(const struct inf_date *date, const char *format, struct inf_buf *out)
{
    int64_t local = date->epoch_ms + date->zone_s * INT64_C(1000);
    int64_t day = (local >= 0 ? local : local - (DAY_MS - 1)) / DAY_MS;
    int left = (int)(local - day * DAY_MS);
    struct parts parts = {.zone_s = date->zone_s};
    struct piece piece;

    date_of(day, &parts);
    parts.hour = left / 3600000;
    parts.minute = left / 60000 % 60;
    parts.second = left / 1000 % 60;
    parts.milli = left % 1000;
    while (next_piece(&format, &piece))
        if (piece.letter == '\0')
            inf_buf_append(out, piece.text, piece.length);
        else
            print_field(&parts, (int)(((day + 3) % 7 + 7) % 7), piece.letter, piece.count, out);
}

bool inf_date_zone(const char *text, int *ret_s)
{
    *ret_s = 0;
    if (strcmp(text, "UTC") == 0 || strcmp(text, "GMT") == 0 || strcmp(text, "Etc/UTC") == 0)
        return true;
    return read_zone(&text, ret_s) && *text == '\0';
}
