/* pattern.c - regular expressions over PCRE2. */
/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pattern.h"

#include "inferd/alloc.h"
#include <ctype.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_LIMIT = 10000, HEAP_LIMIT_KB = 16 * 1024, SEARCHES_MAX = 1000000 };

struct inf_pattern {
    pcre2_code *code;
    pcre2_match_context *context;
    pcre2_match_data *data;
    char *text;
};

/* Like Java's find(): the matches of a text, one after the other. */
struct search {
    const struct inf_pattern *pattern;
    const char *text;
    size_t length, at; /* where the next search begins */
    size_t begin, end; /* of the match */
    int count;         /* searches so far */
};

struct inf_pattern *inf_pattern_new(const char *text, struct inf_error *err)
{
    struct inf_pattern *pattern;
    PCRE2_UCHAR message[128];
    PCRE2_SIZE offset;
    pcre2_code *code;
    int number;

    if (strlen(text) > INF_PATTERN_MAX) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "a pattern of [%zu] bytes is longer than [%d]",
                      strlen(text), INF_PATTERN_MAX);
        return NULL;
    }
    code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                         PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &number, &offset, NULL);
    if (code == NULL) {
        pcre2_get_error_message(number, message, sizeof message);
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "Invalid regex pattern [%.300s]: %s near index %zu", text,
                      (const char *)message, offset);
        return NULL;
    }
    pattern = inf_alloc(1, sizeof *pattern);
    pattern->code = code;
    pattern->text = inf_strdup(text);
    pattern->context = pcre2_match_context_create(NULL);
    pattern->data = pcre2_match_data_create_from_pattern(code, NULL);
    if (pattern->context == NULL || pattern->data == NULL)
        inf_alloc_failed();
    pcre2_set_match_limit(pattern->context, INF_PATTERN_STEPS);
    pcre2_set_depth_limit(pattern->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(pattern->context, HEAP_LIMIT_KB);
    return pattern;
}

void inf_pattern_free(struct inf_pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_match_data_free(pattern->data);
    pcre2_match_context_free(pattern->context);
    pcre2_code_free(pattern->code);
    free(pattern->text);
    free(pattern);
}

/* 1: found, 0: none is left, -1 with err. The texts come from JSON, whose reader lets well-formed
 * UTF-8 in only, so that it need not be checked again for each match. */
static int next(struct search *search, struct inf_error *err)
{
    const struct inf_pattern *pattern = search->pattern;
    const PCRE2_SIZE *place = pcre2_get_ovector_pointer(pattern->data);
    int rc;

    if (search->at > search->length)
        return 0;
    rc = pcre2_match(pattern->code, (PCRE2_SPTR)search->text, search->length, search->at,
                     PCRE2_NO_UTF_CHECK, pattern->data, pattern->context);
    if (rc == PCRE2_ERROR_NOMATCH)
        return 0;
    if (rc < 0 || ++search->count > SEARCHES_MAX)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "the pattern [%.300s] takes more than [%d] steps with this text of "
                             "[%zu] bytes",
                             pattern->text, INF_PATTERN_STEPS, search->length);
    search->begin = place[0];
    search->end = place[1] > place[0] ? place[1] : place[0];
    search->at = search->end;
    if (search->end == search->begin)
        do
            search->at++;
        while (search->at < search->length && (search->text[search->at] & 0xc0) == 0x80);
    return 1;
}

/* ---- replacing ---- */

static void put_group(const struct search *search, unsigned group, struct inf_buf *out)
{
    const PCRE2_SIZE *place = pcre2_get_ovector_pointer(search->pattern->data);

    if (group < pcre2_get_ovector_count(search->pattern->data) && place[2 * group] != PCRE2_UNSET)
        inf_buf_append(out, search->text + place[2 * group],
                       place[2 * group + 1] - place[2 * group]);
}

/* Behind "$"; what comes behind the reference, or NULL. */
static const char *put_reference(const struct search *search, const char *with, struct inf_buf *out)
{
    char name[33] = "";
    size_t length;
    int group;

    if (isdigit((unsigned char)*with)) {
        put_group(search, (unsigned)(*with - '0'), out);
        return with + 1;
    }
    length = *with == '{' ? strcspn(++with, "}") : sizeof name;
    if (length >= sizeof name || with[length] != '}')
        return NULL;
    memcpy(name, with, length);
    group = pcre2_substring_number_from_name(search->pattern->code, (PCRE2_SPTR)name);
    if (group < 0)
        return NULL;
    put_group(search, (unsigned)group, out);
    return with + length + 1;
}

static int put_replacement(const struct search *search, const char *with, struct inf_buf *out,
                           struct inf_error *err)
{
    for (const char *at = with; at != NULL && *at != '\0';) {
        size_t plain = strcspn(at, "$\\");

        inf_buf_append(out, at, plain);
        at += plain;
        if (*at == '$') {
            at = put_reference(search, at + 1, out);
            if (at == NULL)
                return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                     "Illegal group reference in the replacement [%.300s]", with);
        } else if (*at == '\\' && at[1] != '\0') {
            inf_buf_append(out, at + 1, 1);
            at += 2;
        } else if (*at == '\\') {
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                 "character to be escaped is missing");
        }
    }
    return 0;
}

int inf_pattern_replace(const struct inf_pattern *pattern, const char *text, const char *with,
                        struct inf_buf *out, struct inf_error *err)
{
    struct search search = {.pattern = pattern, .text = text, .length = strlen(text)};
    size_t done = 0;
    int rc;

    while ((rc = next(&search, err)) > 0 && !out->failed) {
        inf_buf_append(out, text + done, search.begin - done);
        if (put_replacement(&search, with, out, err) != 0)
            return -1;
        done = search.end;
    }
    if (rc < 0)
        return -1;
    inf_buf_append(out, text + done, search.length - done);
    return out->failed
               ? inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                               "what comes of the replacement is longer than [%zu] bytes", out->max)
               : 0;
}

/* ---- splitting ---- */

int inf_pattern_split(const struct inf_pattern *pattern, const char *text,
                      int (*piece)(void *arg, const char *data, size_t length,
                                   struct inf_error *err),
                      void *arg, struct inf_error *err)
{
    struct search search = {.pattern = pattern, .text = text, .length = strlen(text)};
    size_t done = 0;
    int rc;

    while ((rc = next(&search, err)) > 0) {
        if (search.end == 0 || search.begin == search.length)
            continue; /* an empty match at the beginning or the end parts nothing, as in Java */
        if (piece(arg, text + done, search.begin - done, err) != 0)
            return -1;
        done = search.end;
    }
    return rc < 0 ? -1 : piece(arg, text + done, search.length - done, err);
}
