/* spool.h - an answer that is gathered in a file without a name, until it is whole.
 *
 * A write may wait for the disk, so the file is written on libuv's pool, one piece while the next
 * is gathered; a spool that is full has to be left alone until the disk has caught up.
 *
 * Thread: loop only. Owns: the file, until it is taken. Bound: INF_SPOOL_FULL bytes that wait, and
 * what is appended at once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SPOOL_H
#define INFERD_SPOOL_H

#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INF_SPOOL_FULL ((size_t)2 << 20)

struct uv_loop_s;
struct inf_spool;

struct inf_spool_options {
    struct uv_loop_s *loop;
    const char *folder;      /* where the file's blocks are */
    void (*room)(void *arg); /* it was full, and is not any more */
    /* After inf_spool_end: everything is in the file, or a write has failed. Once. It may free the
     * spool. */
    void (*ended)(void *arg, const struct inf_error *err);
    void *arg;
};

/* -1 with IO when there can be no file. */
int inf_spool_new(const struct inf_spool_options *options, struct inf_spool **ret,
                  struct inf_error *err);
void inf_spool_free(struct inf_spool *spool); /* neither callback runs any more; NULL is fine */
/* -1 with err: no memory, or a write has failed before. */
int inf_spool_append(struct inf_spool *spool, const char *data, size_t length,
                     struct inf_error *err);
bool inf_spool_is_full(const struct inf_spool *spool);
void inf_spool_end(struct inf_spool *spool); /* nothing more comes */
/* After `ended`: the file, the caller's from now on, and its length. */
int inf_spool_take_file(struct inf_spool *spool, uint64_t *ret_length);

#endif
