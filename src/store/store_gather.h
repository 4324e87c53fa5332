/* store_gather.h - parts of one definition that are on several nodes.
 *
 * Thread: the pool's one batch. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_STORE_GATHER_H
#define INFERD_STORE_STORE_GATHER_H

#include "disk.h"

/* *ret_here: false when the definition could be assembled but for files that are elsewhere. */
int inf_gather_check(const struct inf_disk *disk, int64_t number, bool *ret_here,
                     struct inf_error *err);
/* The definition is durable, so the parts' files are a second copy of it. */
void inf_gather_remove_parts(const struct inf_disk *disk, int64_t number, int total_parts);

#endif
