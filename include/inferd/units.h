/* units.h - time values and byte sizes in Elasticsearch's notation, both ways.
 *
 * "20s" <-> 20000 ms, "1gb" <-> 1073741824. Error texts are those of TimeValue and ByteSizeValue
 * (compatibility 1.8 and 1.9). Thread: none (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_UNITS_H
#define INFERD_UNITS_H

#include "inferd/error.h"
#include <stddef.h>
#include <stdint.h>

#define INF_UNITS_TEXT 32 /* enough for any printed value */

/* Milliseconds (sub-millisecond units round up). -1 is allowed and means none. `name` is the
 * setting or parameter that the error text names. */
int inf_time_parse(const char *text, const char *name, int64_t *ret_ms, struct inf_error *err);
/* TimeValue.toString: largest unit with one decimal if needed: 1s, 1.5m, 500ms. */
const char *inf_time_print(int64_t ms, char text[INF_UNITS_TEXT]);

/* Bytes. -1 is allowed and means none. Fractions are accepted ("1.5mb"). */
int inf_bytes_parse(const char *text, const char *name, int64_t *ret_bytes, struct inf_error *err);
/* ByteSizeValue.toString: 240mb, 1.5kb, 1.3gb. */
const char *inf_bytes_print(int64_t bytes, char text[INF_UNITS_TEXT]);

/* Strict decimal int64: optional sign, digits, nothing else. 0 or -1 (no error text). */
int inf_int_parse(const char *text, int64_t *ret);

/* "2026-11-23T01:00:00.000Z" of epoch milliseconds. */
const char *inf_iso8601_print(int64_t epoch_ms, char text[INF_UNITS_TEXT]);

#endif
