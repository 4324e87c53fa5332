/* libcrypt does the work; its state has 32 KB, so it lies on the heap, and it is wiped, since it
 * held the password. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "password.h"

#include "inferd/alloc.h"
#include <crypt.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_LEAST = 60 }; /* characters of a bcrypt hash, the shorter of the two */

/* bcrypt with 2^10 rounds, as Elasticsearch; yescrypt with libcrypt's default, 16 MB. */
static const struct {
    const char *prefix;
    unsigned long cost;
} algorithms[] = {[INF_PASSWORD_YESCRYPT] = {"$y$", 0}, [INF_PASSWORD_BCRYPT] = {"$2b$", 10}};

int inf_password_check(enum inf_password_algorithm algorithm, const char *password,
                       struct inf_error *err)
{
    size_t length = strlen(password);
    size_t max = algorithm == INF_PASSWORD_BCRYPT ? INF_PASSWORD_BCRYPT_MAX : INF_PASSWORD_MAX;

    if (length < INF_PASSWORD_MIN)
        return inf_error_invalid(err, INF_ERR_VALIDATION,
                                 "passwords must be at least [%d] characters "
                                 "long",
                                 INF_PASSWORD_MIN);
    if (length > max)
        return inf_error_invalid(err, INF_ERR_VALIDATION,
                                 "passwords must be at most [%zu] bytes long", max);
    return 0;
}

/* *ret_made: setting was one that libcrypt knows. */
static int make(const char *password, const char *setting, char ret[INF_PASSWORD_HASH_SIZE],
                bool *ret_made, struct inf_error *err)
{
    struct crypt_data *data = inf_alloc(1, sizeof *data);
    const char *hash = crypt_rn(password, setting, data, sizeof *data);
    /* errno does not tell; but nothing else can go wrong with a setting that is known. */
    bool no_memory = hash == NULL && crypt_checksalt(setting) == CRYPT_SALT_OK;

    *ret_made = hash != NULL && strlen(hash) < INF_PASSWORD_HASH_SIZE;
    if (*ret_made)
        memcpy(ret, hash, strlen(hash) + 1);
    explicit_bzero(data, sizeof *data);
    free(data);
    return no_memory ? inf_error_set(err, INF_ERR_MEMORY, "not enough memory to hash a password")
                     : 0;
}

int inf_password_hash(enum inf_password_algorithm algorithm, const char *password,
                      char ret[INF_PASSWORD_HASH_SIZE], struct inf_error *err)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    bool made = false;

    if (crypt_gensalt_rn(algorithms[algorithm].prefix, algorithms[algorithm].cost, NULL, 0, setting,
                         sizeof setting) != NULL &&
        make(password, setting, ret, &made, err) != 0)
        return -1;
    return made ? 0
                : inf_error_set(err, INF_ERR_INTERNAL,
                                "the system's libcrypt made no password hash");
}

int inf_password_matches(enum inf_password_algorithm algorithm, const char *password,
                         const char *hash, bool *ret, struct inf_error *err)
{
    char own[INF_PASSWORD_HASH_SIZE];
    bool made;

    *ret = false;
    if (hash == NULL)
        return inf_password_hash(algorithm, password, own, err);
    if (make(password, hash, own, &made, err) != 0)
        return -1;
    *ret = made && strlen(own) == strlen(hash) && CRYPTO_memcmp(own, hash, strlen(hash)) == 0;
    return 0;
}

bool inf_password_hash_known(const char *hash)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (strncmp(hash, algorithms[i].prefix, strlen(algorithms[i].prefix)) == 0)
            return strlen(hash) >= HASH_LEAST && strlen(hash) < INF_PASSWORD_HASH_SIZE &&
                   crypt_checksalt(hash) == CRYPT_SALT_OK;
    return false;
}
