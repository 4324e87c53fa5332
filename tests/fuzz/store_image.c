/* store_image.c - see store_image.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "store_image.h"

#include "inferd/store.h"
#include "must.h"
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

enum { PATH_SIZE = 512 };

static char root[PATH_SIZE / 4], data_path[PATH_SIZE / 2];

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void remove_root(void)
{
    nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *image_path(void)
{
    if (root[0] == '\0') {
        snprintf(root, sizeof root, "%s/inferd-fuzz-XXXXXX",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        MUST(mkdtemp(root) != NULL);
        snprintf(data_path, sizeof data_path, "%s/data", root);
        atexit(remove_root);
    }
    return data_path;
}

/* ---- what is stored ---- */

static void on_done(void *arg, const struct inf_error *err)
{
    MUST(err == NULL);
    *(bool *)arg = true;
}

static void await(uv_loop_t *loop, bool *done)
{
    while (!*done)
        uv_run(loop, UV_RUN_ONCE);
    *done = false;
}

static void put_part(struct inf_store *store, const char *model_id, int part, int parts,
                     const char *bytes, bool *done)
{
    struct inf_part_writer *writer = NULL;
    struct inf_error err;
    size_t length = strlen(bytes);
    MUST(inf_store_part_begin(store, model_id, part, &writer, &err) == 0);
    MUST(inf_store_part_write(writer, bytes, length, &err) == 0);
    inf_store_part_commit(writer, (int64_t)length * parts, parts, on_done, done);
}

static void fill(uv_loop_t *loop, struct inf_store *store)
{
    static const char vocabulary[] = "{\"vocabulary\":[\"a\",\"b\"]}";
    const struct inf_object alias = {.id = "alias", .model_id = "whole", .text = ""};
    const struct inf_object setting = {.id = "logger.level", .text = "\"warn\""};
    bool done = false;
    inf_store_put_model(store, "whole", "{\"input\":{}}", 1, on_done, &done);
    await(loop, &done);
    put_part(store, "whole", 0, 2, "first ", &done);
    await(loop, &done);
    put_part(store, "whole", 1, 2, "second", &done);
    await(loop, &done);
    inf_store_put_model(store, "lacking", "{}", 2, on_done, &done);
    await(loop, &done);
    put_part(store, "lacking", 1, 3, "middle", &done);
    await(loop, &done);
    inf_store_put_vocabulary(store, "whole", vocabulary, sizeof vocabulary - 1, on_done, &done);
    await(loop, &done);
    inf_store_put_deployment(store, "whole", "whole", "{}", true, on_done, &done);
    await(loop, &done);
    inf_store_put_object(store, INF_OBJECT_ALIAS, &alias, false, on_done, &done);
    await(loop, &done);
    inf_store_put_object(store, INF_OBJECT_SETTING, &setting, false, on_done, &done);
    await(loop, &done);
}

/* ---- files ---- */

static struct image *reading; /* nftw hands no argument on */

static int read_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    struct image_file *file = &reading->files[reading->count];
    char block[4096];
    ssize_t count = 0;
    int fd = -1;
    (void)st;
    (void)ftw;
    if (type != FTW_F || strstr(path, "inferd.lock") != NULL)
        return 0;
    MUST(reading->count++ < IMAGE_FILES);
    snprintf(file->name, sizeof file->name, "%s", path + strlen(data_path) + 1);
    inf_buf_init(&file->bytes, SIZE_MAX / 2);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    while ((count = read(fd, block, sizeof block)) > 0)
        MUST(inf_buf_append(&file->bytes, block, (size_t)count) == 0);
    MUST(count == 0);
    close(fd);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct image_file *)a)->name, ((const struct image_file *)b)->name);
}

static void read_image(struct image *ret)
{
    reading = ret;
    ret->count = 0;
    MUST(nftw(data_path, read_entry, 16, FTW_PHYS) == 0);
    qsort(ret->files, ret->count, sizeof ret->files[0], by_name);
}

void image_make(struct image *running, struct image *closed)
{
    struct inf_store *store = NULL;
    struct inf_error err;
    uv_loop_t loop;
    MUST(uv_loop_init(&loop) == 0);
    MUST(inf_store_open(&loop, image_path(), &store, &err) == 0);
    fill(&loop, store);
    read_image(running);
    inf_store_close(store);
    uv_run(&loop, UV_RUN_DEFAULT);
    MUST(uv_loop_close(&loop) == 0);
    read_image(closed);
}

static void make_folders(char *path)
{
    for (char *slash = strchr(path + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

void image_write(const struct image *image)
{
    remove_root();
    MUST(mkdir(root, 0700) == 0);
    for (size_t i = 0; i < image->count; i++) {
        const struct image_file *file = &image->files[i];
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s", image_path(), file->name);
        make_folders(path);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        MUST(fd >= 0);
        MUST(write(fd, file->bytes.data, file->bytes.length) == (ssize_t)file->bytes.length);
        close(fd);
    }
}

void image_copy(struct image *ret, const struct image *image)
{
    ret->count = image->count;
    for (size_t i = 0; i < image->count; i++) {
        struct image_file *file = &ret->files[i];
        memcpy(file->name, image->files[i].name, sizeof file->name);
        inf_buf_init(&file->bytes, SIZE_MAX / 2);
        MUST(inf_buf_append(&file->bytes, image->files[i].bytes.data,
                            image->files[i].bytes.length) == 0);
    }
}

void image_free(struct image *image)
{
    for (size_t i = 0; i < image->count; i++)
        inf_buf_free(&image->files[i].bytes);
    image->count = 0;
}
