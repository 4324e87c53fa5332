/* Shortest texts of floats and doubles: they read back, none shorter does, JSON takes them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_number.h"

#include "inferd/json.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Digits that carry information: neither leading nor trailing zeros, sign, point or exponent. */
static int significant_digits(const char *text)
{
    int count = 0, zeros = 0;
    for (; *text && *text != 'E'; text++) {
        if (*text == '0') {
            zeros += count > 0;
        } else if (*text >= '1' && *text <= '9') {
            count += zeros + 1;
            zeros = 0;
        }
    }
    return count;
}

/* Fewest digits of a correctly rounded text that reads back. */
static int fewest_digits(double value, bool is_float)
{
    for (int count = 1;; count++) {
        char text[64];
        snprintf(text, sizeof text, "%.*e", count - 1, value);
        if ((is_float ? (double)strtof(text, NULL) : strtod(text, NULL)) == value) {
            return count;
        }
    }
}

static void check_float(uint32_t bits)
{
    char text[INF_JSON_NUMBER_TEXT];
    float value = float_of(bits);
    size_t length = inf_json_print_float(value, text);
    float back = strtof(text, NULL);
    if (length != strlen(text) || length > 24 || memcmp(&back, &value, sizeof value) != 0) {
        fail_msg("%08x: %s", bits, text);
    }
    if (value != 0 && significant_digits(text) > fewest_digits((double)value, true)) {
        fail_msg("%08x: %s is not the shortest", bits, text);
    }
}

static void check_double(uint64_t bits)
{
    char text[INF_JSON_NUMBER_TEXT];
    double value = double_of(bits);
    size_t length = inf_json_print_double(value, text);
    double back = strtod(text, NULL);
    if (length != strlen(text) || length > 24 || memcmp(&back, &value, sizeof value) != 0) {
        fail_msg("%016llx: %s", (unsigned long long)bits, text);
    }
    if (value != 0 && significant_digits(text) > fewest_digits(value, false)) {
        fail_msg("%016llx: %s is not the shortest", (unsigned long long)bits, text);
    }
}

static void test_float_every_exponent(void **state)
{
    (void)state;
    for (uint32_t exponent = 0; exponent < 255; exponent++) {
        static const uint32_t mantissas[] = {0, 1, 2, 3, 0x3FFFFF, 0x400000, 0x7FFFFE, 0x7FFFFF};
        for (size_t i = 0; i < sizeof mantissas / sizeof *mantissas; i++) {
            check_float(exponent << 23 | mantissas[i]);
            check_float(UINT32_C(0x80000000) | exponent << 23 | mantissas[i]);
        }
    }
}

static void test_float_random_bits(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252;
    for (int i = 0; i < 300000; i++) {
        uint32_t bits = (uint32_t)(next_random(&random) >> 16);
        if ((bits & 0x7F800000) != 0x7F800000) {
            check_float(bits);
        }
    }
}

/* What models answer: between -1 and 1. */
static void test_float_embeddings(void **state)
{
    (void)state;
    uint64_t random = 42;
    for (int i = 0; i < 200000; i++) {
        float value = (float)((double)(next_random(&random) >> 11) * 0x1p-53 * 2 - 1);
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        check_float(bits);
    }
}

/* Decimal texts of few digits, powers of ten and whole numbers, and the floats on both sides. */
static void test_float_near_decimals(void **state)
{
    (void)state;
    for (int exponent = -45; exponent <= 38; exponent++) {
        for (int digits = 1; digits < 1000; digits += digits < 20 ? 1 : 37) {
            char text[32];
            uint32_t bits;
            snprintf(text, sizeof text, "%de%d", digits, exponent);
            float value = strtof(text, NULL);
            memcpy(&bits, &value, sizeof bits);
            if (bits > 0 && bits < 0x7F7FFFFF) {
                check_float(bits - 1);
                check_float(bits);
                check_float(bits + 1);
            }
        }
    }
    for (int whole = 1; whole < 1 << 30; whole += whole / 997 + 1) {
        float value = (float)whole;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        check_float(bits);
    }
}

static void test_float_subnormals(void **state)
{
    (void)state;
    for (uint32_t bits = 1; bits < 0x00800000; bits = bits * 3 / 2 + 1) {
        check_float(bits);
    }
    check_float(0x007FFFFF);
    check_float(0x00800000);
}

static void test_double_bits(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (int i = 0; i < 30000; i++) {
        uint64_t bits = next_random(&random);
        if ((bits >> 52 & 0x7FF) != 0x7FF) {
            check_double(bits);
        }
    }
    for (uint64_t exponent = 0; exponent < 0x7FF; exponent++) {
        check_double(exponent << 52);
        check_double(exponent << 52 | 1);
        check_double(exponent << 52 | UINT64_C(0xFFFFFFFFFFFFF));
    }
    for (uint64_t bits = 1; bits < UINT64_C(1) << 52; bits = bits * 3 / 2 + 1) {
        check_double(bits);
    }
}

static void float_is(float value, const char *expected)
{
    char text[INF_JSON_NUMBER_TEXT];
    inf_json_print_float(value, text);
    assert_string_equal(text, expected);
}

static void double_is(double value, const char *expected)
{
    char text[INF_JSON_NUMBER_TEXT];
    inf_json_print_double(value, text);
    assert_string_equal(text, expected);
}

static void test_layout(void **state)
{
    (void)state;
    float_is(0.0F, "0.0");
    float_is(-0.0F, "-0.0");
    float_is(1.0F, "1.0");
    float_is(-12.5F, "-12.5");
    float_is(0.1F, "0.1");
    float_is(0.001F, "0.001");
    float_is(0.00099F, "9.9E-4");
    float_is(1.2e-5F, "1.2E-5");
    float_is(9999999.0F, "9999999.0");
    float_is(1e7F, "1.0E7");
    float_is(123456.7F, "123456.7");
    float_is(16777216.0F, "1.6777216E7");
    float_is(FLT_MAX, "3.4028235E38");
    float_is(FLT_MIN, "1.1754944E-38");
    float_is(FLT_TRUE_MIN, "1.0E-45");
    float_is(0.3F, "0.3");
    float_is(NAN, "null");
    float_is(-INFINITY, "null");
    double_is(0.0, "0.0");
    double_is(-0.0, "-0.0");
    double_is(100.0, "100.0");
    double_is(0.1, "0.1");
    double_is(0.1 + 0.2, "0.30000000000000004");
    double_is(1e-5, "1.0E-5");
    double_is(1e21, "1.0E21");
    double_is(-DBL_MAX, "-1.7976931348623157E308");
    double_is(DBL_TRUE_MIN, "5.0E-324");
    double_is(9007199254740993.0, "9.007199254740992E15");
    double_is(INFINITY, "null");
    double_is(NAN, "null");
}

static void test_json_takes_them(void **state)
{
    (void)state;
    uint64_t random = 99;
    for (int i = 0; i < 5000; i++) {
        char text[INF_JSON_NUMBER_TEXT];
        struct inf_json json;
        struct inf_error err;
        double value = double_of(next_random(&random));
        if (isfinite(value)) {
            size_t length = inf_json_print_double(value, text);
            assert_int_equal(inf_json_parse(text, length, NULL, &json, &err), 0);
            assert_true(inf_json_double(json.root) == value);
            inf_json_free(&json);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_float_every_exponent),
        cmocka_unit_test(test_float_random_bits),
        cmocka_unit_test(test_float_embeddings),
        cmocka_unit_test(test_float_near_decimals),
        cmocka_unit_test(test_float_subnormals),
        cmocka_unit_test(test_double_bits),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_json_takes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
