/* dead_letters.h - the file of what the receiver refused.
 *
 * It is opened for each write, so that whoever looks after it may move it away at any time; the
 * next write makes a new one. Writes are done one after the other on libuv's pool, and end synced.
 *
 * Thread: loop only. Owns: the writes under way. Bound: the file's size, and what is handed in. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FORWARD_DEAD_LETTERS_H
#define INFERD_FORWARD_DEAD_LETTERS_H

#include "inferd/buf.h"
#include "inferd/error.h"
#include <stdint.h>

struct uv_loop_s;
struct inf_dead_letters;
struct inf_dead_write; /* one write */

struct inf_dead_letters *inf_dead_letters_new(struct uv_loop_s *loop, const char *path);
void inf_dead_letters_free(struct inf_dead_letters *letters); /* after the loop's end */
/* Takes the bytes of lines, whole lines of NDJSON. All of them are there, synced, when done runs
 * without err, and none otherwise: INSUFFICIENT_STORAGE where the file would be longer than
 * max_bytes or the disk is full. */
struct inf_dead_write *inf_dead_letters_write(struct inf_dead_letters *letters,
                                              struct inf_buf *lines, int64_t max_bytes,
                                              void (*done)(void *arg, const struct inf_error *err),
                                              void *arg);
void inf_dead_write_forget(
    struct inf_dead_write *write); /* done will not run; the lines may stay */

#endif
