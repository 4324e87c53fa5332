/* invariants.h - what holds of every encoding, whatever the tokenizer, settings and text. A
 * violation aborts the process with a line that says which it was. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FUZZ_INVARIANTS_H
#define INFERD_FUZZ_INVARIANTS_H

#include "inferd/tokenize.h"
#include "must.h"

/* One text (count is 0), or one with each of `count` others. */
struct input {
    const struct inf_tokenizer *tokenizer;
    const struct inf_tokenization *settings;
    struct inf_text first;
    const struct inf_text *seconds;
    size_t count;
};

/* Encodes and checks all: the tensors, the offsets, that the rows are made of the texts' tokens as
 * truncation and windows promise, and that several pairs are each pair by itself. */
void invariants_check(const struct input *input);

/* Checks that an error says what is wrong. */
void invariants_error(const struct inf_error *err);

#endif
