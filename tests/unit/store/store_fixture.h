/* store_fixture.h - a real loop and a real store in a folder of its own, for the tests of
 * src/store.
 *
 * The helpers run the loop until the operation's callback has come and return its outcome, so that
 * a test reads as a list of commands. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TEST_STORE_FIXTURE_H
#define INFERD_TEST_STORE_FIXTURE_H

#include "etcd_fixture.h"
#include "inferd/store_shared.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the block above it */

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

/* SHA-256 of "abc", from the standard's own example. */
static const uint8_t abc_sha256[INF_SHA256_SIZE] = {
    0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
    0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};

struct fixture {
    char root[512]; /* removed afterwards */
    char path[544]; /* the data directory in it */
    uv_loop_t loop;
    struct inf_store *store;
    struct inf_etcd_settings etcd; /* of a shared state */
};

/* What became of one operation. */
struct outcome {
    bool ended;
    struct inf_error err; /* code NONE: it succeeded */
};

static inline void record(void *arg, const struct inf_error *err)
{
    struct outcome *outcome = arg;
    assert_false(outcome->ended);
    outcome->ended = true;
    outcome->err = err ? *err : (struct inf_error){.code = INF_ERR_NONE};
}

static inline enum inf_err_code await(struct fixture *f, struct outcome *outcome)
{
    while (!outcome->ended) {
        uv_run(&f->loop, UV_RUN_ONCE);
    }
    return outcome->err.code;
}

/* ---- folders ---- */

static inline int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void make_root(struct fixture *f)
{
    snprintf(f->root, sizeof f->root, "%s/store-XXXXXX", INFERD_BUILD_DIR);
    assert_non_null(mkdtemp(f->root));
    snprintf(f->path, sizeof f->path, "%s/data", f->root);
}

