/* password.h - password hashes, by libcrypt.
 *
 * Thread: any (pure). Hashing and checking take tens of milliseconds: never on the loop.
 * Bound: INF_PASSWORD_MAX bytes, which is what libcrypt takes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SECURITY_PASSWORD_H
#define INFERD_SECURITY_PASSWORD_H

#include "inferd/error.h"
#include <stdbool.h>

#define INF_PASSWORD_HASH_SIZE 384 /* CRYPT_OUTPUT_SIZE */
#define INF_PASSWORD_MAX 511
#define INF_PASSWORD_BCRYPT_MAX 72 /* bytes that bcrypt looks at */
#define INF_PASSWORD_MIN 6

enum inf_password_algorithm { INF_PASSWORD_YESCRYPT, INF_PASSWORD_BCRYPT };

/* VALIDATION-like complaint, or 0: may this become somebody's password? */
int inf_password_check(enum inf_password_algorithm algorithm, const char *password,
                       struct inf_error *err);
/* A new hash with a salt from the system's random numbers. */
int inf_password_hash(enum inf_password_algorithm algorithm, const char *password,
                      char ret[INF_PASSWORD_HASH_SIZE], struct inf_error *err);
/* hash NULL: nobody's; takes as long as for somebody's and is false. In constant time. Fails with
 * MEMORY, which must not look like a wrong password: yescrypt takes 16 MB. */
int inf_password_matches(enum inf_password_algorithm algorithm, const char *password,
                         const char *hash, bool *ret, struct inf_error *err);
/* Is it a hash of one of the algorithms here? */
bool inf_password_hash_known(const char *hash);

#endif
