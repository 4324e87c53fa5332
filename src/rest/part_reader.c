/* part_reader.c - a state machine over the bytes of one definition part.
 *
 * A part's body may have 100 MB. Read whole it would be held three times: as the body, as a JSON
 * tree and decoded. So the one long string is decoded where it stands, and only names and short
 * values are collected; those go through the strict JSON reader, which knows escapes, numbers and
 * UTF-8 already. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "part_reader.h"

#include "inferd/alloc.h"
#include "inferd/base64.h"
#include "inferd/json.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PARSER "put_trained_model_part_action"
#define SLICE 16384 /* base64 characters decoded at once */

enum state {
    BEFORE_OBJECT,
    FIRST_KEY,
    NEXT_KEY,
    IN_KEY,
    COLON,
    VALUE,
    IN_STRING, /* a short value in quotes */
    IN_BARE,   /* a number, true, false or null */
    IN_DEFINITION,
    IN_ESCAPE, /* in the definition, after a backslash */
    IN_HEX,    /* in the definition, after \u */
    AFTER_VALUE,
    AFTER_OBJECT
};

enum member { DEFINITION, TOTAL_DEFINITION_LENGTH, TOTAL_PARTS, MEMBER_COUNT };

static const char *const member_names[MEMBER_COUNT] = {"definition", "total_definition_length",
                                                       "total_parts"};

struct inf_part_reader {
    inf_part_sink sink;
    void *sink_arg;
    enum state state;
    enum member member;
    bool seen[MEMBER_COUNT];
    int64_t numbers[MEMBER_COUNT];
    struct inf_base64 decoder;
    /* Line breaks are legal between tokens only, so a column is a distance from the last of them.
     */
    int line;
    size_t offset, line_start;
    int key_line, key_column; /* where the present member's name began */
    char token[INF_PART_TOKEN_MAX + 1];
    size_t token_length;
    bool token_escape; /* its last byte was a backslash that escapes the next one */
    unsigned hex;
    int hex_digits;
};

struct inf_part_reader *inf_part_reader_new(inf_part_sink sink, void *arg)
{
    struct inf_part_reader *reader = inf_alloc(1, sizeof *reader);

    reader->sink = sink;
    reader->sink_arg = arg;
    reader->state = BEFORE_OBJECT;
    reader->line = 1;
    return reader;
}

void inf_part_reader_free(struct inf_part_reader *reader)
{
    free(reader);
}

/* ---- errors ---- */

static int column(const struct inf_part_reader *reader)
{
    return (int)(reader->offset - reader->line_start) + 1;
}

static int syntax_error(const struct inf_part_reader *reader, const char *what,
                        struct inf_error *err)
{
    inf_error_set(err, INF_ERR_X_CONTENT_PARSE, "[%d:%d] %s", reader->line, column(reader), what);
    return inf_error_cause(err, INF_ERR_JSON_PARSE, "%s", what);
}

static int unexpected(const struct inf_part_reader *reader, char c, const char *expected,
                      struct inf_error *err)
{
    int code = (unsigned char)c;

    if (code >= 0x20 && code < 0x7F)
        inf_error_set(err, INF_ERR_X_CONTENT_PARSE,
                      "[%d:%d] Unexpected character ('%c' (code %d)): was expecting %s",
                      reader->line, column(reader), c, code, expected);
    else
        inf_error_set(err, INF_ERR_X_CONTENT_PARSE,
                      "[%d:%d] Unexpected character (code %d): was expecting %s", reader->line,
                      column(reader), code, expected);
    return inf_error_cause(err, INF_ERR_JSON_PARSE, "was expecting %s", expected);
}

static int wrong_type(const struct inf_part_reader *reader, const char *token,
                      struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_X_CONTENT_PARSE,
                         "[%d:%d] [" PARSER "] %s doesn't support values of type: %s",
                         reader->key_line, reader->key_column, member_names[reader->member], token);
}

static int bad_base64(const struct inf_part_reader *reader, const char *what, struct inf_error *err)
{
    inf_error_set(err, INF_ERR_X_CONTENT_PARSE,
                  "[%d:%d] [" PARSER "] failed to parse field [definition]", reader->key_line,
                  reader->key_column);
    return inf_error_cause(err, INF_ERR_ILLEGAL_ARGUMENT, "[definition] is not valid base64: %s",
                           what);
}

/* ---- short tokens ---- */

static void token_begin(struct inf_part_reader *reader, enum state state)
{
    reader->token_length = 0;
    reader->token_escape = false;
    reader->state = state;
}

static int token_add(struct inf_part_reader *reader, char c, struct inf_error *err)
{
    if (reader->token_length == INF_PART_TOKEN_MAX)
        return syntax_error(reader, "a name or value is too long", err);
    reader->token[reader->token_length++] = c;
    return 0;
}