static inline void remove_root(struct fixture *f)
{
    assert_int_equal(nftw(f->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline char *path_of(const struct fixture *f, const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", f->path, name);
    return path;
}

static inline bool exists(const struct fixture *f, const char *name)
{
    return access(path_of(f, name), F_OK) == 0;
}

static inline void write_file(const struct fixture *f, const char *name, const char *text)
{
    FILE *file = fopen(path_of(f, name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static inline int count_entries(const struct fixture *f, const char *name)
{
    int count = 0;
    DIR *stream = opendir(path_of(f, name));
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream));) {
        count += entry->d_name[0] != '.';
    }
    closedir(stream);
    return count;
}

/* ---- the store ---- */

/* With INFERD_TEST_STATE=etcd the same tests run on a store whose state is in etcd, one of a test's
 * own below the test's folder as prefix. */
static struct etcd_server *test_etcd;

static inline void end_test_etcd(void)
{
    etcd_destroy(test_etcd);
    free(test_etcd);
}

static inline bool is_shared(void)
{
    const char *state = getenv("INFERD_TEST_STATE");
    return state && strcmp(state, "etcd") == 0;
}

static inline void need_etcd(struct fixture *f)
{
    if (!test_etcd) {
        test_etcd = calloc(1, sizeof *test_etcd);
        etcd_prepare(test_etcd);
        atexit(end_test_etcd);
    }
    if (!f->etcd.endpoints) {
        f->etcd = etcd_settings(test_etcd, f->root);
        etcd_await(&f->etcd);
    }
}

static inline int try_open_store(struct fixture *f, struct inf_error *err)
{
    if (!is_shared()) {
        return inf_store_open(&f->loop, f->path, &f->store, err);
    }
    need_etcd(f);
    return inf_store_open_shared(&f->loop, f->path, &f->etcd, &f->store, err);
}

static inline void open_store(struct fixture *f)
{
    struct inf_error err;
    if (try_open_store(f, &err) != 0) {
        fail_msg("open: %s", err.reason);
    }
}

static inline void close_store(struct fixture *f)
{
    inf_store_close(f->store);
    f->store = NULL;
    uv_run(&f->loop, UV_RUN_DEFAULT);
}

static inline void reopen_store(struct fixture *f)
{
    close_store(f);
    open_store(f);
}

static inline int store_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    make_root(f);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    open_store(f);
    *state = f;
    return 0;
}

static inline int store_teardown(void **state)
{
    struct fixture *f = *state;
    close_store(f);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    remove_root(f);
    inf_etcd_settings_fini(&f->etcd);
    free(f);
    return 0;
}

/* ---- commands ---- */

static inline enum inf_err_code put_model(struct fixture *f, const char *id)
{
    struct outcome outcome = {.ended = false};
    inf_store_put_model(f->store, id, "{\"model_id\":\"x\"}", 1700000000123, record, &outcome);
    assert_false(outcome.ended);
    return await(f, &outcome);
}

static inline enum inf_err_code delete_model(struct fixture *f, const char *id)
{
    struct outcome outcome = {.ended = false};
    inf_store_delete_model(f->store, id, record, &outcome);
    return await(f, &outcome);
}

static inline struct inf_part_writer *begin_part(struct fixture *f, const char *id, int part,
                                                 const char *data)
{
    struct inf_error err;
    struct inf_part_writer *writer = NULL;
    assert_int_equal(inf_store_part_begin(f->store, id, part, &writer, &err), 0);
    assert_int_equal(inf_store_part_write(writer, data, strlen(data), &err), 0);
    return writer;
}

static inline enum inf_err_code put_part(struct fixture *f, const char *id, int part,
                                         const char *data, int64_t total_length, int total_parts)
{
    struct outcome outcome = {.ended = false};
    inf_store_part_commit(begin_part(f, id, part, data), total_length, total_parts, record,
                          &outcome);
    return await(f, &outcome);
}

static inline enum inf_err_code put_vocabulary(struct fixture *f, const char *id, const char *text)
{
    struct outcome outcome = {.ended = false};
    inf_store_put_vocabulary(f->store, id, text, strlen(text), record, &outcome);
    return await(f, &outcome);
}

static inline enum inf_err_code put_deployment(struct fixture *f, const char *deployment_id,
                                               const char *model_id, const char *params)
{
    struct outcome outcome = {.ended = false};
    inf_store_put_deployment(f->store, deployment_id, model_id, params, true, record, &outcome);
    return await(f, &outcome);
}

static inline enum inf_err_code delete_deployment(struct fixture *f, const char *deployment_id)
{
    struct outcome outcome = {.ended = false};
    inf_store_delete_deployment(f->store, deployment_id, record, &outcome);
    return await(f, &outcome);
}

struct reading {
    struct outcome outcome;
    char *text;
    size_t length;
};

static inline void record_text(void *arg, char *text, size_t length, const struct inf_error *err)
{
    struct reading *reading = arg;
    reading->text = text;
    reading->length = length;
    record(&reading->outcome, err);
}

/* The text, to be freed, or NULL with err. */
static inline char *read_vocabulary(struct fixture *f, const char *id, struct inf_error *err)
{
    struct reading reading = {.text = NULL};
    inf_store_read_vocabulary(f->store, id, record_text, &reading);
    await(f, &reading.outcome);
    *err = reading.outcome.err;
    assert_true((reading.text != NULL) == (err->code == INF_ERR_NONE));
    return reading.text;
}

static inline void assert_definition(struct fixture *f, const char *id, const char *expected)
{
    struct inf_error err;
    int fd = -1;
    int64_t size = 0;
    char content[256] = "";
    if (inf_store_open_definition(f->store, id, &fd, &size, &err) != 0) {
        fail_msg("%s", err.reason);
    }
    assert_int_equal(size, strlen(expected));
    assert_int_equal(read(fd, content, sizeof content - 1), strlen(expected));
    assert_string_equal(content, expected);
    close(fd);
}

#endif
