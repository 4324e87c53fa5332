/* letters.c - case, blanks and length of a text, over utf8proc. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "letters.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { SHARP_S = 0xdf }; /* whose capital is two letters */

/* A letter may take one byte more in the other case: 2 become 3. */
static char *map(const char *text, utf8proc_int32_t (*change)(utf8proc_int32_t))
{
    size_t length = strlen(text), at = 0, out = 0;
    char *result = malloc(length + length / 2 + 8);

    while (result != NULL && at < length) {
        utf8proc_int32_t letter;
        utf8proc_ssize_t read = utf8proc_iterate((const utf8proc_uint8_t *)text + at,
                                                 (utf8proc_ssize_t)(length - at), &letter);

        if (read <= 0)
            break; /* the JSON reader lets no such text in */
        at += (size_t)read;
        if (letter == SHARP_S && change == utf8proc_toupper) {
            memcpy(result + out, "SS", 2);
            out += 2;
            continue;
        }
        out += (size_t)utf8proc_encode_char(change(letter), (utf8proc_uint8_t *)result + out);
    }
    if (result != NULL)
        result[out] = '\0';
    return result;
}

char *inf_letters_lower(const char *text)
{
    return map(text, utf8proc_tolower);
}

char *inf_letters_upper(const char *text)
{
    return map(text, utf8proc_toupper);
}

char *inf_letters_trim(const char *text)
{
    size_t length = strlen(text), begin = 0;

    while (begin < length && (unsigned char)text[begin] <= ' ')
        begin++;
    while (length > begin && (unsigned char)text[length - 1] <= ' ')
        length--;
    return strndup(text + begin, length - begin);
}

size_t inf_letters_utf16(const char *text)
{
    size_t units = 0;

    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
        units += ((*c & 0xc0) != 0x80) + (*c >= 0xf0);
    return units;
}
