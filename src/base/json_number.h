/* json_number.h - shortest decimal text of floating-point numbers.
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_BASE_JSON_NUMBER_H
#define INFERD_BASE_JSON_NUMBER_H

#include <stddef.h>

#define INF_JSON_NUMBER_TEXT 32 /* the longest, "-1.2345678901234567E-308", has 24 bytes */

/* Write the number as JSON ("null" for NaN and infinities), NUL-terminated, and return its length.
 * Plain from 10^-3 up to 10^7, otherwise with an exponent ("1.2E-5"), as Java prints. */
size_t inf_json_print_double(double value, char text[INF_JSON_NUMBER_TEXT]);
size_t inf_json_print_float(float value, char text[INF_JSON_NUMBER_TEXT]);

#endif
