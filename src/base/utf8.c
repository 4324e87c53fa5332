/* utf8.c - well-formedness as the table of RFC 3629 section 4 states it: the lead byte fixes the
 * length and the range of the second byte, and that range alone excludes overlong forms, surrogates
 * and everything above U+10FFFF. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "utf8.h"

#include "inferd/json.h"
#include <stdint.h>
#include <string.h>

static size_t sequence_length(unsigned char lead, unsigned char *ret_low, unsigned char *ret_high)
{
    *ret_low = 0x80;
    *ret_high = 0xBF;
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        *ret_low = lead == 0xE0 ? 0xA0 : 0x80;
        *ret_high = lead == 0xED ? 0x9F : 0xBF;
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        *ret_low = lead == 0xF0 ? 0x90 : 0x80;
        *ret_high = lead == 0xF4 ? 0x8F : 0xBF;
        return 4;
    }
    return 0;
}

size_t inf_utf8_sequence(const char *text, size_t left)
{
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char low, high;
    if (left == 0) {
        return 0;
    }
    size_t length = sequence_length(bytes[0], &low, &high);
    if (length == 0 || length > left) {
        return 0;
    }
    if (length > 1 && (bytes[1] < low || bytes[1] > high)) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return length;
}

size_t inf_utf8_cut(const char *text, size_t length, size_t max)
{
    if (length <= max) {
        return length;
    }
    size_t start = max; /* text[max] exists: the first byte that is cut off */
    for (int back = 0; back < 3 && start > 0 && ((unsigned char)text[start] & 0xC0) == 0x80;
         back++) {
        start--;
    }
    return ((unsigned char)text[start] & 0xC0) == 0x80 ? max : start;
}

bool inf_utf8_valid(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        uint64_t eight;
        if (length - at >= sizeof eight) {
            memcpy(&eight, text + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        size_t step = inf_utf8_sequence(text + at, length - at);
        if (step == 0) {
            return false;
        }
        at += step;
    }
    return true;
}

void inf_utf8_mend(char *text)
{
    size_t length = strlen(text), to = 0;
    if (inf_utf8_valid(text, length)) {
        return;
    }
    for (size_t at = 0; at < length;) {
        size_t step = inf_utf8_sequence(text + at, length - at);
        memmove(text + to, text + at, step);
        to += step;
        at += step > 0 ? step : 1;
    }
    text[to] = '\0';
}
