/* pickle_object.h - objects: of the file's own classes, made of their attributes, and of a few of
 * libtorch's, made of what torch's quantisation writes of them.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_PICKLE_OBJECT_H
#define INFERD_VET_PICKLE_OBJECT_H

#include "pickle_machine.h"

/* NEWOBJ: a class and an empty tuple, which lie on the stack. */
int inf_pickle_new_object(struct inf_pickle *m);

/* BUILD: an object without attributes and what it is to get, which lie on the stack. */
int inf_pickle_build(struct inf_pickle *m);

/* Whether the value is an object of one of the file's own classes. */
bool inf_pickle_is_own_object(const struct inf_pickle *m, uint32_t value);

#endif
