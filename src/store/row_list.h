/* row_list.h - rows that another node has changed: into the copy, and then into the index.
 *
 * Thread: the pool applies and compares, the loop indexes. Owns: a list its rows. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_ROW_LIST_H
#define INFERD_STORE_ROW_LIST_H

#include "row_text.h"
#include "store_index.h"

struct inf_row_list {
    struct inf_row *items; /* a model's has its number */
    size_t count, capacity;
};

void inf_row_list_fini(struct inf_row_list *list); /* zeroed is fine */
/* Appends the rows of `from`, which is empty then. */
void inf_row_list_move(struct inf_row_list *to, struct inf_row_list *from);

/* Makes the rows of count pairs, changed together, what they say; those that were not so before
 * are added to `applied`. Inside a transaction. A pair that cannot be used is logged and left out.
 */
int inf_rows_apply(struct inf_metadata *metadata, const struct inf_etcd_pair *pairs, size_t count,
                   struct inf_row_list *applied, struct inf_error *err);
/* Makes all rows what `whole` says, likewise; it is sorted by key, and keys without a slash in them
 * are none of a row. */
int inf_rows_replace(struct inf_metadata *metadata, const struct inf_etcd_pairs *whole,
                     struct inf_row_list *applied, struct inf_error *err);
/* Adds all rows there are, sorted by key. */
int inf_rows_dump(struct inf_metadata *metadata, struct inf_etcd_pairs *to, struct inf_error *err);

/* What inf_rows_apply has done, in the index. Loop. */
void inf_row_index(struct inf_index *index, const struct inf_row *row);

#endif
