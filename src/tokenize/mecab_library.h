/* mecab_library.h - MeCab's functions, loaded when the first Japanese tokenizer is made.
 *
 * MeCab is C++ behind a C interface. Linked, it and the C++ library would take 1.7 MB of every
 * daemon, most of which never see a Japanese model. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_MECAB_LIBRARY_H
#define INFERD_TOKENIZE_MECAB_LIBRARY_H

#include <mecab.h>

#define INF_MECAB_FUNCTIONS(X)     \
    X(mecab_model_new2)            \
    X(mecab_model_destroy)         \
    X(mecab_model_dictionary_info) \
    X(mecab_model_new_tagger)      \
    X(mecab_model_new_lattice)     \
    X(mecab_lattice_set_sentence2) \
    X(mecab_lattice_strerror)      \
    X(mecab_lattice_get_bos_node)  \
    X(mecab_lattice_destroy)       \
    X(mecab_parse_lattice)         \
    X(mecab_destroy)

/* Each by MeCab's own name and type. */
struct inf_mecab {
#define INF_MECAB_MEMBER(name) __typeof__(name) *name;
    INF_MECAB_FUNCTIONS(INF_MECAB_MEMBER)
#undef INF_MECAB_MEMBER
};

/* The library, which then stays; NULL when it is not installed or lacks a function. Any thread. */
const struct inf_mecab *inf_mecab_library(void);

#endif
