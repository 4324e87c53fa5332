/* date_format.h - dates as texts, by a part of Java's patterns.
 *
 *   ISO8601   2026-11-28, 2026-11-28T04:30, ...:15, ....123, with Z, +01:00, +0100 or +01
 *   UNIX, UNIX_MS   seconds (with a fraction) and milliseconds since 1970
 *   patterns  y yyyy u uuuu M MM MMM d dd H HH h hh a m mm s ss S SSS Z EEE EEEE, X once to three
 *             times, texts in quotation marks, and signs
 *
 * Names are English. Where a pattern has no time or zone, it is midnight and the zone given.
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_DATE_FORMAT_H
#define INFERD_INGEST_DATE_FORMAT_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include "zone.h"
#include <stdbool.h>
#include <stdint.h>

/* Of one moment. */
struct inf_date {
    int64_t epoch_ms;
    int zone_s; /* east of UTC */
};

/* ILLEGAL_ARGUMENT for a format that is not served. */
int inf_date_format_check(const char *format, struct inf_error *err);
/* false: text is no date of the format. zone: where the text names none; NULL is UTC. */
bool inf_date_parse(const char *text, const char *format, const struct inf_zone *zone,
                    struct inf_date *ret);
/* By a pattern (not UNIX or ISO8601), in the zone of the date. */
void inf_date_print(const struct inf_date *date, const char *format, struct inf_buf *out);
/* "UTC", "Z", "+01:00", in seconds east of UTC. false: it is no fixed offset. */
bool inf_date_zone(const char *text, int *ret_s);

/* Days from 1970-01-01 to a date of the Gregorian calendar, and the year of such a day. */
int64_t inf_date_days(int64_t year, int month, int day);
int64_t inf_date_year(int64_t day);

#endif
