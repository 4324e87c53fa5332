/* settings.c - the `tokenization` object: parsed with defaults, updated by a request, written back.
 *
 * All tokenizers share these settings (compatibility 10.1). The rules between settings are checked
 * on the values that will be used, so {"span":128} alone is refused: the default truncate
 * contradicts it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/fields.h"
#include "kind.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_MAX_SEQUENCE_LENGTH 512
#define QUICK_BYTES 4096
#define SLOW_QUICK_BYTES 256

static const char *const truncate_names[] = {[INF_TRUNCATE_FIRST] = "first",
                                             [INF_TRUNCATE_SECOND] = "second",
                                             [INF_TRUNCATE_NONE] = "none",
                                             [INF_TRUNCATE_BALANCED] = "balanced",
                                             [INF_TRUNCATE_ERROR] = "error"};
#define MEMBERS "do_lower_case", "with_special_tokens", "max_sequence_length", "truncate", "span"
static const char *const plain_members[] = {MEMBERS, NULL};
static const char *const prefix_members[] = {MEMBERS, "add_prefix_space", NULL};
static const char *const all_members[] = {
    MEMBERS,     "add_prefix_space", "unk_token",  "pad_token",
    "bos_token", "eos_token",        "mask_token", NULL};
/* Of the members only these may be in an update; what else a tokenizer has was built into it when
 * it was loaded. */
static const char *const update_members[] = {"truncate", "span", NULL};
/* The members that spell a special token, where a row has such. */
static const char *const special_members[INF_SPECIALS] = {"unk_token", "pad_token", "bos_token",
                                                          "eos_token", "mask_token"};
#define TRUNCATES (sizeof truncate_names / sizeof *truncate_names)

/* The name as Java's enum spells it in its complaint: trimmed and in upper case. A long one is cut
 * between two characters. */
static int unknown_truncate(const char *text, size_t length, struct inf_error *err)
{
    char upper[64];
    size_t kept = inf_utf8_cut(text, length, sizeof upper - 1);
    for (size_t i = 0; i < kept; i++) {
        upper[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - ('a' - 'A') : text[i]);
    }
    upper[kept] = '\0';
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "No enum constant org.elasticsearch.xpack.core.ml.inference.trainedmodel."
                         "Tokenization.Truncate.%s",
                         upper);
}

static int parse_truncate(const struct inf_fields *fields, const struct cJSON *member,
                          enum inf_truncate *ret, struct inf_error *err)
{
    const char *text = NULL;
    if (inf_fields_string(fields, member, &text, err) != 0) {
        return -1;
    }
    text += strspn(text, " \t\r\n");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1])) {
        length--;
    }
    for (size_t i = 0; i < TRUNCATES; i++) {
        if (strlen(truncate_names[i]) == length &&
            strncasecmp(text, truncate_names[i], length) == 0) {
            *ret = (enum inf_truncate)i;
            return 0;
        }
    }
    unknown_truncate(text, length, err);
    return inf_fields_failed(fields, inf_json_key(member), err);
}

static int check(const struct inf_tokenization *t, struct inf_error *err)
{
    if (t->max_sequence_length <= 0) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "[max_sequence_length] must be positive");
    }
    if (t->span < -1) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "[span] must be non-negative to indicate span length or [-1] to "
                             "indicate no windowing should occur");
    }
    if (t->span > t->max_sequence_length) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "[span] provided [%d] must not be greater than [max_sequence_length] "
                             "provided [%d]",
                             t->span, t->max_sequence_length);
    }
    if (t->span != -1 && t->truncate != INF_TRUNCATE_NONE) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "[span] must not be provided when [truncate] is [%s]",
                             truncate_names[t->truncate]);
    }
    return 0;
}

static int parse_lower_case(const struct inf_fields *fields, const struct cJSON *member,
                            struct inf_tokenization *ret, struct inf_error *err)
{
    if (inf_fields_bool(fields, member, &ret->do_lower_case, err) != 0) {
        return -1;
    }
    if (!ret->do_lower_case || !ret->kind->cased) {
        return 0;
    }
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                  "unable to set [do_lower_case] to [true] for %s tokenizer", ret->kind->name);
    return inf_fields_failed(fields, inf_json_key(member), err);
}

