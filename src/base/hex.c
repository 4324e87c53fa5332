/* hex.c - both ways by one table. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/hex.h"

#include <string.h>

static const char letters[] = "0123456789abcdef";

char *inf_hex_print(const void *bytes, size_t length, char *ret)
{
    const uint8_t *from = bytes;

    for (size_t i = 0; i < length; i++) {
        ret[2 * i] = letters[from[i] >> 4];
        ret[2 * i + 1] = letters[from[i] & 15];
    }
    ret[2 * length] = '\0';
    return ret;
}

static int value_of(char letter)
{
    const char *at = letter != '\0' ? strchr(letters, letter) : NULL;

    return at != NULL ? (int)(at - letters) : -1;
}

int inf_hex_read(const char *text, size_t length, uint8_t *ret)
{
    for (size_t i = 0; i < length; i++) {
        int high = value_of(text[2 * i]), low = high >= 0 ? value_of(text[2 * i + 1]) : -1;

        if (low < 0)
            return -1;
        ret[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}
