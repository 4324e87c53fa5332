/* hash.h - a seeded 64-bit hash for the tables of this folder.
 *
 * Not for secrets; the seed keeps clients from choosing what collides. Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_HASH_H
#define INFERD_SERVING_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Hash of `length` bytes from the state `seed`; chain calls to hash several pieces. */
uint64_t inf_hash(uint64_t seed, const void *data, size_t length);
uint64_t inf_hash_seed(void); /* random */

#endif
