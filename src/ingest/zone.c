/* zone.c - TZif files (RFC 8536): a table of changes, and a rule for the time behind it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "zone.h"

#include "date_format.h"
#include "inferd/alloc.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "/usr/share/zoneinfo"
#define DAY_S INT64_C(86400)

enum { HEADER = 44, CHANGES_MAX = 4096, TYPES_MAX = 256, TYPE_SIZE = 6, NAME_MAX_BYTES = 64 };
enum { HOURS_MAX = 167 }; /* of a rule's time, as the format has it */

/* "M3.5.0/2": the last Sunday of March, at two. */
struct day_rule {
    int month, week, day, time_s;
};

struct inf_zone {
    int64_t *changes; /* ascending; at each the offset of the same number begins */
    int *offsets;
    size_t count;
    int first_s; /* the offset before all of them */
    bool has_rule, has_summer;
    int standard_s, summer_s; /* the rule's */
    struct day_rule begin, end;
};

/* ---- the rule ---- */

static bool read_number(const char **text, int most, int *ret)
{
    *ret = 0;
    if (!isdigit((unsigned char)**text))
        return false;
    while (isdigit((unsigned char)**text) && *ret <= most)
        *ret = *ret * 10 + (*(*text)++ - '0');
    return *ret <= most;
}

/* "2", "-1:30", "+02:00:00", in seconds. */
static bool read_time(const char **text, int *ret)
{
    int sign = **text == '-' ? -1 : 1, hours, minutes = 0, seconds = 0;

    *text += **text == '-' || **text == '+';
    if (!read_number(text, HOURS_MAX, &hours))
        return false;
    if (**text == ':' && ((*text)++, !read_number(text, 59, &minutes)))
        return false;
    if (**text == ':' && ((*text)++, !read_number(text, 59, &seconds)))
        return false;
    *ret = sign * (hours * 3600 + minutes * 60 + seconds);
    return true;
}

