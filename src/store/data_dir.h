/* data_dir.h - the directory everything survives in: checked, locked, opened.
 *
 *   inferd.lock         flock'ed while the store is open
 *   inferd.db           metadata
 *   models/<number>/    part-<n> until the definition is whole, then definition.pt
 *   tmp/                files on their way in; emptied at open
 *
 * Everything below the directory is reached by descriptors and names of our own, never through a
 * symbolic link. Thread: the descriptors never change while open, so any. Owns: the descriptors. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_DATA_DIR_H
#define INFERD_STORE_DATA_DIR_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stdint.h>

struct inf_data_dir {
    char *path; /* absolute, symbolic links resolved */
    int fd;
    int lock_fd;
    int models_fd;
    int tmp_fd;
};

/* Creates what is missing (mode 0700), refuses a directory of another user or one that everybody
 * may write to, takes the lock. On failure nothing stays open. */
int inf_data_dir_open(struct inf_data_dir *dir, const char *path, struct inf_error *err);
void inf_data_dir_close(struct inf_data_dir *dir); /* also after a failed open */

/* Descriptor of models/<number>, for the caller to close. With `create` a missing folder is made
 * and its name is durable on return. -1 with err; without `create` and err == NULL a quiet -1. */
int inf_data_dir_folder(const struct inf_data_dir *dir, int64_t number, bool create,
                        struct inf_error *err);
/* Removes models/<number> with all files in it. What cannot be removed is logged and left to the
 * next open: no row names it any more. */
void inf_data_dir_remove_folder(const struct inf_data_dir *dir, int64_t number);

/* Calls visit for each name in the directory but "." and "..". Returns 0, or -1 with err. */
int inf_data_dir_list(int dir_fd, const char *what, void (*visit)(void *arg, const char *name),
                      void *arg, struct inf_error *err);

#endif
