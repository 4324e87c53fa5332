/* Puts the folder's parts together. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/secret_file.h"
#include "role.h"
#include "security_state.h"
#include <stdlib.h>
#include <string.h>

#define HASH_FILE "xpack.security.elastic_password_hash_file"
#define HASHING "xpack.security.authc.password_hashing.algorithm"

static enum inf_password_algorithm algorithm_of(const struct inf_config *config)
{
    return strcmp(inf_config_string(config, HASHING), "bcrypt") == 0 ? INF_PASSWORD_BCRYPT
                                                                     : INF_PASSWORD_YESCRYPT;
}

static int read_hash(const char *path, char **ret, struct inf_error *err)
{
    struct inf_buf text;
    int rc;

    inf_buf_init(&text, INF_SECRET_MAX);
    rc = inf_secret_file_read(HASH_FILE, path, &text, err);
    if (rc == 0) {
        text.data[strcspn(text.data, " \t\r\n")] = '\0';
        if (inf_password_hash_known(text.data))
            *ret = inf_strdup(text.data);
        else
            rc = inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                               "setting [" HASH_FILE "]: the file [%.512s] holds no yescrypt or "
                               "bcrypt hash; inferd --hash-password makes one of a password",
                               path);
    }
    inf_secret_wipe(&text);
    return rc;
}

/* The file is for the beginning; once a password was given over the API, that one counts. */
static int find_elastic(struct inf_security *security, const struct inf_config *config,
                        struct inf_error *err)
{
    const char *path = inf_config_string(config, HASH_FILE);

    if (inf_store_object(security->store, INF_OBJECT_USER, INF_ELASTIC) != NULL) {
        if (path[0] != '\0')
            inf_log(INF_LOG_INFO, "security",
                    "the password of [elastic] was changed over the API; its file is not read",
                    (const char *[]){"file", path, NULL});
        return 0;
    }
    if (path[0] != '\0')
        return read_hash(path, &security->elastic_hash, err);
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "setting [xpack.security.enabled] is [true], but the user [elastic] has "
                         "no password: run scripts/setup-security, or write the output of inferd "
                         "--hash-password into a file of mode 600 and name it in "
                         "[" HASH_FILE "]");
}

int inf_security_open(struct uv_loop_s *loop, struct inf_store *store,
                      const struct inf_config *config, struct inf_security **ret,
                      struct inf_error *err)
{
    struct inf_security *security = inf_alloc(1, sizeof *security);

    security->loop = loop;
    security->store = store;
    security->cache = inf_auth_cache_new(inf_config_ms(config, "xpack.security.authc.cache.ttl"));
    security->throttle.burst = inf_config_int(config, "xpack.security.authc.failures_per_minute");
    security->hasher.loop = loop;
    security->hasher.algorithm = algorithm_of(config);
    if (find_elastic(security, config, err) != 0) {
        inf_security_free(security);
        return -1;
    }
    *ret = security;
    return 0;
}

void inf_security_close(struct inf_security *security)
{
    if (security == NULL)
        return;
    security->closed = true;
    inf_hasher_close(&security->hasher);
}

void inf_security_free(struct inf_security *security)
{
    if (security == NULL)
        return;
    inf_auth_cache_free(security->cache);
    free(security->elastic_hash);
    free(security);
}

/* ---- passwords ---- */

int inf_security_check_password(const struct inf_security *security, const char *password,
                                struct inf_error *err)
{
    return inf_password_check(security->hasher.algorithm, password, err);
}

struct hashing {
    void (*done)(void *arg, const char *hash, const struct inf_error *err);
    void *arg;
};

static void on_hash(void *arg, bool matches, const char *hash, const struct inf_error *err)
{
    struct hashing *hashing = arg;

    (void)matches;
    hashing->done(hashing->arg, err == NULL ? hash : NULL, err);
    free(hashing);
}

void inf_security_hash_password(struct inf_security *security, const char *password,
                                void (*done)(void *arg, const char *hash,
                                             const struct inf_error *err),
                                void *arg)
{
    struct hashing *hashing = inf_alloc(1, sizeof *hashing);
    struct inf_error err;

    *hashing = (struct hashing){done, arg};
    if (inf_hasher_make(&security->hasher, password, on_hash, hashing, &err) != 0)
        on_hash(hashing, false, NULL, &err);
}

int inf_security_print_hash(const struct inf_config *config, const char *password,
                            struct inf_buf *out, struct inf_error *err)
{
    char hash[INF_PASSWORD_HASH_SIZE];
    enum inf_password_algorithm algorithm = algorithm_of(config);

    if (inf_password_check(algorithm, password, err) != 0 ||
        inf_password_hash(algorithm, password, hash, err) != 0)
        return -1;
    inf_buf_printf(out, "%s\n", hash);
    return 0;
}

/* ---- roles ---- */

bool inf_security_write_role(const struct inf_security *security, const char *name,
                             struct inf_jsonw *w)
{
    const struct inf_builtin_role *builtin = inf_builtin_role(name);
    const struct inf_object *object;

    if (builtin != NULL) {
        inf_builtin_role_write(builtin, w);
        return true;
    }
    object = inf_store_object(security->store, INF_OBJECT_ROLE, name);
    if (object != NULL)
        inf_jsonw_raw(w, object->text, strlen(object->text));
    return object != NULL;
}

void inf_security_write_limits(const struct inf_security *security,
                               const struct inf_principal *owner, struct inf_jsonw *w)
{
    struct inf_buf role;

    inf_jsonw_begin_object(w);
    for (size_t i = 0; i < owner->role_count; i++) {
        struct inf_jsonw inner;

        inf_buf_init(&role, SIZE_MAX / 2);
        inf_jsonw_init(&inner, &role);
        if (inf_security_write_role(security, owner->roles[i], &inner)) {
            inf_jsonw_key(w, owner->roles[i]);
            inf_jsonw_raw(w, role.data, role.length);
        }
        inf_buf_free(&role);
    }
    inf_jsonw_end_object(w);
}
