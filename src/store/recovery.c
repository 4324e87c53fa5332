/* recovery.c - rows are the truth; files follow.
 *
 * Every operation makes its files durable before its row and removes files only after their row is
 * gone. So whatever the process died in the middle of, a file without a row is left over and may
 * go. A row without its file cannot come from a crash; it is damage, and forgetting the row lets
 * the client see what is missing and send it again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery.h"

#include "assemble.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/units.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct model {
    int64_t number;
    bool assembled;
    int64_t definition_length;
    char *model_id; /* for the log */
};

struct models {
    struct model *items; /* ascending number */
    size_t count;
    size_t capacity;
};

static int by_number(const void *a, const void *b)
{
    int64_t left = ((const struct model *)a)->number, right = ((const struct model *)b)->number;
    return left < right ? -1 : left > right;
}

static void add_model(void *arg, const struct inf_model_row *row)
{
    struct models *models = arg;
    if (models->count == models->capacity) {
        models->capacity = models->capacity ? models->capacity * 2 : 16;
        models->items = inf_realloc(models->items, models->capacity, sizeof *models->items);
    }
    models->items[models->count++] = (struct model){
        .number = row->number,
        .assembled = row->assembled,
        .definition_length = row->definition_length,
        .model_id = inf_strdup(row->model_id),
    };
}

/* ---- what no row names ---- */

static void remove_temporary(void *arg, const char *name)
{
    const int *tmp_fd = arg;
    if (unlinkat(*tmp_fd, name, 0) != 0) {
        inf_logf(INF_LOG_WARN, "store", "cannot remove tmp/%s: errno %d", name, errno);
    }
}

struct folder_sweep {
    const struct inf_data_dir *dir;
    const struct models *models;
};

static void sweep_folder(void *arg, const char *name)
{
    const struct folder_sweep *sweep = arg;
    struct model key = {.number = 0};
    /* "007" and "+7" are numbers too, but not names that the store gives. */
    if (name[0] < '1' || name[0] > '9' || inf_int_parse(name, &key.number) != 0) {
        inf_logf(INF_LOG_WARN, "store", "models/%s is not inferd's and is left alone", name);
    } else if (sweep->models->count == 0 ||
               !bsearch(&key, sweep->models->items, sweep->models->count, sizeof key, by_number)) {
        inf_data_dir_remove_folder(sweep->dir, key.number);
    }
}

struct file_sweep {
    const struct inf_data_dir *dir;
    const struct model *model;
    const struct inf_part_row *rows; /* ascending part */
    size_t count;
};

static int by_part(const void *a, const void *b)
{
    return ((const struct inf_part_row *)a)->part - ((const struct inf_part_row *)b)->part;
}

static bool is_wanted(const struct file_sweep *sweep, const char *name)
{
    if (sweep->model->assembled) {
        return strcmp(name, INF_DEFINITION_FILE) == 0;
    }
    int64_t part;
    char canonical[INF_BLOB_NAME];
    if (strncmp(name, "part-", 5) != 0 || inf_int_parse(name + 5, &part) != 0 || part < 0 ||
        part > INT_MAX || strcmp(name, inf_blob_part_name((int)part, canonical)) != 0) {
        return false;
    }
    struct inf_part_row key = {.part = (int)part};
    return sweep->count > 0 && bsearch(&key, sweep->rows, sweep->count, sizeof key, by_part);
}

static void sweep_file(void *arg, const char *name)
{
    const struct file_sweep *sweep = arg;
    if (!is_wanted(sweep, name)) {
        inf_blob_remove(sweep->dir, sweep->model->number, name);
    }
}

/* ---- rows whose file is gone ---- */

static int check_definition(const struct inf_disk *disk, struct model *model, struct inf_error *err)
{
    bool there = true;
    if (!model->assembled) {
        return 0;
    }
    if (inf_blob_exists(&disk->dir, model->number, INF_DEFINITION_FILE, model->definition_length,
                        &there, err) != 0) {
        return -1;
    }
    if (there) {
        return 0;
    }
    inf_logf(INF_LOG_ERROR, "store", "the definition of model [%s] is lost", model->model_id);
    model->assembled = false;
    return inf_metadata_set_definition(disk->metadata, model->number, 0, NULL, err);
}

static int forget_part(const struct inf_disk *disk, const struct model *model, int part,
                       struct inf_error *err)
{
    inf_logf(INF_LOG_ERROR, "store", "definition part [%d] of model [%s] is lost", part,
             model->model_id);
    return inf_metadata_delete_part(disk->metadata, model->number, part, err);
}

