/* tokenize_fixture.h - what the unit tests of src/tokenize and src/task share: settings and small
 * tokenizers from JSON text. Every helper fails the test when it cannot do its work. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_FIXTURE_H
#define INFERD_TOKENIZE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/tokenize.h"
#include <string.h>

/* A vocabulary in which ids are easy to tell: specials 0-4, whole words 5-, pieces 10-. */
#define SMALL_VOCABULARY                                                                           \
    "{\"vocabulary\":[\"[PAD]\",\"[UNK]\",\"[CLS]\",\"[SEP]\",\"[MASK]\","                         \
    "\"a\",\"b\",\"c\",\"un\",\"\xe4\xb8\xad\",\"##able\",\"##aff\",\"##b\",\"##c\",\"!\",\"Up\"]" \
    "}"
enum { PAD, UNK, CLS, SEP, MASK, A, B, C, UN, ZHONG, ABLE, AFF, BB, CC, BANG, UP };

static inline struct inf_json json_of(const char *text)
{
    struct inf_json json = {0};
    struct inf_error err = {0};
    if (inf_json_parse(text, strlen(text), NULL, &json, &err) != 0) {
        fail_msg("%s: %s", text, err.reason);
    }
    return json;
}

static inline struct inf_tokenization tokenization_of(const char *text)
{
    struct inf_json json = json_of(text);
    struct inf_tokenization tokenization;
    struct inf_error err = {0};
    if (inf_tokenization_parse(json.root, &json, "", &tokenization, &err) != 0) {
        fail_msg("%s: %s", text, err.reason);
    }
    inf_json_free(&json);
    return tokenization;
}

static inline struct inf_tokenizer *tokenizer_of(const struct inf_tokenization *tokenization,
                                                 const char *vocabulary)
{
    struct inf_json json = json_of(vocabulary);
    struct inf_tokenizer *tokenizer = NULL;
    struct inf_error err = {0};
    if (inf_tokenizer_new(tokenization, json.root, &tokenizer, &err) != 0) {
        fail_msg("%s", err.reason);
    }
    inf_json_free(&json);
    return tokenizer;
}

#endif
