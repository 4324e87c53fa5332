/* fuzz_tokenization.c - the settings of tokenizers as a client writes them: parsed, updated,
 * written and parsed again.
 *
 * Input: the JSON of a tokenization object, a line end, the JSON of an update. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "invariants.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the rules between settings promise of every parsed object. */
static void check_settings(const struct inf_tokenization *t)
{
    MUST(t->kind && t->max_sequence_length > 0);
    MUST(t->span >= -1 && t->span <= t->max_sequence_length);
    MUST(t->span == -1 || t->truncate == INF_TRUNCATE_NONE);
    MUST(t->truncate >= INF_TRUNCATE_FIRST && t->truncate <= INF_TRUNCATE_ERROR);
    for (int i = 0; i < INF_SPECIALS; i++) {
        MUST(memchr(t->special[i], '\0', sizeof t->special[i]) && t->special[i][0] != '\0');
        MUST(inf_utf8_valid(t->special[i], strlen(t->special[i])));
    }
}

static void check_same(const struct inf_tokenization *a, const struct inf_tokenization *b)
{
    MUST(a->kind == b->kind && a->do_lower_case == b->do_lower_case);
    MUST(a->with_special_tokens == b->with_special_tokens);
    MUST(a->add_prefix_space == b->add_prefix_space);
    MUST(a->max_sequence_length == b->max_sequence_length);
    MUST(a->truncate == b->truncate && a->span == b->span);
    for (int i = 0; i < INF_SPECIALS; i++) {
        MUST(strcmp(a->special[i], b->special[i]) == 0);
    }
}

static bool parse(const char *text, size_t length, struct inf_tokenization *ret)
{
    struct inf_json json = {0};
    struct inf_error err = {0};
    bool parsed = false;
    if (inf_json_parse(text, length, NULL, &json, &err) != 0) {
        return false;
    }
    parsed = inf_tokenization_parse(json.root, &json, "", ret, &err) == 0;
    if (!parsed) {
        invariants_error(&err);
    }
    inf_json_free(&json);
    return parsed;
}

static void check_round_trip(const struct inf_tokenization *t)
{
    struct inf_tokenization again = {0};
    struct inf_buf text;
    struct inf_jsonw w;
    check_settings(t);
    inf_buf_init(&text, 1 << 16);
    inf_jsonw_init(&w, &text);
    inf_tokenization_write(t, &w);
    MUST(!text.failed && parse(text.data, text.length, &again));
    check_same(t, &again);
    inf_buf_free(&text);
}

/* An update changes truncate and span, nothing else. */
static void check_update(const struct inf_tokenization *base, const char *text, size_t length)
{
    struct inf_tokenization updated = {0};
    struct inf_json json = {0};
    struct inf_error err = {0};
    if (inf_json_parse(text, length, NULL, &json, &err) != 0) {
        return;
    }
    if (inf_tokenization_update(base, json.root, &updated, &err) == 0) {
        check_round_trip(&updated);
        updated.truncate = base->truncate;
        updated.span = base->span;
        check_same(base, &updated);
    } else {
        invariants_error(&err);
    }
    inf_json_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *line_end = size ? memchr(text, '\n', size) : NULL;
    size_t first = line_end ? (size_t)(line_end - text) : size;
    struct inf_tokenization settings;
    if (!parse(text, first, &settings)) {
        return 0;
    }
    check_round_trip(&settings);
    if (line_end) {
        check_update(&settings, line_end + 1, size - first - 1);
    }
    return 0;
}
