/* fuzz_vocabulary.c - tokenizers made of arbitrary vocabularies, which then encode a few texts.
 *
 * Input in one of two forms. JSON: a tokenization object, a line end, the vocabulary body. Or, as a
 * fuzzer seldom finds its way through JSON: a byte that picks one of FUZZ_TOKENIZERS, one of flags,
 * and tokens, one a line, to which the special ones are added; a token's score is made of its last
 * byte, and one with a blank inside is a merge as well. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "invariants.h"
#include "material.h"

#include <string.h>

enum { FLAG_MEMBER = 3, FLAG_NO_SPECIALS = 4, FLAG_SCORES_SHORT = 8 };

static const char *const members[] = {NULL, "do_lower_case", "add_prefix_space", NULL};
static const char *const fixed_texts[] = {
    "", " ", "The quick brown fox, isn't it?  12 aaaaaaaa abababab",
    "un<mask>able [MASK] a\xcc\x81\xcc\xa7 \xe4\xb8\xad\xe6\x96\x87 \xef\xac\x81 "
    "\xf0\x9f\x98\x80\n",
    "\xe6\x9d\xb1\xe4\xba\xac\xe3\x82\xbf\xe3\x83\xaf\xe3\x83\xbc\xe3\x81\xa7\xe3\x81\x99\xe3\x80"
    "\x82"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- what a tokenizer must do, whatever it was made of ---- */

static void check_spelling(const struct inf_tokenizer *tokenizer)
{
    size_t tokens = inf_tokenizer_size(tokenizer);
    for (size_t id = 0; id < tokens; id++) {
        const char *token = inf_tokenizer_token(tokenizer, (int32_t)id);
        struct inf_buf spelt;
        MUST(token && inf_tokenizer_id(tokenizer, token) < (int32_t)tokens);
        inf_buf_init(&spelt, 1 << 20);
        inf_tokenizer_spell(tokenizer, (int32_t)id, &spelt);
        MUST(!spelt.failed);
        inf_buf_free(&spelt);
    }
    MUST(!inf_tokenizer_token(tokenizer, -1) && !inf_tokenizer_token(tokenizer, (int32_t)tokens));
    MUST(inf_tokenizer_memory(tokenizer) > 0);
}

static void check_texts(const struct inf_tokenizer *tokenizer, const struct inf_tokenization *used,
                        struct inf_text own)
{
    struct input input = {.tokenizer = tokenizer, .settings = used, .first = own};
    invariants_check(&input);
    for (size_t i = 0; i < sizeof fixed_texts / sizeof *fixed_texts; i++) {
        input.first = (struct inf_text){fixed_texts[i], strlen(fixed_texts[i])};
        invariants_check(&input);
    }
    input.seconds = &own;
    input.count = 1;
    invariants_check(&input);
}

static void check_tokenizer(const struct inf_tokenization *settings, const struct cJSON *body,
                            struct inf_text own)
{
    struct inf_tokenizer *tokenizer = NULL;
    struct inf_error err = {0};
    if (inf_vocabulary_check(settings, "fuzzed", body, &err) != 0 ||
        inf_tokenizer_new(settings, body, &tokenizer, &err) != 0) {
        invariants_error(&err);
        return;
    }
    check_spelling(tokenizer);
    check_texts(tokenizer, settings, own);
    inf_tokenizer_free(tokenizer);
}

/* ---- a tokenization object and a body in JSON ---- */

/* All tokens one after the other. */
static void join(const struct cJSON *vocabulary, struct inf_buf *out)
{
    for (const struct cJSON *t = inf_json_first(vocabulary); t; t = inf_json_next(t)) {
        inf_buf_puts(out, inf_json_is_string(t) ? inf_json_string(t) : "");
    }
}

static void use_body(const struct inf_tokenization *settings, const char *text, size_t length)
{
    struct inf_json json = {0};
    struct inf_error err = {0};
    struct inf_buf own;
    if (inf_json_parse(text, length, NULL, &json, &err) != 0) {
        return;
    }
    inf_buf_init(&own, 1 << 20);
    join(inf_json_get(json.root, "vocabulary"), &own);
    check_tokenizer(settings, json.root, (struct inf_text){own.data ? own.data : "", own.length});
    inf_buf_free(&own);
    inf_json_free(&json);
}

