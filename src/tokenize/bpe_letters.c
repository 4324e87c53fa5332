/* bpe_letters.c - bytes as letters, as GPT-2 introduced it: printable Latin-1 stands for itself,
 * and the 68 bytes that would be white space or controls are the code points from U+0100 on, in
 * order.
 *
 * So a blank is U+0120, and a merge list, whose entries are parted by a blank, can be plain text.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "bpe_letters.h"

/* The bytes that have letters of their own, as ranges: 0-32, 127-160 and 173. */
#define LETTERS_FIRST 0x100
#define LETTERS_SECOND (LETTERS_FIRST + 33)
#define LETTERS_THIRD (LETTERS_SECOND + 34)

size_t inf_letter_write(unsigned char byte, char dest[2])
{
    unsigned point = byte;
    if (byte <= 32) {
        point = LETTERS_FIRST + byte;
    } else if (byte >= 127 && byte <= 160) {
        point = LETTERS_SECOND + (byte - 127u);
    } else if (byte == 173) {
        point = LETTERS_THIRD;
    }
    if (point < 0x80) {
        dest[0] = (char)point;
        return 1;
    }
    dest[0] = (char)(0xc0 | point >> 6);
    dest[1] = (char)(0x80 | (point & 0x3f));
    return 2;
}

static int byte_of(unsigned point)
{
    if (point == LETTERS_THIRD) {
        return 173;
    }
    if (point >= LETTERS_SECOND) {
        return point < LETTERS_THIRD ? (int)(point - LETTERS_SECOND) + 127 : -1;
    }
    if (point >= LETTERS_FIRST) {
        return (int)(point - LETTERS_FIRST);
    }
    return point <= 32 || (point >= 127 && point <= 160) || point == 173 ? -1 : (int)point;
}

size_t inf_letters_read(const char *text, size_t length, unsigned char *dest)
{
    size_t count = 0;
    for (size_t at = 0; at < length;) {
        unsigned point = (unsigned char)text[at++];
        if (point >= 0x80) {
            /* No letter is beyond two bytes: a longer sequence gives a point that is none. */
            point = at < length && point >= 0xc0 && point < 0xe0
                        ? (point & 0x1f) << 6 | ((unsigned char)text[at++] & 0x3f)
                        : 0;
        }
        int byte = byte_of(point);
        if (byte < 0) {
            return SIZE_MAX;
        }
        dest[count++] = (unsigned char)byte;
    }
    return count;
}
