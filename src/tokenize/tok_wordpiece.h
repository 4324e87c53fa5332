/* tok_wordpiece.h - the splitter of the rows `bert` and `mpnet`: basic words cut into vocabulary
 * pieces. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_TOK_WORDPIECE_H
#define INFERD_TOKENIZE_TOK_WORDPIECE_H

#include "kind.h"

/* Each Chinese character becomes a word of its own. Thread: any. */
int inf_wordpiece_split(const struct inf_tokenizer *tokenizer, struct inf_text text,
                        struct inf_token_list *list, struct inf_error *err);

#endif
