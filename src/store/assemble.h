/* assemble.h - the parts of a definition become definition.pt.
 *
 * Thread: pool, or the loop while opening. Inside a transaction of metadata. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_ASSEMBLE_H
#define INFERD_STORE_ASSEMBLE_H

#include "blob.h"
#include "metadata.h"

/* When every part of the model is stored and the totals agree: writes definition.pt, checks each
 * part's length and SHA-256 on the way, syncs, renames, and sets the definition's row.
 * *ret_assembled tells whether that was so; then `blob` holds the placed file, to keep once the
 * transaction is committed or to discard, and sha256 is the definition's. On failure nothing is
 * left behind. */
int inf_assemble_if_complete(const struct inf_data_dir *dir, struct inf_metadata *metadata,
                             int64_t number, struct inf_blob *blob, uint8_t sha256[INF_SHA256_SIZE],
                             bool *ret_assembled, struct inf_error *err);

#endif
