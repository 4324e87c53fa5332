/* disk.h - what the pool works on: the directory and the metadata.
 *
 * Thread: the loop while opening and closing; in between the one running batch of op_queue.c. The
 *         descriptors in `dir` never change, so the loop may open files with them at any time. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_DISK_H
#define INFERD_STORE_DISK_H

#include "data_dir.h"
#include "metadata.h"

struct inf_disk {
    struct inf_data_dir dir;
    struct inf_metadata *metadata;
};

#endif
