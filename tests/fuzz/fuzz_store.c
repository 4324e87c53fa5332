/* fuzz_store.c - a data directory whose database, log and files were torn or written by somebody
 * else: opening it fails with a reason, or the store that comes up is consistent, works, and comes
 * up the same once more.
 *
 * Input: a byte of options (bit 0: as left by a daemon that was killed, bit 1: the checksums of the
 * write-ahead log are made right again), then changes of 6 bytes and their text: what, file, offset
 * (3 bytes, lowest first), length, text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/log.h"
#include "inferd/store.h"
#include "must.h"
#include "store_image.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum { KILLED = 1, RIGHT_CHECKSUMS = 2, CHANGE = 6, WAL_HEADER = 32, FRAME_HEADER = 24 };
enum what { OVERWRITE, CUT, LENGTHEN, DROP, RENAME, TWICE, WHATS };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct image running, closed;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    inf_log_init(open("/dev/null", O_WRONLY | O_CLOEXEC), INF_LOG_ERROR, 0, NULL);
    image_make(&running, &closed);
    return 0;
}

/* ---- damage ---- */

static void drop(struct image *image, size_t i)
{
    inf_buf_free(&image->files[i].bytes);
    image->count--;
    memmove(&image->files[i], &image->files[i + 1], (image->count - i) * sizeof image->files[0]);
}

/* A name of the store's own kind, which may be one that is there already. */
static void name_file(char name[64], const uint8_t *text, size_t length)
{
    static const char *const folders[] = {"",          "tmp/",       "models/1/", "models/2/",
                                          "models/3/", "models/07/", "models/"};
    static const char *const names[] = {"inferd.db", "inferd.db-wal", "inferd.db-journal",
                                        "part-0",    "part-1",        "part-01",
                                        "part-2",    "definition.pt", "x"};
    size_t folder = length > 0 ? text[0] % (sizeof folders / sizeof folders[0]) : 0;
    size_t file = length > 1 ? text[1] % (sizeof names / sizeof names[0]) : 0;
    snprintf(name, 64, "%s%s", folders[folder], names[file]);
}

static bool is_named(const struct image *image, const char *name)
{
    for (size_t i = 0; i < image->count; i++)
        if (strcmp(image->files[i].name, name) == 0)
            return true;
    return false;
}

static void copy_file(struct image *image, size_t from, const char *name)
{
    struct image_file *file = &image->files[image->count];
    if (image->count == IMAGE_FILES || is_named(image, name))
        return;
    image->count++;
    snprintf(file->name, sizeof file->name, "%s", name);
    inf_buf_init(&file->bytes, SIZE_MAX / 2);
    MUST(inf_buf_append(&file->bytes, image->files[from].bytes.data,
                        image->files[from].bytes.length) == 0);
}

static void change(struct image *image, const uint8_t *head, const uint8_t *text, size_t length)
{
    size_t i = head[1] % image->count, at = head[2] | head[3] << 8 | head[4] << 16;
    struct inf_buf *bytes = &image->files[i].bytes;
    char name[64];
    switch (head[0] % WHATS) {
    case OVERWRITE:
        at = bytes->length > 0 ? at % bytes->length : 0;
        length = length < bytes->length - at ? length : bytes->length - at;
        if (length > 0)
            memcpy(bytes->data + at, text, length);
        break;
    case CUT:
        bytes->length = at < bytes->length ? at : bytes->length;
        break;
    case LENGTHEN:
        MUST(inf_buf_append(bytes, text, length) == 0);
        break;
    case DROP:
        if (image->count > 1)
            drop(image, i);
        break;
    case RENAME:
    case TWICE:
        name_file(name, text, length);
        copy_file(image, i, name);
        if (head[0] % WHATS == RENAME && image->count > 1)
            drop(image, i);
        break;
    }
}