/* A blank spelling means the default one. */
static int parse_special(const struct inf_fields *fields, const struct cJSON *member,
                         enum inf_special special, struct inf_tokenization *ret,
                         struct inf_error *err)
{
    const char *text = NULL;
    if (inf_fields_string(fields, member, &text, err) != 0) {
        return -1;
    }
    size_t length = strlen(text);
    if (length >= INF_SPECIAL_MAX) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "[%s] must be at most %d bytes long; it has [%zu]", inf_json_key(member),
                      INF_SPECIAL_MAX - 1, length);
        return inf_fields_failed(fields, inf_json_key(member), err);
    }
    if (text[strspn(text, " \t\r\n")] != '\0') {
        memcpy(ret->special[special], text, length + 1);
    }
    return 0;
}

/* What not every tokenizer has. */
static int parse_own_member(const struct inf_fields *fields, const struct cJSON *member,
                            struct inf_tokenization *ret, struct inf_error *err)
{
    const char *key = inf_json_key(member);
    if (ret->kind->has_prefix_space && strcmp(key, "add_prefix_space") == 0) {
        return inf_fields_bool(fields, member, &ret->add_prefix_space, err);
    }
    for (int i = 0; ret->kind->has_own_specials && i < INF_SPECIALS; i++) {
        if (strcmp(key, special_members[i]) == 0) {
            return parse_special(fields, member, (enum inf_special)i, ret, err);
        }
    }
    return inf_fields_unknown(fields, key, err);
}

static int parse_member(const struct inf_fields *fields, const struct cJSON *member,
                        struct inf_tokenization *ret, struct inf_error *err)
{
    const char *key = inf_json_key(member);
    if (strcmp(key, "do_lower_case") == 0) {
        return parse_lower_case(fields, member, ret, err);
    }
    if (strcmp(key, "with_special_tokens") == 0) {
        return inf_fields_bool(fields, member, &ret->with_special_tokens, err);
    }
    if (strcmp(key, "max_sequence_length") == 0) {
        return inf_fields_int(fields, member, &ret->max_sequence_length, err);
    }
    if (strcmp(key, "truncate") == 0) {
        return parse_truncate(fields, member, &ret->truncate, err);
    }
    if (strcmp(key, "span") == 0) {
        return inf_fields_int(fields, member, &ret->span, err);
    }
    return parse_own_member(fields, member, ret, err);
}

static const char *const *members_of(const struct inf_tokenizer_kind *kind)
{
    if (kind->has_own_specials) {
        return all_members;
    }
    return kind->has_prefix_space ? prefix_members : plain_members;
}

static void set_kind(struct inf_tokenization *t, const struct inf_tokenizer_kind *kind)
{
    t->kind = kind;
    for (int i = 0; i < INF_SPECIALS; i++) {
        snprintf(t->special[i], sizeof t->special[i], "%s", kind->special[i]);
    }
}

int inf_tokenization_parse(const struct cJSON *object, const struct inf_json *doc, const char *path,
                           struct inf_tokenization *ret, struct inf_error *err)
{
    struct inf_tokenization t = {.with_special_tokens = true,
                                 .max_sequence_length = DEFAULT_MAX_SEQUENCE_LENGTH,
                                 .truncate = INF_TRUNCATE_FIRST,
                                 .span = -1};
    struct inf_fields outer = {.doc = doc, .path = path, .parser = "trained_model_config"};
    const struct inf_tokenizer_kind *kind = NULL;
    const struct cJSON *named = NULL;
    char parser[64];
    char inner_path[256];
    set_kind(&t, inf_tokenizer_kind_find("bert"));
    if (!object) {
        *ret = t;
        return 0;
    }
    if (inf_fields_named(&outer, object, "tokenization", &named, err) != 0) {
        return -1;
    }
    kind = inf_tokenizer_kind_find(inf_json_key(named));
    if (!kind) {
        return inf_fields_unknown_name(&outer, inf_json_key(named), err);
    }
    set_kind(&t, kind);
    snprintf(parser, sizeof parser, "%s_tokenization", t.kind->name);
    snprintf(inner_path, sizeof inner_path, "%s.%s", path, t.kind->name);
    struct inf_fields fields = {
        .doc = doc, .path = inner_path, .parser = parser, .known = members_of(kind)};
    for (const struct cJSON *m = inf_json_first(named); m; m = inf_json_next(m)) {
        if (parse_member(&fields, m, &t, err) != 0) {
            return -1;
        }
    }
    if (check(&t, err) != 0) {
        return -1;
    }
    *ret = t;
    return 0;
}

