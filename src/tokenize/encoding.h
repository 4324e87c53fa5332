/* encoding.h - from a layout and its tokens to a model's input tensors. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_ENCODING_H
#define INFERD_TOKENIZE_ENCODING_H

#include "windows.h"

/* seconds: a list a pair, as the layout numbers them; NULL for one text. On success the caller
 * frees with inf_encoding_free. Thread: any. */
int inf_encoding_new(const struct inf_tokenizer *tokenizer, const struct inf_layout *layout,
                     const struct inf_token_list *first, const struct inf_token_list *seconds,
                     struct inf_encoding *ret, struct inf_error *err);

#endif