static uint32_t big_endian(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_big_endian(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The checksum of SQLite's log, in the order of bytes that its first word asks for. */
static void add_checksum(bool big, const uint8_t *at, size_t length, uint32_t sum[2])
{
    for (size_t i = 0; i + 8 <= length; i += 8) {
        uint32_t first, second;
        memcpy(&first, at + i, 4);
        memcpy(&second, at + i + 4, 4);
        sum[0] += (big ? big_endian(at + i) : first) + sum[1];
        sum[1] += (big ? big_endian(at + i + 4) : second) + sum[0];
    }
}

/* Else SQLite would ignore every frame that was changed. */
static void right_checksums(struct inf_buf *wal)
{
    uint8_t *bytes = (uint8_t *)wal->data;
    uint32_t sum[2] = {0, 0};
    if (wal->length < WAL_HEADER)
        return;
    bool big = (bytes[3] & 1) != 0;
    size_t page = big_endian(bytes + 8);
    add_checksum(big, bytes, 24, sum);
    put_big_endian(bytes + 24, sum[0]);
    put_big_endian(bytes + 28, sum[1]);
    if (page < 512 || page > 65536)
        return;
    for (size_t at = WAL_HEADER; at + FRAME_HEADER + page <= wal->length;
         at += FRAME_HEADER + page) {
        memcpy(bytes + at + 8, bytes + 16, 8); /* the salt */
        add_checksum(big, bytes + at, 8, sum);
        add_checksum(big, bytes + at + FRAME_HEADER, page, sum);
        put_big_endian(bytes + at + 16, sum[0]);
        put_big_endian(bytes + at + 20, sum[1]);
    }
}

static void damage(struct image *image, const uint8_t *data, size_t size)
{
    bool right = (data[0] & RIGHT_CHECKSUMS) != 0;
    for (size_t at = 1; at + CHANGE <= size;) {
        size_t length = data[at + 5] < size - at - CHANGE ? data[at + 5] : size - at - CHANGE;
        change(image, data + at, data + at + CHANGE, length);
        at += CHANGE + length;
    }
    for (size_t i = 0; right && i < image->count; i++)
        if (strcmp(image->files[i].name, "inferd.db-wal") == 0)
            right_checksums(&image->files[i].bytes);
}

/* ---- the store that came up ---- */

static void check_model(const struct inf_store *store, const struct inf_model *model)
{
    struct inf_error err;
    int64_t size = 0;
    int fd = -1;
    MUST(model->model_id != NULL && model->config != NULL);
    MUST(inf_store_model(store, model->model_id) == model);
    MUST(model->parts_stored >= 0);
    if (inf_store_definition_check(store, model->model_id, &err) != 0)
        return;
    if (inf_store_open_definition(store, model->model_id, &fd, &size, &err) == 0) {
        MUST(model->fully_defined && lseek(fd, 0, SEEK_END) == size);
        close(fd);
    }
}

static void check_names(const struct inf_store *store)
{
    MUST(strlen(inf_store_node_id(store)) == 22 && strlen(inf_store_cluster_uuid(store)) == 22);
}

/* What is in it, as text. */
static void describe(const struct inf_store *store, struct inf_buf *out)
{
    inf_buf_init(out, SIZE_MAX / 2);
    inf_buf_printf(out, "%s %s\n", inf_store_node_id(store), inf_store_cluster_uuid(store));
    for (size_t i = 0; i < inf_store_model_count(store); i++) {
        const struct inf_model *m = inf_store_model_at(store, i);
        check_model(store, m);
        inf_buf_printf(out, "%s %s %d %d %lld %d\n", m->model_id, m->config, m->has_vocabulary,
                       m->parts_stored, (long long)m->stored_length, m->fully_defined);
    }
    for (size_t i = 0; i < inf_store_deployment_count(store); i++) {
        const struct inf_stored_deployment *d = inf_store_deployment_at(store, i);
        MUST(inf_store_model(store, d->model_id) != NULL);
        inf_buf_printf(out, "%s %s %s\n", d->deployment_id, d->model_id, d->params);
    }
    for (enum inf_object_kind kind = 0; kind < INF_OBJECT_KINDS; kind++)
        for (size_t i = 0; i < inf_store_object_count(store, kind); i++) {
            const struct inf_object *o = inf_store_object_at(store, kind, i);
            MUST(inf_store_object(store, kind, o->id) == o && o->text != NULL);
            MUST(o->model_id == NULL || inf_store_model(store, o->model_id) != NULL);
            inf_buf_printf(out, "%d %s %s\n", (int)kind, o->id, o->text);
        }
}

static void on_done(void *arg, const struct inf_error *err)
{
    MUST(err == NULL || err->reason[0] != '\0');
    *(int *)arg = err == NULL ? 1 : -1;
}

static int await(uv_loop_t *loop, int *outcome)
{
    while (*outcome == 0)
        uv_run(loop, UV_RUN_ONCE);
    return *outcome;
}

/* A command succeeds or says why not; if it was acknowledged, its effect is there. */
static void use(uv_loop_t *loop, struct inf_store *store)
{
    int put = 0, gone = 0;
    inf_store_put_model(store, "new", "{}", 3, on_done, &put);
    if (await(loop, &put) < 0)
        return;
    MUST(inf_store_model(store, "new") != NULL);
    inf_store_delete_model(store, "new", on_done, &gone);
    if (await(loop, &gone) > 0)
        MUST(inf_store_model(store, "new") == NULL);
}

static int open_store(uv_loop_t *loop, struct inf_store **ret)
{
    struct inf_error err = {0};
    int rc = inf_store_open(loop, image_path(), ret, &err);
    MUST(rc == 0 || (err.code != INF_ERR_NONE && err.reason[0] != '\0'));
    return rc;
}

static void close_store(uv_loop_t *loop, struct inf_store *store)
{
    inf_store_close(store);
    uv_run(loop, UV_RUN_DEFAULT);
}

static void check(uv_loop_t *loop)
{
    struct inf_store *store = NULL;
    struct inf_buf first, second;
    if (open_store(loop, &store) != 0)
        return;
    check_names(store);
    describe(store, &first);
    close_store(loop, store);
    MUST(open_store(loop, &store) == 0);
    describe(store, &second);
    MUST(first.length == second.length && memcmp(first.data, second.data, first.length) == 0);
    use(loop, store);
    close_store(loop, store);
    inf_buf_free(&first);
    inf_buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image image;
    uv_loop_t loop;
    if (size < 1)
        return 0;
    image_copy(&image, data[0] & KILLED ? &running : &closed);
    damage(&image, data, size);
    image_write(&image);
    image_free(&image);
    MUST(uv_loop_init(&loop) == 0);
    check(&loop);
    MUST(uv_loop_close(&loop) == 0);
    return 0;
}