/* The token's text as JSON. The reader's own complaint counts lines within the token, so it is
 * replaced. */
static int token_parse(struct inf_part_reader *reader, struct inf_json *ret, struct inf_error *err)
{
    if (inf_json_parse_own(reader->token, reader->token_length, NULL, ret, err) == 0)
        return 0;
    if (err->code == INF_ERR_MEMORY)
        return -1;
    return syntax_error(reader, "Unrecognized token", err);
}

static int key_done(struct inf_part_reader *reader, struct inf_error *err)
{
    struct inf_json name;
    int rc = -1;

    if (token_parse(reader, &name, err) != 0)
        return -1;
    for (reader->member = 0; reader->member < MEMBER_COUNT; reader->member++)
        if (strcmp(inf_json_string(name.root), member_names[reader->member]) == 0)
            break;
    if (reader->member == MEMBER_COUNT)
        inf_error_set(err, INF_ERR_X_CONTENT_PARSE, "[%d:%d] [" PARSER "] unknown field [%s]",
                      reader->key_line, reader->key_column, inf_json_string(name.root));
    else if (reader->seen[reader->member])
        inf_error_set(err, INF_ERR_X_CONTENT_PARSE, "[%d:%d] Duplicate field '%s'",
                      reader->key_line, reader->key_column, member_names[reader->member]);
    else
        rc = 0;
    inf_json_free(&name);
    if (rc == 0)
        reader->seen[reader->member] = true;
    reader->state = COLON;
    return rc;
}

static int value_done(struct inf_part_reader *reader, struct inf_error *err)
{
    struct inf_json value;
    int rc;

    if (token_parse(reader, &value, err) != 0)
        return -1;
    if (reader->member == DEFINITION ||
        (!inf_json_is_number(value.root) && !inf_json_is_string(value.root))) {
        rc = wrong_type(reader, inf_json_token(value.root), err);
    } else {
        rc = inf_json_int64(value.root, &reader->numbers[reader->member], err);
        if (rc != 0)
            inf_error_wrap(err, INF_ERR_X_CONTENT_PARSE,
                           "[%d:%d] [" PARSER "] failed to parse field [%s]", reader->key_line,
                           reader->key_column, member_names[reader->member]);
    }
    inf_json_free(&value);
    reader->state = AFTER_VALUE;
    return rc;
}

/* A byte of a quoted token; the closing quote ends it. */
static int quoted_byte(struct inf_part_reader *reader, char c, struct inf_error *err)
{
    if (token_add(reader, c, err) != 0)
        return -1;
    if (reader->token_escape) {
        reader->token_escape = false;
        return 0;
    }
    reader->token_escape = c == '\\';
    if (c != '"')
        return 0;
    return reader->state == IN_KEY ? key_done(reader, err) : value_done(reader, err);
}

/* ---- the definition ---- */

static int decode(struct inf_part_reader *reader, const char *text, size_t length,
                  struct inf_error *err)
{
    uint8_t bytes[INF_BASE64_ROOM(SLICE)];

    while (length > 0) {
        size_t slice = length < SLICE ? length : SLICE, count;

        if (inf_base64_feed(&reader->decoder, text, slice, bytes, &count) != 0)
            return bad_base64(reader, "a character outside the alphabet, or misplaced padding",
                              err);
        if (count > 0 && reader->sink(reader->sink_arg, bytes, count, err) != 0)
            return -1;
        text += slice;
        length -= slice;
    }
    return 0;
}

/* Takes the run of plain characters at data, then the quote or backslash behind it. */
static int definition_run(struct inf_part_reader *reader, const char *data, size_t length,
                          size_t *ret_used, struct inf_error *err)
{
    size_t run = 0;

    while (run < length && data[run] != '"' && data[run] != '\\')
        run++;
    if (decode(reader, data, run, err) != 0)
        return -1;
    *ret_used = run;
    if (run == length)
        return 0;
    *ret_used = run + 1;
    reader->state = data[run] == '"' ? AFTER_VALUE : IN_ESCAPE;
    if (reader->state == AFTER_VALUE && inf_base64_end(&reader->decoder) != 0)
        return bad_base64(reader, "the last group of four characters is incomplete", err);
    return 0;
}

/* The one escape that can mean a base64 character besides \u: a solidus. */
static int escape_byte(struct inf_part_reader *reader, char c, struct inf_error *err)
{
    reader->state = IN_DEFINITION;
    if (c == 'u') {
        reader->state = IN_HEX;
        reader->hex = 0;
        reader->hex_digits = 0;
        return 0;
    }
    if (c == '/')
        return decode(reader, "/", 1, err);
    if (c != '\0' && strchr("\"\\bfnrt", c) != NULL)
        return bad_base64(reader, "a character outside the alphabet", err);
    return unexpected(reader, c, "an escape character", err);
}

