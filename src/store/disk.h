/* disk.h - what the pool works on: the directory and the metadata.
 *
 * Thread: the loop while opening and closing; in between the one running batch of op_queue.c. The
 *         descriptors in `dir` never change, so the loop may open files with them at any time. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_DISK_H
#define INFERD_STORE_DISK_H

#include "data_dir.h"
#include "metadata.h"

struct inf_shared;

struct inf_disk {
    struct inf_data_dir dir;
    struct inf_metadata *metadata;
    struct inf_shared *shared; /* NULL: the state is this node's own */
};

/* Opens or creates both, with the names that the node has for good. *disk is zeroed before, and for
 * inf_disk_close in any case. */
int inf_disk_open(struct inf_disk *disk, const char *path, char node_id[INF_NAME_SIZE],
                  char cluster_uuid[INF_NAME_SIZE], struct inf_error *err);
void inf_disk_close(struct inf_disk *disk);

#endif