static void use_json(const char *text, size_t size)
{
    const char *line_end = memchr(text, '\n', size);
    size_t first = line_end ? (size_t)(line_end - text) : size;
    struct inf_tokenization settings;
    struct inf_json json = {0};
    struct inf_error err = {0};
    bool parsed = line_end && inf_json_parse(text, first, NULL, &json, &err) == 0 &&
                  inf_tokenization_parse(json.root, &json, "", &settings, &err) == 0;
    inf_json_free(&json);
    if (parsed) {
        use_body(&settings, line_end + 1, size - first - 1);
    }
}

/* ---- lines ---- */

/* Calls put for each line; the lines are cut in place. */
static void each_line(const struct inf_buf *lines, struct inf_jsonw *w,
                      void (*put)(struct inf_jsonw *w, const char *line, size_t length))
{
    size_t from = 0;
    while (from < lines->length) {
        const char *end = memchr(lines->data + from, '\n', lines->length - from);
        size_t to = end ? (size_t)(end - lines->data) : lines->length;
        put(w, lines->data + from, to - from);
        from = to + 1;
    }
}

static void put_merge(struct inf_jsonw *w, const char *line, size_t length)
{
    if (length > 2 && memchr(line + 1, ' ', length - 2)) {
        inf_jsonw_string_n(w, line, length);
    }
}

static void put_score(struct inf_jsonw *w, const char *line, size_t length)
{
    inf_jsonw_double(w, length ? -(double)(line[length - 1] & 0x1f) / 2 : 0);
}

static void put_lines(const struct inf_tokenization *settings, const struct inf_buf *lines,
                      bool scores_short, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "vocabulary");
    inf_jsonw_begin_array(w);
    each_line(lines, w, inf_jsonw_string_n);
    for (int i = 0; i < INF_SPECIALS; i++) {
        inf_jsonw_string(w, settings->special[i]);
    }
    inf_jsonw_end_array(w);
    inf_jsonw_key(w, "merges");
    inf_jsonw_begin_array(w);
    each_line(lines, w, put_merge);
    inf_jsonw_end_array(w);
    inf_jsonw_key(w, "scores");
    inf_jsonw_begin_array(w);
    each_line(lines, w, put_score);
    for (int i = scores_short ? 1 : 0; i < INF_SPECIALS; i++) {
        inf_jsonw_double(w, -i);
    }
    inf_jsonw_end_array(w);
    inf_jsonw_end_object(w);
}

/* The name that a byte picks. */
static void pick(uint8_t byte, char *name, size_t size)
{
    static const char names[] = FUZZ_TOKENIZERS;
    int count = 1;
    const char *at = names;
    for (const char *c = names; *c; c++) {
        count += *c == ' ';
    }
    for (int skip = byte % count; skip > 0; skip--) {
        at = strchr(at, ' ') + 1;
    }
    snprintf(name, size, "%.*s", (int)strcspn(at, " "), at);
}

static void use_lines(const uint8_t *data, size_t size)
{
    struct inf_tokenization settings;
    struct inf_buf lines;
    struct inf_buf body;
    struct inf_jsonw w;
    char name[64];
    pick(data[0], name, sizeof name);
    settings = material_settings(name, members[data[1] & FLAG_MEMBER]);
    settings.with_special_tokens = !(data[1] & FLAG_NO_SPECIALS);
    inf_buf_init(&lines, 1 << 20);
    inf_buf_init(&body, 1 << 22);
    material_text(data + 2, size - 2, &lines);
    inf_jsonw_init(&w, &body);
    put_lines(&settings, &lines, data[1] & FLAG_SCORES_SHORT, &w);
    MUST(!body.failed);
    use_body(&settings, body.data, body.length);
    inf_buf_free(&lines);
    inf_buf_free(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return -1;
    }
    if (data[0] == '{') {
        use_json((const char *)data, size);
    } else {
        use_lines(data, size);
    }
    return 0;
}