static int hex_byte(struct inf_part_reader *reader, char c, struct inf_error *err)
{
    char decoded;

    if (!isxdigit((unsigned char)c))
        return unexpected(reader, c, "a hex-digit for character escape sequence", err);
    reader->hex = reader->hex << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    if (++reader->hex_digits < 4)
        return 0;
    reader->state = IN_DEFINITION;
    decoded = (char)(reader->hex < 0x80 ? reader->hex : 0);
    return decode(reader, &decoded, 1, err);
}

/* ---- the object around it ---- */

static int value_begin(struct inf_part_reader *reader, char c, struct inf_error *err)
{
    token_begin(reader, IN_STRING);
    if (c == '"' && reader->member == DEFINITION) {
        reader->state = IN_DEFINITION;
        return 0;
    }
    if (c == '"')
        return token_add(reader, c, err);
    if (c == '{' || c == '[')
        return wrong_type(reader, c == '{' ? "START_OBJECT" : "START_ARRAY", err);
    if (!isalnum((unsigned char)c) && c != '-')
        return unexpected(reader, c, "a valid value", err);
    reader->state = IN_BARE;
    return token_add(reader, c, err);
}

static int separator(struct inf_part_reader *reader, char c, struct inf_error *err)
{
    switch (reader->state) {
    case BEFORE_OBJECT:
        if (c != '{')
            return unexpected(reader, c, "an object", err);
        reader->state = FIRST_KEY;
        return 0;
    case FIRST_KEY:
        if (c == '}') {
            reader->state = AFTER_OBJECT;
            return 0;
        }
        /* fall through */
    case NEXT_KEY:
        if (c != '"')
            return unexpected(reader, c, "double-quote to start field name", err);
        reader->key_line = reader->line;
        reader->key_column = column(reader);
        token_begin(reader, IN_KEY);
        return token_add(reader, c, err);
    case COLON:
        if (c != ':')
            return unexpected(reader, c, "a colon to separate field name and value", err);
        reader->state = VALUE;
        return 0;
    case VALUE:
        return value_begin(reader, c, err);
    case AFTER_VALUE:
        if (c != ',' && c != '}')
            return unexpected(reader, c, "comma to separate Object entries", err);
        reader->state = c == ',' ? NEXT_KEY : AFTER_OBJECT;
        return 0;
    default:
        return unexpected(reader, c, "the end of the request body", err);
    }
}

static int structure_byte(struct inf_part_reader *reader, char c, struct inf_error *err)
{
    if (c == '\n') {
        reader->line++;
        reader->line_start = reader->offset + 1;
    }
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
        return 0;
    return separator(reader, c, err);
}

static int bare_byte(struct inf_part_reader *reader, char c, struct inf_error *err)
{
    if (c != ',' && c != '}' && c != ' ' && c != '\t' && c != '\r' && c != '\n')
        return token_add(reader, c, err);
    return value_done(reader, err) == 0 ? structure_byte(reader, c, err) : -1;
}

static int byte(struct inf_part_reader *reader, char c, struct inf_error *err)
{
    switch (reader->state) {
    case IN_KEY:
    case IN_STRING:
        return quoted_byte(reader, c, err);
    case IN_BARE:
        return bare_byte(reader, c, err);
    case IN_ESCAPE:
        return escape_byte(reader, c, err);
    case IN_HEX:
        return hex_byte(reader, c, err);
    default:
        return structure_byte(reader, c, err);
    }
}

int inf_part_reader_feed(struct inf_part_reader *reader, const char *data, size_t length,
                         struct inf_error *err)
{
    for (size_t i = 0; i < length;) {
        size_t used = 1;
        int rc = reader->state == IN_DEFINITION
                     ? definition_run(reader, data + i, length - i, &used, err)
                     : byte(reader, data[i], err);

        if (rc != 0)
            return -1;
        i += used;
        reader->offset += used;
    }
    return 0;
}

int inf_part_reader_end(struct inf_part_reader *reader, struct inf_part_fields *ret,
                        struct inf_error *err)
{
    if (reader->state == BEFORE_OBJECT)
        return inf_error_set(err, INF_ERR_PARSE, "request body is required");
    if (reader->state != AFTER_OBJECT)
        return syntax_error(reader, "Unexpected end-of-input", err);
    if (!reader->seen[DEFINITION])
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "[definition] must not be null.");
    ret->total_definition_length = reader->numbers[TOTAL_DEFINITION_LENGTH];
    ret->total_parts = reader->numbers[TOTAL_PARTS];
    return 0;
}
