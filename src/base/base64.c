/* base64.c - strict incremental base64.
 *
 * libcrypto's decoder skips white space and takes text after the padding; a model file that arrives
 * through such leniency is a file that two readers may see differently. The table makes the common
 * case, four characters of the alphabet in a row, four loads and one test. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/base64.h"

#define BAD 0xFFu

/* Value of each character, BAD outside the alphabet. */
static const uint8_t values[256] = {
#define B4 BAD, BAD, BAD, BAD
#define B16 B4, B4, B4, B4
    B16, B16, B4,  B4,  BAD, BAD, BAD, 62, BAD, BAD, BAD, 63,                     /* + and / */
    52,  53,  54,  55,  56,  57,  58,  59, 60,  61,  BAD, BAD, B4,                /* 0-9 */
    BAD, 0,   1,   2,   3,   4,   5,   6,  7,   8,   9,   10,  11,  12,  13,  14, /* A-O */
    15,  16,  17,  18,  19,  20,  21,  22, 23,  24,  25,  BAD, BAD, BAD, BAD,     /* P-Z */
    BAD, BAD, 26,  27,  28,  29,  30,  31, 32,  33,  34,  35,  36,  37,  38,      /* a-m */
    39,  40,  41,  42,  43,  44,  45,  46, 47,  48,  49,  50,  51,  BAD, B4,      /* n-z */
    B16, B16, B16, B16, B16, B16, B16, B16
#undef B16
#undef B4
};

/* The group is complete: its 3, 2 or 1 bytes go out. */
static int finish_group(struct inf_base64 *decoder, uint8_t **out)
{
    uint32_t group = decoder->group;
    uint32_t stray = decoder->padding == 2 ? 0xFFFFu : decoder->padding == 1 ? 0xFFu : 0;

    if (group & stray)
        return -1;
    *(*out)++ = (uint8_t)(group >> 16);
    if (decoder->padding < 2)
        *(*out)++ = (uint8_t)(group >> 8);
    if (decoder->padding < 1)
        *(*out)++ = (uint8_t)group;
    decoder->group = 0;
    decoder->characters = 0;
    return 0;
}

static int take(struct inf_base64 *decoder, unsigned char c, uint8_t **out)
{
    if (c == '=') {
        /* Only as a group's last or last two characters; a letter after it is refused below. */
        if (decoder->characters < 2)
            return -1;
        decoder->padding++;
        decoder->group <<= 6;
    } else {
        if (values[c] == BAD || decoder->padding)
            return -1;
        decoder->group = decoder->group << 6 | values[c];
    }
    return ++decoder->characters == 4 ? finish_group(decoder, out) : 0;
}

int inf_base64_feed(struct inf_base64 *decoder, const char *text, size_t length, uint8_t *out,
                    size_t *ret_length)
{
    const unsigned char *in = (const unsigned char *)text;
    uint8_t *start = out;
    size_t i = 0;

    while (i < length) {
        if (decoder->characters == 0 && !decoder->padding && length - i >= 4) {
            uint32_t a = values[in[i]], b = values[in[i + 1]];
            uint32_t c = values[in[i + 2]], d = values[in[i + 3]];

            if ((a | b | c | d) < 64) {
                uint32_t group = a << 18 | b << 12 | c << 6 | d;

                *out++ = (uint8_t)(group >> 16);
                *out++ = (uint8_t)(group >> 8);
                *out++ = (uint8_t)group;
                i += 4;
                continue;
            }
        }
        if (take(decoder, in[i++], &out) != 0)
            return -1;
    }
    *ret_length = (size_t)(out - start);
    return 0;
}

int inf_base64_end(const struct inf_base64 *decoder)
{
    return decoder->characters == 0 ? 0 : -1;
}

int inf_base64_append(struct inf_buf *out, const void *bytes, size_t length)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *from = bytes;

    if (inf_buf_reserve(out, (length + 2) / 3 * 4) != 0)
        return -1;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t group = (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
                         (left > 2 ? from[i + 2] : 0u);
        const char four[4] = {letters[group >> 18], letters[group >> 12 & 63],
                              left > 1 ? letters[group >> 6 & 63] : '=',
                              left > 2 ? letters[group & 63] : '='};

        if (inf_buf_append(out, four, sizeof four) != 0)
            return -1;
    }
    return 0;
}
