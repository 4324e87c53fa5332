/* zone.h - time zones by name, from the system's tzdata, and fixed offsets.
 *
 * A name has letters, digits and - _ + / alone, so that no path can be made of it, and is opened
 * beneath the folder of the zones. The file is read when a pipeline is put and kept.
 *
 * Thread: any; inf_zone_new reads a file of a few kilobytes. Owns: its tables. Bound: INF_ZONE_FILE
 * bytes of the file. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_ZONE_H
#define INFERD_INGEST_ZONE_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INF_ZONE_FILE 65536

struct inf_zone;

/* "UTC", "+01:00", "Europe/Berlin"; NULL with ILLEGAL_ARGUMENT, what is wrong with the name. */
struct inf_zone *inf_zone_new(const char *name, struct inf_error *err);
/* Of a TZif file's bytes; NULL: they are none that can be read. */
struct inf_zone *inf_zone_read(const unsigned char *bytes, size_t length);
void inf_zone_free(struct inf_zone *zone); /* NULL is fine */

/* Seconds east of UTC, at seconds since 1970. NULL is UTC. */
int inf_zone_offset(const struct inf_zone *zone, int64_t epoch_s);
/* When its clocks show local_s, seconds since their 1970-01-01. Where they show it twice, the first
 * time; where they skip it, as late after midnight as the clock that is put forward would have
 * shown it: both as Java does. */
int64_t inf_zone_to_utc(const struct inf_zone *zone, int64_t local_s);

#endif