/* Shortens rows to the parts whose file is there. */
static int check_parts(const struct inf_disk *disk, const struct model *model,
                       struct inf_part_row *rows, size_t *count, struct inf_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        char name[INF_BLOB_NAME];
        bool there = false;
        if (inf_blob_exists(&disk->dir, model->number, inf_blob_part_name(rows[i].part, name),
                            rows[i].length, &there, err) != 0) {
            return -1;
        }
        if (there) {
            rows[kept++] = rows[i];
        } else if (forget_part(disk, model, rows[i].part, err) != 0) {
            return -1;
        }
    }
    *count = kept;
    return 0;
}

/* ---- one model ---- */

static int check_rows(const struct inf_disk *disk, struct model *model, struct inf_part_row *rows,
                      size_t *count, struct inf_error *err)
{
    if (inf_metadata_begin(disk->metadata, err) != 0) {
        return -1;
    }
    int rc = check_definition(disk, model, err);
    if (rc == 0 && !model->assembled) {
        rc = check_parts(disk, model, rows, count, err);
    }
    return inf_metadata_end(disk->metadata, rc, err);
}

static int assemble_model(const struct inf_disk *disk, struct model *model, struct inf_error *err)
{
    struct inf_blob blob = {.fd = -1};
    uint8_t sha256[INF_SHA256_SIZE];
    bool assembled = false;
    if (inf_metadata_begin(disk->metadata, err) != 0) {
        return -1;
    }
    if (inf_assemble_if_complete(&disk->dir, disk->metadata, model->number, &blob, sha256,
                                 &assembled, err) != 0) {
        inf_metadata_rollback(disk->metadata);
        return -1;
    }
    if (inf_metadata_commit(disk->metadata, err) != 0) {
        inf_blob_discard(&blob);
        return -1;
    }
    if (assembled) {
        inf_blob_keep(&blob);
        model->assembled = true;
    }
    return 0;
}

static int sweep_files(const struct inf_disk *disk, const struct file_sweep *sweep,
                       struct inf_error *err)
{
    int folder_fd = inf_data_dir_folder(&disk->dir, sweep->model->number, false, NULL);
    if (folder_fd < 0) {
        return 0; /* no part came yet */
    }
    int rc = inf_data_dir_list(folder_fd, "the model's folder", sweep_file, (void *)sweep, err);
    close(folder_fd);
    return rc;
}

static int recover_model(const struct inf_disk *disk, struct model *model, struct inf_error *err)
{
    struct inf_part_row *rows = NULL;
    size_t count = 0;
    if (inf_metadata_parts(disk->metadata, model->number, &rows, &count, err) != 0) {
        return -1;
    }
    /* The files of a copy's rows may all be on other nodes. */
    int rc = disk->shared ? 0 : check_rows(disk, model, rows, &count, err);
    if (rc == 0) {
        struct inf_error failure;
        if (!disk->shared && !model->assembled && assemble_model(disk, model, &failure) != 0) {
            inf_logf(INF_LOG_ERROR, "store", "cannot assemble the definition of model [%s]: %s",
                     model->model_id, failure.reason);
        }
        struct file_sweep sweep = {.dir = &disk->dir, .model = model, .rows = rows, .count = count};
        rc = sweep_files(disk, &sweep, err);
    }
    free(rows);
    return rc;
}

int inf_recover(const struct inf_disk *disk, struct inf_error *err)
{
    int tmp_fd = disk->dir.tmp_fd;
    struct models models = {.items = NULL};
    int rc = inf_data_dir_list(tmp_fd, "the folder tmp", remove_temporary, &tmp_fd, err);
    if (rc == 0) {
        rc = inf_metadata_each_model(disk->metadata, add_model, &models, err);
    }
    if (rc == 0 && models.count > 0) {
        qsort(models.items, models.count, sizeof *models.items, by_number);
    }
    if (rc == 0) {
        struct folder_sweep sweep = {.dir = &disk->dir, .models = &models};
        rc = inf_data_dir_list(disk->dir.models_fd, "the folder models", sweep_folder, &sweep, err);
    }
    for (size_t i = 0; i < models.count; i++) {
        if (rc == 0) {
            rc = recover_model(disk, &models.items[i], err);
        }
        free(models.items[i].model_id);
    }
    free(models.items);
    return rc;
}
