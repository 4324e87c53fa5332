/* hasher.h - password hashes on libuv's pool, one at a time, so that logins never take more than
 * one processor from requests.
 *
 * Thread: loop only. Owns: copies of the passwords, wiped after use. Bound: INF_HASHER_WAITING. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SECURITY_HASHER_H
#define INFERD_SECURITY_HASHER_H

#include "inferd/list.h"
#include "password.h"
#include <stdbool.h>
#include <stddef.h>

enum { INF_HASHER_WAITING = 64 };

struct uv_loop_s;

struct inf_hash_job; /* one password */
struct inf_hasher {
    struct uv_loop_s *loop;
    enum inf_password_algorithm algorithm;
    struct inf_list waiting;
    size_t count; /* waiting and running */
    struct inf_hash_job *running;
    bool closed;
};

/* matches: the check's; hash: the new one; err: neither, NULL otherwise. */
typedef void (*inf_hasher_done)(void *arg, bool matches, const char *hash,
                                const struct inf_error *err);

/* hash NULL: of nobody; takes as long. TOO_MANY at once when too many wait. */
int inf_hasher_check(struct inf_hasher *hasher, const char *password, const char *hash,
                     inf_hasher_done done, void *arg, struct inf_error *err);
int inf_hasher_make(struct inf_hasher *hasher, const char *password, inf_hasher_done done,
                    void *arg, struct inf_error *err);
/* Ends those that wait with UNAVAILABLE; the one that runs is ended when the pool lets go of it,
 * and the hasher must live until then (running is NULL). */
void inf_hasher_close(struct inf_hasher *hasher);

#endif
