/* One character at a time; what comes out is never longer than what went in, but for the words that
 * stand for nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reason.h"
#include "inferd/json.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char nothing[] = "(no text)";

/* The code point of a character known to be sound. */
static uint32_t code_point(const unsigned char *bytes, size_t length)
{
    uint32_t code = length == 1 ? bytes[0] : bytes[0] & (0x7fu >> length);

    for (size_t i = 1; i < length; i++)
        code = code << 6 | (bytes[i] & 0x3fu);
    return code;
}

/* Bytes of the sound character at the beginning, or 0. */
static size_t character(const unsigned char *bytes, size_t left)
{
    size_t length = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;

    if (length > left || !inf_utf8_valid((const char *)bytes, length))
        return 0;
    return length;
}

static bool steers(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
           code == 0x200b || code == 0x200e || code == 0x200f ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
           code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
           (code >= 0xe0000 && code <= 0xe0fff);
}

void inf_reason_read(const void *payload, size_t length, char ret[INF_FRAME_REASON + 1])
{
    const unsigned char *bytes = payload;
    size_t at = 0, written = 0;

    _Static_assert(sizeof nothing <= INF_FRAME_REASON, "it fits");
    if (length > INF_FRAME_REASON)
        length = INF_FRAME_REASON;
    while (at < length) {
        size_t size = character(bytes + at, length - at);
        uint32_t code = size > 0 ? code_point(bytes + at, size) : 0;
        if (code == '\n' || code == '\r' || code == '\t')
            ret[written++] = ' ';
        else if (size == 0 || steers(code))
            ret[written++] = '?';
        else
            for (size_t i = 0; i < size; i++)
                ret[written++] = (char)bytes[at + i];
        at += size > 0 ? size : 1;
    }
    ret[written] = '\0';
    if (written == 0)
        memcpy(ret, nothing, sizeof nothing);
}
