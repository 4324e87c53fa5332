/* shared_batch.h - one operation of a store that belongs to a cluster.
 *
 * Thread: pool. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_SHARED_BATCH_H
#define INFERD_STORE_SHARED_BATCH_H

#include "op_queue.h"

/* Takes over what other nodes have changed, then runs op, which may be NULL: in the copy, in etcd,
 * and for good in the copy. op->failed and op->err say what became of it. */
void inf_shared_run(const struct inf_disk *disk, struct inf_op *op, struct inf_row_list *applied);

#endif