/* "CET", "<+0330>". */
static bool skip_name(const char **text)
{
    size_t length;

    if (**text == '<') {
        length = strcspn(*text, ">");
        *text += length + ((*text)[length] == '>');
        return length > 1 && (*text)[-1] == '>';
    }
    length = strspn(*text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    *text += length;
    return length >= 3;
}

static bool read_day(const char **text, struct day_rule *ret)
{
    ret->time_s = 2 * 3600;
    if ((*text)[0] != ',' || (*text)[1] != 'M')
        return false;
    *text += 2;
    if (!read_number(text, 12, &ret->month) || *(*text)++ != '.' ||
        !read_number(text, 5, &ret->week) || *(*text)++ != '.' || !read_number(text, 6, &ret->day))
        return false;
    if (**text == '/' && ((*text)++, !read_time(text, &ret->time_s)))
        return false;
    return ret->month >= 1 && ret->week >= 1;
}

/* The last line of the file: "CET-1CEST,M3.5.0,M10.5.0/3"; its signs are west of UTC. */
static bool read_rule(const char *text, struct inf_zone *zone)
{
    int west;

    if (!skip_name(&text) || !read_time(&text, &west))
        return false;
    zone->has_rule = true;
    zone->standard_s = -west;
    if (*text == '\0')
        return true;
    zone->has_summer = true;
    if (!skip_name(&text))
        return false;
    zone->summer_s = zone->standard_s + 3600;
    if (*text != ',') {
        if (!read_time(&text, &west))
            return false;
        zone->summer_s = -west;
    }
    return read_day(&text, &zone->begin) && read_day(&text, &zone->end) && *text == '\0';
}

/* Days since 1970 of the rule's day in a year. */
static int64_t day_of(const struct day_rule *rule, int64_t year)
{
    int64_t first = inf_date_days(year, rule->month, 1);
    int64_t after =
        rule->month == 12 ? inf_date_days(year + 1, 1, 1) : inf_date_days(year, rule->month + 1, 1);
    int64_t week_day = ((first + 4) % 7 + 7) % 7; /* 1970 began on a Thursday; 0 is Sunday */
    int64_t day = first + (rule->day - week_day + 7) % 7 + (rule->week - 1) * 7;

    return day < after ? day : day - 7;
}

static int rule_offset(const struct inf_zone *zone, int64_t epoch_s)
{
    int64_t local = epoch_s + zone->standard_s;
    int64_t year = inf_date_year((local >= 0 ? local : local - (DAY_S - 1)) / DAY_S);
    int64_t begin = day_of(&zone->begin, year) * DAY_S + zone->begin.time_s - zone->standard_s;
    int64_t end = day_of(&zone->end, year) * DAY_S + zone->end.time_s - zone->summer_s;
    bool summer = begin < end ? epoch_s >= begin && epoch_s < end
                              : epoch_s >= begin || epoch_s < end; /* south of the equator */

    return zone->has_summer && summer ? zone->summer_s : zone->standard_s;
}

/* ---- the file ---- */

static uint32_t u32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t i64(const unsigned char *at)
{
    return (int64_t)((uint64_t)u32(at) << 32 | u32(at + 4));
}

/* A block's header. */
struct counts {
    size_t utc, standard, leap, changes, types, letters;
};

static bool read_header(const unsigned char *at, size_t left, struct counts *ret)
{
    if (left < HEADER || memcmp(at, "TZif", 4) != 0 || at[4] < '2')
        return false;
    *ret = (struct counts){u32(at + 20), u32(at + 24), u32(at + 28),
                           u32(at + 32), u32(at + 36), u32(at + 40)};
    return ret->utc <= TYPES_MAX && ret->standard <= TYPES_MAX && ret->leap <= CHANGES_MAX &&
           ret->changes <= CHANGES_MAX && ret->types >= 1 && ret->types <= TYPES_MAX &&
           ret->letters <= CHANGES_MAX;
}

static size_t block_size(const struct counts *counts, size_t time_size)
{
    return counts->changes * (time_size + 1) + counts->types * TYPE_SIZE + counts->letters +
           counts->leap * (time_size + 4) + counts->standard + counts->utc;
}

static bool take_changes(const unsigned char *block, const struct counts *counts,
                         struct inf_zone *zone)
{
    const unsigned char *kinds = block + counts->changes * 8, *types = kinds + counts->changes;

    zone->changes = inf_alloc(counts->changes + 1, sizeof *zone->changes);
    zone->offsets = inf_alloc(counts->changes + 1, sizeof *zone->offsets);
    zone->first_s = (int)u32(types);
    for (zone->count = 0; zone->count < counts->changes; zone->count++) {
        size_t i = zone->count;

        zone->changes[i] = i64(block + i * 8);
        if (kinds[i] >= counts->types || (i > 0 && zone->changes[i] <= zone->changes[i - 1]))
            return false;
        zone->offsets[i] = (int)u32(types + kinds[i] * (size_t)TYPE_SIZE);
    }
    return true;
}

static bool fits(int offset_s)
{
    return offset_s > -2 * DAY_S && offset_s < 2 * DAY_S;
}

static bool offsets_fit(const struct inf_zone *zone)
{
    bool fit = fits(zone->first_s);

    for (size_t i = 0; i < zone->count; i++)
        fit = fit && fits(zone->offsets[i]);
    return fit;
}

static bool take_footer(const unsigned char *at, size_t left, struct inf_zone *zone)
{
    char text[128];
    const unsigned char *end;

    if (left < 2 || at[0] != '\n')
        return false;
    end = memchr(at + 1, '\n', left - 1);
    if (end == NULL || (size_t)(end - at) > sizeof text)
        return false;
    memcpy(text, at + 1, (size_t)(end - at) - 1);
    text[end - at - 1] = '\0';
    return text[0] == '\0' || read_rule(text, zone);
}

static bool read_file(const unsigned char *bytes, size_t length, struct inf_zone *zone)
{
    struct counts counts;
    size_t at;

    if (!read_header(bytes, length, &counts))
        return false;
    at = HEADER + block_size(&counts, 4); /* the same again, as far as 32 bits reach */
    if (at > length || !read_header(bytes + at, length - at, &counts))
        return false;
    at += HEADER;
    if (length - at < block_size(&counts, 8) || !take_changes(bytes + at, &counts, zone))
        return false;
    at += block_size(&counts, 8);
    return offsets_fit(zone) && take_footer(bytes + at, length - at, zone);
}

struct inf_zone *inf_zone_read(const unsigned char *bytes, size_t length)
{
    struct inf_zone *zone = inf_alloc(1, sizeof *zone);

    if (read_file(bytes, length, zone))
        return zone;
    inf_zone_free(zone);
    return NULL;
}

void inf_zone_free(struct inf_zone *zone)
{
    if (zone == NULL)
        return;
    free(zone->changes);
    free(zone->offsets);
    free(zone);
}

/* ---- names ---- */

/* Without a dot there is no way out of the folder. What the system's own zone is called, and what
 * is there besides zones, begins with a small letter. */
static bool is_name(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length > NAME_MAX_BYTES || !isupper((unsigned char)name[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && strchr("-_+/", name[i]) == NULL)
            return false;
    return name[length - 1] != '/' && strstr(name, "//") == NULL;
}

/* Bytes read, or -1. */
static ssize_t read_named(const char *name, unsigned char *bytes)
{
    int folder = open(FOLDER, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = folder >= 0 ? openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    ssize_t length = 0, got = fd >= 0 ? 1 : -1;

    while (got > 0 && length < INF_ZONE_FILE) {
        got = read(fd, bytes + length, (size_t)(INF_ZONE_FILE - length));
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            length += got;
    }
    if (fd >= 0)
        close(fd);
    if (folder >= 0)
        close(folder);
    return got == 0 ? length : -1;
}

struct inf_zone *inf_zone_new(const char *name, struct inf_error *err)
{
    unsigned char *bytes;
    struct inf_zone *zone = NULL;
    ssize_t length;
    int fixed_s;

    if (inf_date_zone(name, &fixed_s)) {
        zone = inf_alloc(1, sizeof *zone);
        zone->first_s = fixed_s;
        return zone;
    }
    if (is_name(name)) {
        bytes = inf_alloc(INF_ZONE_FILE, 1);
        length = read_named(name, bytes);
        zone = length > 0 ? inf_zone_read(bytes, (size_t)length) : NULL;
        free(bytes);
    }
    if (zone == NULL)
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "[%.100s] is not served: UTC, offsets such as +01:00 and the names that "
                      "this machine's tzdata has, such as Europe/Berlin, are",
                      name);
    return zone;
}

/* ---- times ---- */

int inf_zone_offset(const struct inf_zone *zone, int64_t epoch_s)
{
    size_t low = 0, high;

    if (zone == NULL)
        return 0;
    high = zone->count; /* how many changes were before */
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (zone->changes[middle] <= epoch_s)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == zone->count && zone->has_rule)
        return rule_offset(zone, epoch_s);
    return low == 0 ? zone->first_s : zone->offsets[low - 1];
}

int64_t inf_zone_to_utc(const struct inf_zone *zone, int64_t local_s)
{
    int before = inf_zone_offset(zone, local_s - 2 * DAY_S);
    int after = inf_zone_offset(zone, local_s + 2 * DAY_S);

    if (before != after && inf_zone_offset(zone, local_s - before) != before &&
        inf_zone_offset(zone, local_s - after) == after)
        return local_s - after;
    return local_s - before;
}
