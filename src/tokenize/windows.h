/* windows.h - which tokens go into which row of a model's input (compatibility 10.4).
 *
 * Thread: none (plain data). Bound: rows x the longest row <= INF_ENCODING_POSITIONS_MAX. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_WINDOWS_H
#define INFERD_TOKENIZE_WINDOWS_H

#include "kind.h"

/* A stretch of a token list. */
struct inf_slice {
    size_t start, count;
};

struct inf_row {
    struct inf_slice first, second; /* second is empty when there is one text only */
    size_t pair;                    /* whose second text it is */
};

struct inf_layout {
    struct inf_row *rows;
    size_t count, capacity;
    size_t longest; /* positions, special tokens included */
    size_t extra;   /* special tokens of each row */
    bool pair;
    bool truncated;
    size_t tokens; /* of the longest input before truncation, special tokens included */
};

/* How many tokens of a text the layout can use: the limit for its list, before it is filled. */
size_t inf_layout_limit(const struct inf_tokenization *settings);

/* Lays out one text, or adds a pair to a layout, which begins zeroed. The caller frees with
 * inf_layout_free, also after a failure. */
int inf_layout_single(const struct inf_tokenization *settings, const struct inf_token_list *list,
                      struct inf_layout *ret, struct inf_error *err);
int inf_layout_pair(const struct inf_tokenization *settings, const struct inf_token_list *first,
                    const struct inf_token_list *second, size_t pair, struct inf_layout *ret,
                    struct inf_error *err);
void inf_layout_free(struct inf_layout *layout);

#endif
