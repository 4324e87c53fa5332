/* pickle_type.h - the text that gives a list or dict its type: "Dict[str, List[Tensor]]".
 *
 * libtorch reads it with the parser of its language, which takes more than types and has no bound
 * for its recursion.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_PICKLE_TYPE_H
#define INFERD_VET_PICKLE_TYPE_H

#include "pickle_machine.h"

/* Reads the text of a List or Dict type; of types in it no more than what kind their values are. 0,
 * or -1: *ret_problem says what is wrong. */
int inf_pickle_type_read(const uint8_t *text, size_t length, struct inf_pickle_type *ret,
                         const char **ret_problem);

/* restore_type_tag: `arguments` is a tuple of a list or dict and its type's text. The list or dict
 * gets its type and is put on the stack. */
int inf_pickle_restore_type(struct inf_pickle *m, uint32_t arguments);

/* build_intlist and the like: a tuple of a list whose items are of the one kind. */
int inf_pickle_build_list(struct inf_pickle *m, uint32_t arguments, enum inf_pickle_kind kind);

#endif
