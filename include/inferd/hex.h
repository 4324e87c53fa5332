/* hex.h - bytes as hexadecimal text, in small letters.
 *
 * Thread: none (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HEX_H
#define INFERD_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Writes 2 * length letters and a NUL into ret, and returns it. */
char *inf_hex_print(const void *bytes, size_t length, char *ret);
/* Reads `length` bytes back from the first 2 * length letters of text. 0, or -1 for any other
 * letter (large ones too, and the end of the text). */
int inf_hex_read(const char *text, size_t length, uint8_t *ret);

#endif
