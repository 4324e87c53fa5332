/* json_float.c - the shortest decimal text that reads back as the same float or double.
 *
 * An embedding is hundreds of floats, so they have a way of their own that needs no big numbers. A
 * float and the two midpoints to its neighbours are exact as doubles. All three are scaled by a
 * power of ten so that the value has nine or ten digits before the point, which costs two
 * roundings. Every integer strictly between the scaled midpoints reads back as the float, so digits
 * are dropped for as long as the rounded integer stays there. Where a candidate is so close to a
 * midpoint that those two roundings could decide, the slow way is taken: print with printf, read
 * back, compare.
 *
 * Doubles are few (scores, statistics), so they always take the slow way.
 *
 * Not promised: for a power of two the gap below is half the gap above, and a shorter text that is
 * not the nearest of its length may exist; the text printed is the shortest correctly rounded one.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "json_number.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value is digits * 10^exponent, digits without trailing zeros and at most 17 of them. */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* ---- text of a decimal ---- */

static int write_digits(uint64_t digits, char *text)
{
    char reversed[20];
    int count = 0;
    do {
        reversed[count++] = (char)('0' + digits % 10);
        digits /= 10;
    } while (digits > 0);
    for (int i = 0; i < count; i++) {
        text[i] = reversed[count - 1 - i];
    }
    return count;
}

/* d.ddd for `point` digits before the point, adding the zeros that are needed on either side. */
static char *write_plain(const char *digits, int count, int point, char *out)
{
    if (point <= 0) {
        *out++ = '0';
        *out++ = '.';
        for (int i = point; i < 0; i++) {
            *out++ = '0';
        }
        memcpy(out, digits, (size_t)count);
        return out + count;
    }
    for (int i = 0; i < point; i++) {
        *out++ = i < count ? digits[i] : '0';
    }
    *out++ = '.';
    if (count <= point) {
        *out++ = '0';
        return out;
    }
    memcpy(out, digits + point, (size_t)(count - point));
    return out + count - point;
}

static size_t write_decimal(struct decimal decimal, bool negative, char text[INF_JSON_NUMBER_TEXT])
{
    char digits[20];
    char *out = text;
    int count = write_digits(decimal.digits, digits);
    int point = count + decimal.exponent; /* digits before the decimal point */
    if (negative) {
        *out++ = '-';
    }
    if (point >= -2 && point <= 7) {
        out = write_plain(digits, count, point, out);
    } else {
        int exponent = point - 1;
        out = write_plain(digits, count, 1, out);
        *out++ = 'E';
        if (exponent < 0) {
            *out++ = '-';
            exponent = -exponent;
        }
        out += write_digits((uint64_t)exponent, out);
    }
    *out = '\0';
    return (size_t)(out - text);
}

/* ---- the slow way: printf with more and more digits ---- */

static struct decimal read_scientific(const char *text)
{
    struct decimal decimal = {0};
    int fraction = 0;
    bool behind_point = false;
    for (; *text != 'e'; text++) {
        if (*text == '.') {
            behind_point = true;
        } else {
            decimal.digits = decimal.digits * 10 + (uint64_t)(*text - '0');
            fraction += behind_point;
        }
    }
    decimal.exponent = (int)strtol(text + 1, NULL, 10) - fraction;
    while (decimal.digits > 0 && decimal.digits % 10 == 0) {
        decimal.digits /= 10;
        decimal.exponent++;
    }
    return decimal;
}

/* value is positive; is_float: the text must read back as a float. A normal number keeps FLT_DIG or
 * DBL_DIG digits of any decimal text, so a shorter one shows as zeros at the end of that many. */
static struct decimal search(double value, bool is_float)
{
    char text[INF_JSON_NUMBER_TEXT];
    bool normal = value >= (is_float ? (double)FLT_MIN : DBL_MIN);
    int least = is_float ? FLT_DIG : DBL_DIG;
    int most = is_float ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
    for (int count = normal ? least : 1; count < most; count++) {
        snprintf(text, sizeof text, "%.*e", count - 1, value);
        if ((is_float ? (double)strtof(text, NULL) : strtod(text, NULL)) == value) {
            return read_scientific(text);
        }
    }
    snprintf(text, sizeof text, "%.*e", most - 1, value);
    return read_scientific(text);
}

