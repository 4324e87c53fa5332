/* Texts of a worker, made fit to be read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/json.h"
#include "reason.h"
#include <string.h>

static void expect(const char *bytes, size_t length, const char *wanted)
{
    char text[INF_FRAME_REASON + 1];

    inf_reason_read(bytes, length, text);
    assert_string_equal(text, wanted);
}

#define EXPECT(literal, wanted) expect(literal, sizeof literal - 1, wanted)

static void leaves_sound_text_alone(void **state)
{
    (void)state;
    EXPECT("no such layer", "no such layer");
    EXPECT("\xc3\xa4 \xe3\x81\x82 \xf0\x9f\x99\x82", "\xc3\xa4 \xe3\x81\x82 \xf0\x9f\x99\x82");
    EXPECT("\xef\xbf\xbd\xf4\x8f\xbf\xbf", "\xef\xbf\xbd\xf4\x8f\xbf\xbf");
}

static void is_one_line(void **state)
{
    (void)state;
    EXPECT("one\ntwo\r\n\tthree", "one two   three");
    EXPECT("", "(no text)");
}

static void takes_out_what_steers(void **state)
{
    (void)state;
    EXPECT("\x1b[2Jx\x7f\b", "?[2Jx??");
    EXPECT("a\0b", "a?b");
    EXPECT("\xc2\x9b"
           "31m",
           "?31m"); /* a terminal's escape in one character */
    EXPECT("\xe2\x80\xae"
           "gpj.exe",
           "?gpj.exe"); /* from right to left */
    EXPECT("\xe2\x80\xa8\xef\xbb\xbf\xf3\xa0\x80\x81", "???");
}

static void takes_out_what_is_no_character(void **state)
{
    (void)state;
    EXPECT("\xff\xfe x", "?? x");
    EXPECT("\xc0\xaf", "??");           /* overlong */
    EXPECT("\xed\xa0\x80", "???");      /* half of a pair */
    EXPECT("\xf4\x90\x80\x80", "????"); /* beyond the last one */
    EXPECT("\xe3\x81", "??");           /* cut off */
    EXPECT("\xf0\x9f\x99", "???");
    EXPECT("\x80", "?");
}

/* Whatever it is: bounded, and sound. */
static void is_always_sound(void **state)
{
    char bytes[2 * INF_FRAME_REASON], text[INF_FRAME_REASON + 1];
    uint32_t next = 1;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            next = next * 1664525u + 1013904223u;
            bytes[i] = (char)(next >> 24);
        }
        inf_reason_read(bytes, sizeof bytes - (size_t)round % INF_FRAME_REASON, text);
        assert_in_range(strlen(text), 1, INF_FRAME_REASON);
        assert_true(inf_utf8_valid(text, strlen(text)));
        for (const char *c = text; *c != '\0'; c++)
            assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_sound_text_alone), cmocka_unit_test(is_one_line),
        cmocka_unit_test(takes_out_what_steers),   cmocka_unit_test(takes_out_what_is_no_character),
        cmocka_unit_test(is_always_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