static int parse_update(const struct inf_fields *fields, const struct cJSON *object,
                        struct inf_tokenization *ret, struct inf_error *err)
{
    bool truncate_given = false;
    bool span_given = false;
    for (const struct cJSON *m = inf_json_first(object); m; m = inf_json_next(m)) {
        const char *key = inf_json_key(m);
        bool truncate = strcmp(key, "truncate") == 0;
        if (!truncate && strcmp(key, "span") != 0) {
            return inf_fields_unknown(fields, key, err);
        }
        if (parse_member(fields, m, ret, err) != 0) {
            return -1;
        }
        *(truncate ? &truncate_given : &span_given) = true;
    }
    if (truncate_given && !span_given && ret->truncate != INF_TRUNCATE_NONE) {
        ret->span = -1;
    }
    return check(ret, err);
}

int inf_tokenization_update(const struct inf_tokenization *base, const struct cJSON *update,
                            struct inf_tokenization *ret, struct inf_error *err)
{
    struct inf_tokenization t = *base;
    struct inf_fields fields = {
        .path = "", .parser = "tokenization_update", .known = update_members};
    const struct inf_tokenizer_kind *kind = NULL;
    const struct cJSON *named = NULL;
    char parser[64];
    if (inf_fields_named(&fields, update, "tokenization", &named, err) != 0) {
        return -1;
    }
    kind = inf_tokenizer_kind_find(inf_json_key(named));
    if (!kind) {
        return inf_fields_unknown_name(&fields, inf_json_key(named), err);
    }
    if (kind != base->kind) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Tokenization update of type [%s_update] can not be applied to "
                             "tokenization of type [%s]",
                             kind->name, base->kind->name);
    }
    snprintf(parser, sizeof parser, "%s_tokenization_update", kind->name);
    fields.parser = parser;
    if (parse_update(&fields, named, &t, err) != 0) {
        return -1;
    }
    *ret = t;
    return 0;
}

void inf_tokenization_write(const struct inf_tokenization *tokenization, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, tokenization->kind->name);
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_bool(w, "do_lower_case", tokenization->do_lower_case);
    inf_jsonw_kv_bool(w, "with_special_tokens", tokenization->with_special_tokens);
    inf_jsonw_kv_int(w, "max_sequence_length", tokenization->max_sequence_length);
    inf_jsonw_kv_string(w, "truncate", truncate_names[tokenization->truncate]);
    inf_jsonw_kv_int(w, "span", tokenization->span);
    if (tokenization->kind->has_prefix_space) {
        inf_jsonw_kv_bool(w, "add_prefix_space", tokenization->add_prefix_space);
    }
    for (int i = 0; tokenization->kind->has_own_specials && i < INF_SPECIALS; i++) {
        inf_jsonw_kv_string(w, special_members[i], tokenization->special[i]);
    }
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

size_t inf_tokenization_quick_bytes(const struct inf_tokenization *tokenization)
{
    return tokenization->kind->slow ? SLOW_QUICK_BYTES : QUICK_BYTES;
}

const char *inf_tokenization_name(const struct inf_tokenization *tokenization)
{
    return tokenization->kind->name;
}
