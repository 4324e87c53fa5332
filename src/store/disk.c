/* disk.c - the directory and the database in it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

#include "inferd/alloc.h"
#include "inferd/io_error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATABASE_FILE "inferd.db"

/* The file is made here, so that it and the files SQLite derives from it are its owner's alone. */
static int open_metadata(struct inf_disk *disk, struct inf_error *err)
{
    int fd = openat(disk->dir.fd, DATABASE_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || fsync(disk->dir.fd) != 0) {
        int failure = errno;
        if (fd >= 0) {
            close(fd);
        }
        return inf_io_error(err, failure, "create inferd.db in the data directory", disk->dir.path);
    }
    close(fd);
    size_t size = strlen(disk->dir.path) + sizeof "/" DATABASE_FILE;
    char *path = inf_alloc(1, size);
    snprintf(path, size, "%s/" DATABASE_FILE, disk->dir.path);
    int rc = inf_metadata_open(path, &disk->metadata, err);
    free(path);
    return rc;
}

static int load_names(struct inf_metadata *metadata, char node_id[INF_NAME_SIZE],
                      char cluster_uuid[INF_NAME_SIZE], struct inf_error *err)
{
    if (inf_metadata_begin(metadata, err) != 0) {
        return -1;
    }
    int rc = inf_metadata_name(metadata, "node_id", node_id, err);
    if (rc == 0) {
        rc = inf_metadata_name(metadata, "cluster_uuid", cluster_uuid, err);
    }
    return inf_metadata_end(metadata, rc, err);
}

int inf_disk_open(struct inf_disk *disk, const char *path, char node_id[INF_NAME_SIZE],
                  char cluster_uuid[INF_NAME_SIZE], struct inf_error *err)
{
    return inf_data_dir_open(&disk->dir, path, err) != 0 || open_metadata(disk, err) != 0 ||
                   load_names(disk->metadata, node_id, cluster_uuid, err) != 0
               ? -1
               : 0;
}

void inf_disk_close(struct inf_disk *disk)
{
    inf_metadata_close(disk->metadata);
    inf_data_dir_close(&disk->dir);
}