/* ---- the fast way for floats ---- */

/* 10^(8 - e) for e = -38 .. 38: brings a float of that decimal exponent to nine digits. */
#define SCALE_FIRST (-38)
static const double scales[] = {
    1e46,  1e45,  1e44,  1e43,  1e42,  1e41,  1e40,  1e39,  1e38,  1e37,  1e36,  1e35,  1e34,
    1e33,  1e32,  1e31,  1e30,  1e29,  1e28,  1e27,  1e26,  1e25,  1e24,  1e23,  1e22,  1e21,
    1e20,  1e19,  1e18,  1e17,  1e16,  1e15,  1e14,  1e13,  1e12,  1e11,  1e10,  1e9,   1e8,
    1e7,   1e6,   1e5,   1e4,   1e3,   1e2,   1e1,   1e0,   1e-1,  1e-2,  1e-3,  1e-4,  1e-5,
    1e-6,  1e-7,  1e-8,  1e-9,  1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15, 1e-16, 1e-17, 1e-18,
    1e-19, 1e-20, 1e-21, 1e-22, 1e-23, 1e-24, 1e-25, 1e-26, 1e-27, 1e-28, 1e-29, 1e-30};

static double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Drops digits of `whole`, the rounded value, while the result stays between low and high by more
 * than margin. False when a candidate is too close to either to tell. */
static bool drop_digits(double value, double low, double high, double margin,
                        struct decimal *decimal)
{
    static const double inverse[] = {1e0,  1e-1, 1e-2, 1e-3, 1e-4,  1e-5,
                                     1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11};
    static const double power[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11};
    decimal->digits = (uint64_t)(value + 0.5);
    for (int dropped = 1; dropped <= 11; dropped++) {
        uint64_t digits = (uint64_t)(value * inverse[dropped] + 0.5);
        double candidate = (double)digits * power[dropped];
        if (candidate < low - margin || candidate > high + margin) {
            return true;
        }
        if (candidate <= low + margin || candidate >= high - margin) {
            return false;
        }
        decimal->digits = digits;
        decimal->exponent++;
    }
    return true;
}

/* bits: a positive normal float. */
static bool shorten(uint32_t bits, double value, struct decimal *ret)
{
    int exponent = (int)(bits >> 23) - 127;
    /* floor(log10(2^exponent)); the value may have one decimal digit more. */
    int decimal_exponent = (exponent * 1233) >> 12;
    double scale = scales[decimal_exponent - SCALE_FIRST];
    double scaled = value * scale;
    double half_gap = double_of_bits((uint64_t)(exponent - 24 + 1023) << 52) * scale;
    bool power_of_two = (bits & 0x7FFFFF) == 0; /* the float below is only half as far away */
    double low = scaled - (power_of_two ? half_gap / 2 : half_gap);
    ret->exponent = decimal_exponent - 8;
    return drop_digits(scaled, low, scaled + half_gap, scaled * 0x1p-48, ret);
}

/* ---- faces ---- */

static size_t write_special(const char *what, char text[INF_JSON_NUMBER_TEXT])
{
    size_t length = strlen(what);
    memcpy(text, what, length + 1);
    return length;
}

size_t inf_json_print_float(float value, char text[INF_JSON_NUMBER_TEXT])
{
    struct decimal decimal = {0};
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bool negative = bits >> 31;
    bits &= 0x7FFFFFFF;
    double magnitude = fabs((double)value);
    if (bits >= 0x7F800000) {
        return write_special("null", text);
    }
    if (bits == 0) {
        return write_special(negative ? "-0.0" : "0.0", text);
    }
    if (bits < 0x00800000 || !shorten(bits, magnitude, &decimal)) {
        decimal = search(magnitude, true);
    }
    return write_decimal(decimal, negative, text);
}

size_t inf_json_print_double(double value, char text[INF_JSON_NUMBER_TEXT])
{
    if (!isfinite(value)) {
        return write_special("null", text);
    }
    if (value == 0) {
        return write_special(signbit(value) ? "-0.0" : "0.0", text);
    }
    return write_decimal(search(fabs(value), false), signbit(value), text);
}
