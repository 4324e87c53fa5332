/* json_check.c - the strict check that every JSON text passes before cJSON sees it.
 *
 * One pass over the bytes with an explicit stack, so a hostile text can cost neither the machine's
 * stack nor more than linear time (sorting keys apart). The error texts follow those that clients
 * of Elasticsearch know from its parser; the innermost cause carries the same words. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "json_keys.h"
#include "json_text.h"
#include "utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_DEPTH 64
#define DEFAULT_VALUES 5000000
#define EXPECTED_VALUE "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

/* What may come next. */
enum state { VALUE, VALUE_OR_END, KEY, KEY_OR_END, AFTER_VALUE, DONE, FAILED };

struct level {
    bool object;
    size_t offset;   /* of the opening bracket */
    size_t key_base; /* where this object's keys begin */
};

struct check {
    const char *text; /* NUL-terminated, so text[at] may be read at the end */
    size_t length;
    size_t at;
    size_t max_depth, max_values, values;
    size_t depth;
    struct level levels[INF_JSON_DEPTH_CAP];
    struct inf_json_keys keys;
    struct inf_json_spans *large;
    struct inf_error *err;
};

/* ---- complaints ---- */

static int fail(const struct check *check, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(const struct check *check, size_t offset, const char *format, ...)
{
    char what[INF_CAUSE_MAX];
    int line, column;
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    inf_json_position(check->text, offset, &line, &column);
    inf_error_set(check->err, INF_ERR_X_CONTENT_PARSE, "[%d:%d] %s", line, column, what);
    return inf_error_cause(check->err, INF_ERR_JSON_PARSE, "%s at [line: %d, column: %d]", what,
                           line, column);
}

static int fail_memory(const struct check *check)
{
    return inf_error_set(check->err, INF_ERR_MEMORY,
                         "not enough memory to read a JSON text of %zu bytes", check->length);
}

/* The character at `at` is not what was expected; at the end of the text, says that. */
static int fail_unexpected_at(const struct check *check, size_t at, const char *expected)
{
    unsigned char c = (unsigned char)check->text[at];
    if (at >= check->length) {
        return fail(check, at, "Unexpected end-of-input: %s", expected);
    }
    if (c < ' ' || c == 0x7F) {
        return fail(check, at, "Illegal character ((CTRL-CHAR, code %d)): %s", c, expected);
    }
    size_t length = inf_utf8_sequence(check->text + at, check->length - at);
    if (length == 0) {
        return fail(check, at, "Invalid UTF-8 byte 0x%02x", c);
    }
    if (length > 1) {
        return fail(check, at, "Unexpected character ('%.*s'): %s", (int)length, check->text + at,
                    expected);
    }
    return fail(check, at, "Unexpected character ('%c' (code %d)): %s", c, c, expected);
}

static int fail_unexpected(const struct check *check, const char *expected)
{
    return fail_unexpected_at(check, check->at, expected);
}

static int fail_end_of_input(const struct check *check)
{
    const struct level *level = check->depth > 0 ? &check->levels[check->depth - 1] : NULL;
    int line, column;
    if (!level) {
        return fail(check, check->at, "Unexpected end-of-input: was expecting %s", EXPECTED_VALUE);
    }
    inf_json_position(check->text, level->offset, &line, &column);
    return fail(check, check->at,
                "Unexpected end-of-input: expected close marker for %s (start marker at "
                "[line: %d, column: %d])",
                level->object ? "Object" : "Array", line, column);
}

/* ---- strings ---- */

static int check_hex4(const struct check *check, size_t at, uint32_t *ret)
{
    for (size_t i = at; i < at + 4; i++) {
        if (!isxdigit((unsigned char)check->text[i])) { /* also stops at the NUL behind the text */
            return fail_unexpected_at(check, i,
                                      "expected a hex-digit for character escape sequence");
        }
    }
    *ret = inf_json_hex4(check->text + at);
    return 0;
}

/* check->at stands on the 'u'. A high surrogate must be followed by the escape of a low one. */
static int check_unicode_escape(struct check *check)
{
    uint32_t high, low = 0;
    size_t start = check->at - 1;
    if (check_hex4(check, check->at + 1, &high)) {
        return -1;
    }
    check->at += 5;
    if (high == 0) {
        return fail(check, start, "NUL character (\\u0000) is not allowed in a string");
    }
    if (high < 0xD800 || high > 0xDFFF) {
        return 0;
    }
    bool pair =
        high <= 0xDBFF && check->text[check->at] == '\\' && check->text[check->at + 1] == 'u';
    if (pair && check_hex4(check, check->at + 2, &low)) {
        return -1;
    }
    if (!pair || low < 0xDC00 || low > 0xDFFF) {
        return fail(check, start, "Invalid surrogate pair: \\u%04X stands without its other half",
                    high);
    }
    check->at += 6;
    return 0;
}

static int check_escape(struct check *check)
{
    unsigned char c = (unsigned char)check->text[++check->at];
    if (c == 'u') {
        return check_unicode_escape(check);
    }
    if (c != '\0' && strchr("\"\\/bfnrt", c)) {
        check->at++;
        return 0;
    }
    return fail_unexpected(check, "Unrecognized character escape");
}

/* check->at stands on the opening quote and ends behind the closing one. */
static int check_string(struct check *check, bool *ret_escaped)
{
    *ret_escaped = false;
    check->at++;
    for (;;) {
        unsigned char c = (unsigned char)check->text[check->at];
        if (c == '"') {
            check->at++;
            return 0;
        }
        if (c == '\\') {
            *ret_escaped = true;
            if (check_escape(check)) {
                return -1;
            }
        } else if (c < ' ') {
            return fail_unexpected(check, check->at < check->length
                                              ? "has to be escaped using backslash to be "
                                                "included in string value"
                                              : "was expecting closing quote for a string value");
        } else if (c < 0x80) {
            check->at++;
        } else {
            size_t step = inf_utf8_sequence(check->text + check->at, check->length - check->at);
            if (step == 0) {
                return fail(check, check->at, "Invalid UTF-8 byte 0x%02x", c);
            }
            check->at += step;
        }
    }
}

/* ---- numbers and words ---- */

static size_t digits(struct check *check)
{
    size_t start = check->at;
    while (check->text[check->at] >= '0' && check->text[check->at] <= '9') {
        check->at++;
    }
    return check->at - start;
}

static int remember_large(struct check *check, size_t start)
{
    struct inf_json_spans *large = check->large;
    if (large->count == large->capacity) {
        size_t capacity = large->capacity ? large->capacity * 2 : 16;
        void *items = reallocarray(large->items, capacity, sizeof *large->items);
        if (!items) {
            return fail_memory(check);
        }
        large->items = items;
        large->capacity = capacity;
    }
    large->items[large->count++] =
        (struct inf_json_span){.offset = start, .length = check->at - start};
    return 0;
}

/* Only a long literal or one with an exponent can be too large to be exact, or at all. */
static int check_magnitude(struct check *check, size_t start, bool exponent)
{
    size_t length = check->at - start;
    if (length > INF_JSON_NUMBER_MAX) {
        return fail(check, start, "Number value length (%zu) exceeds the maximum allowed (%d)",
                    length, INF_JSON_NUMBER_MAX);
    }
    if (length < 16 && !exponent) {
        return 0;
    }
    double value = strtod(check->text + start, NULL);
    if (isinf(value)) {
        return fail(check, start, "Numeric value (%.*s) out of range of double", (int)length,
                    check->text + start);
    }
    return fabs(value) >= INF_JSON_INEXACT_FROM ? remember_large(check, start) : 0;
}

static int check_number(struct check *check)
{
    size_t start = check->at;
    bool exponent = false;
    check->at += check->text[check->at] == '-';
    size_t first = check->at;
    size_t whole = digits(check);
    if (whole == 0) {
        return fail_unexpected(check, "expected digit (0-9) to follow minus sign, for valid "
                                      "numeric value");
    }
    if (whole > 1 && check->text[first] == '0') {
        return fail(check, first, "Invalid numeric value: Leading zeroes not allowed");
    }
    if (check->text[check->at] == '.') {
        check->at++;
        if (digits(check) == 0) {
            return fail_unexpected(check, "Decimal point not followed by a digit");
        }
    }
    if (check->text[check->at] == 'e' || check->text[check->at] == 'E') {
        exponent = true;
        check->at++;
        check->at += check->text[check->at] == '-' || check->text[check->at] == '+';
        if (digits(check) == 0) {
            return fail_unexpected(check, "Exponent indicator not followed by a digit");
        }
    }
    return check_magnitude(check, start, exponent);
}

static int check_word(struct check *check)
{
    static const char *const words[] = {"true", "false", "null"};
    const char *word = check->text + check->at;
    size_t length = 0;
    while (isalnum((unsigned char)word[length]) || word[length] == '_' || word[length] == '$') {
        length++;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (length == strlen(words[i]) && memcmp(word, words[i], length) == 0) {
            check->at += length;
            return 0;
        }
    }
    if (length == 0 || isdigit((unsigned char)word[0])) {
        return fail_unexpected(check, "expected a valid value " EXPECTED_VALUE);
    }
    return fail(check, check->at, "Unrecognized token '%.*s': was expecting " EXPECTED_VALUE,
                (int)(length < 64 ? length : 64), word);
}

/* ---- containers ---- */

static enum state open_container(struct check *check, bool object)
{
    if (check->depth >= check->max_depth) {
        fail(check, check->at, "Document nesting depth (%zu) exceeds the maximum allowed (%zu)",
             check->depth + 1, check->max_depth);
        return FAILED;
    }
    check->levels[check->depth++] =
        (struct level){.object = object, .offset = check->at, .key_base = check->keys.count};
    check->at++;
    return object ? KEY_OR_END : VALUE_OR_END;
}

static int check_duplicates(struct check *check, const struct level *level)
{
    const struct inf_json_key *key = inf_json_keys_duplicate(&check->keys, level->key_base);
    if (!key) {
        return 0;
    }
    int shown = (int)inf_utf8_cut(key->bytes, key->length, 128);
    return fail(check, key->offset, "Duplicate field '%.*s'", shown, key->bytes);
}

static enum state close_container(struct check *check)
{
    const struct level *level = &check->levels[check->depth - 1];
    if (level->object) {
        if (check_duplicates(check, level)) {
            return FAILED;
        }
        inf_json_keys_pop(&check->keys, level->key_base);
    }
    check->at++;
    check->depth--;
    return check->depth > 0 ? AFTER_VALUE : DONE;
}

/* ---- the walk ---- */

static void skip_blanks(struct check *check)
{
    check->at = inf_json_skip_blanks(check->text, check->at);
}

static enum state step_value(struct check *check)
{
    char c = check->text[check->at];
    bool escaped;
    int failed;
    if (++check->values > check->max_values) {
        fail(check, check->at, "Document has more than the maximum allowed %zu values",
             check->max_values);
        return FAILED;
    }
    if (c == '{' || c == '[') {
        return open_container(check, c == '{');
    }
    if (c == '"') {
        failed = check_string(check, &escaped);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        failed = check_number(check);
    } else {
        failed = check_word(check);
    }
    if (failed) {
        return FAILED;
    }
    return check->depth > 0 ? AFTER_VALUE : DONE;
}

static enum state step_key(struct check *check)
{
    size_t start = check->at;
    bool escaped;
    if (check->text[start] != '"') {
        fail_unexpected(check, "was expecting double-quote to start field name");
        return FAILED;
    }
    if (check_string(check, &escaped)) {
        return FAILED;
    }
    size_t length = check->at - start - 2;
    if (inf_json_keys_push(&check->keys, check->text, start, length, escaped)) {
        fail_memory(check);
        return FAILED;
    }
    skip_blanks(check);
    if (check->text[check->at] != ':') {
        fail_unexpected(check, "was expecting a colon to separate field name and value");
        return FAILED;
    }
    check->at++;
    return VALUE;
}

static enum state step_after_value(struct check *check)
{
    bool object = check->levels[check->depth - 1].object;
    char c = check->text[check->at];
    if (c == (object ? '}' : ']')) {
        return close_container(check);
    }
    if (c != ',') {
        fail_unexpected(check, object ? "was expecting comma to separate Object entries"
                                      : "was expecting comma to separate Array entries");
        return FAILED;
    }
    check->at++;
    return object ? KEY : VALUE;
}

static enum state step(struct check *check, enum state state)
{
    char c = check->text[check->at];
    switch (state) {
    case VALUE_OR_END:
        return c == ']' ? close_container(check) : step_value(check);
    case VALUE:
        return step_value(check);
    case KEY_OR_END:
        return c == '}' ? close_container(check) : step_key(check);
    case KEY:
        return step_key(check);
    default:
        return step_after_value(check);
    }
}

static int check_document(struct check *check)
{
    enum state state = VALUE;
    while (state != DONE && state != FAILED) {
        skip_blanks(check);
        if (check->at >= check->length) {
            return fail_end_of_input(check);
        }
        state = step(check, state);
    }
    if (state == FAILED) {
        return -1;
    }
    skip_blanks(check);
    if (check->at < check->length) {
        return fail_unexpected(check, "expected end-of-input after the JSON value");
    }
    return 0;
}

static size_t limit(size_t asked, size_t otherwise, size_t cap)
{
    size_t chosen = asked ? asked : otherwise;
    return chosen < cap ? chosen : cap;
}

int inf_json_check(const char *text, size_t length, const struct inf_json_limits *limits,
                   struct inf_json_spans *ret_large, struct inf_error *err)
{
    struct inf_json_limits asked = limits ? *limits : (struct inf_json_limits){0};
    struct check check;
    memset(&check, 0, offsetof(struct check, levels)); /* the levels are written before read */
    check.keys = (struct inf_json_keys){0};
    check.text = text;
    check.length = length;
    check.max_depth = limit(asked.max_depth, DEFAULT_DEPTH, INF_JSON_DEPTH_CAP);
    check.max_values = limit(asked.max_values, DEFAULT_VALUES, SIZE_MAX);
    check.large = ret_large;
    check.err = err;
    int result = check_document(&check);
    inf_json_keys_pop(&check.keys, 0);
    free(check.keys.items);
    return result;
}
