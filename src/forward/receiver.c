/* receiver.c - the settings ingest.forward.*, checked at the start. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "receiver.h"

#include "inferd/alloc.h"
#include "inferd/secret_file.h"
#include "inferd/strmap.h"
#include "inferd/url_setting.h"
#include <stdlib.h>
#include <string.h>

#define FORWARD "ingest.forward."
#define INDEX_MAX 255 /* bytes of a name, as in Elasticsearch */
#define TEXT_MAX ((size_t)8192)
/* Of each item only what is looked at. */
#define BULK "/_bulk?filter_path=items.*.status,items.*.result,items.*.error"

/* ---- the URL ---- */

static int read_url(const struct inf_config *config, struct inf_receiver *ret,
                    struct inf_error *err)
{
    static const struct inf_url_setting setting = {
        .name = FORWARD "url",
        .secrets = "[" FORWARD "api_key_file] and [" FORWARD "password_file]",
        .carries = "documents and secrets",
        .may_have = "a host, a port or a path",
        .path = true,
    };
    const char *url = inf_config_string(config, FORWARD "url");
    struct inf_buf text;
    size_t length;
    char *base;

    if (inf_url_setting_check(&setting, config, url, &base, err) != 0)
        return -1;
    inf_buf_init(&text, TEXT_MAX);
    inf_buf_printf(&text, "%s" BULK, base);
    free(base);
    ret->url = inf_buf_take(&text, &length);
    ret->name = inf_strdup(url);
    length = strlen(ret->name);
    if (ret->name[length - 1] == '/')
        ret->name[length - 1] = '\0';
    return 0;
}

/* ---- who inferd is to the receiver ---- */

static int read_api_key(const struct inf_config *config, struct inf_receiver *ret,
                        struct inf_error *err)
{
    struct inf_buf key, header;
    int rc = inf_secret_line_read(FORWARD "api_key_file",
                                  inf_config_string(config, FORWARD "api_key_file"), &key, err);
    size_t length;

    if (rc == 0) {
        inf_buf_init(&header, TEXT_MAX);
        inf_buf_reserve(&header, TEXT_MAX / 2); /* so that no half of it is left behind */
        inf_buf_printf(&header, "Authorization: ApiKey %s", key.data);
        ret->authorization = inf_buf_take(&header, &length);
    }
    inf_secret_wipe(&key);
    return rc;
}

static int read_password(const struct inf_config *config, struct inf_receiver *ret,
                         struct inf_error *err)
{
    struct inf_buf password;
    int rc =
        inf_secret_line_read(FORWARD "password_file",
                             inf_config_string(config, FORWARD "password_file"), &password, err);

    if (rc == 0) {
        ret->username = inf_strdup(inf_config_string(config, FORWARD "username"));
        ret->password = inf_strdup(password.data);
    }
    inf_secret_wipe(&password);
    return rc;
}

static bool is_set(const struct inf_config *config, const char *setting)
{
    return inf_config_string(config, setting)[0] != '\0';
}

static int read_authorization(const struct inf_config *config, struct inf_receiver *ret,
                              struct inf_error *err)
{
    bool key = is_set(config, FORWARD "api_key_file");
    bool user = is_set(config, FORWARD "username"), pass = is_set(config, FORWARD "password_file");

    if (user != pass || (key && user))
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "settings [" FORWARD "username] and [" FORWARD
                             "password_file] belong together, and exclude [" FORWARD
                             "api_key_file]");
    if (key)
        return read_api_key(config, ret, err);
    return user ? read_password(config, ret, err) : 0;
}

/* ---- indices ---- */

static int bad_index(const char *name, const char *why, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "index [%.256s] %s", name, why);
}

static int check_name(const char *name, struct inf_error *err)
{
    size_t length = strlen(name);

    if (length == 0 || length > INDEX_MAX)
        return bad_index(name, "must have 1 to [255] bytes", err);
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strchr("-_+", name[0]) != NULL)
        return bad_index(name, "must not be [.] or [..], nor begin with [-], [_] or [+]", err);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] <= 0x20 || name[i] == 0x7f ||
            strchr("\\/*?\"<>|,#:", name[i]) != NULL || (name[i] >= 'A' && name[i] <= 'Z'))
            return bad_index(name,
                             "must be lowercase, and without spaces, control characters and "
                             "[\\/*?\"<>|,#:]",
                             err);
    return 0;
}

/* A name that begins with a dot is meant only by a pattern that does. */
static bool is_let(const char *patterns, const char *name)
{
    char one[INDEX_MAX + 1];
    bool let = false;

    while (!let && *patterns != '\0') {
        size_t length = strcspn(patterns, ",");

        if (length <= INDEX_MAX) {
            memcpy(one, patterns, length);
            one[length] = '\0';
            let = (name[0] != '.' || one[0] == '.') && inf_wildcard_match(one, name);
        }
        patterns += length + (patterns[length] == ',');
    }
    return let;
}

int inf_receiver_check_index(const struct inf_receiver *receiver, const char *name,
                             struct inf_error *err)
{
    if (check_name(name, err) != 0)
        return -1;
    return is_let(receiver->indices, name)
               ? 0
               : bad_index(name, "is none that [" FORWARD "indices] lets documents be sent to",
                           err);
}

/* ---- all of it ---- */

static char *path_or_null(const struct inf_config *config, const char *setting)
{
    return is_set(config, setting) ? inf_strdup(inf_config_string(config, setting)) : NULL;
}

/* curl reads the file for each connection; that it can be read is known now. */
static int check_authorities(const struct inf_receiver *receiver, struct inf_error *err)
{
    struct inf_buf text;
    int rc = 0;

    inf_buf_init(&text, INF_SECRET_MAX);
    if (receiver->authorities != NULL)
        rc = inf_public_file_read(FORWARD "ssl.certificate_authorities", receiver->authorities,
                                  &text, err);
    inf_buf_free(&text);
    return rc;
}

static char *dead_letters_path(const struct inf_config *config)
{
    struct inf_buf path;
    size_t length;

    if (is_set(config, FORWARD "dead_letters.path"))
        return path_or_null(config, FORWARD "dead_letters.path");
    inf_buf_init(&path, TEXT_MAX);
    inf_buf_printf(&path, "%s/dead_letters.ndjson", inf_config_string(config, "path.data"));
    return inf_buf_take(&path, &length);
}

int inf_receiver_read(const struct inf_config *config, struct inf_receiver *ret,
                      struct inf_error *err)
{
    const char *mode = inf_config_string(config, FORWARD "ssl.verification_mode");

    *ret = (struct inf_receiver){
        .authorities = path_or_null(config, FORWARD "ssl.certificate_authorities"),
        .proxy = inf_strdup(inf_config_string(config, FORWARD "proxy")),
        .index = path_or_null(config, FORWARD "index"),
        .indices = inf_strdup(inf_config_string(config, FORWARD "indices")),
        .dead_letters = dead_letters_path(config),
        .verify_certificate = strcmp(mode, "none") != 0,
        .verify_host = strcmp(mode, "full") == 0,
        .timeout_ms = inf_config_ms(config, FORWARD "timeout"),
        .backoff_ms = inf_config_ms(config, FORWARD "backoff"),
        .batch_documents = inf_config_int(config, FORWARD "batch_documents"),
        .batch_bytes = inf_config_bytes(config, FORWARD "batch_bytes"),
        .max_retries = (int)inf_config_int(config, FORWARD "max_retries"),
    };
    if (strchr(ret->proxy, '@') != NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "setting [" FORWARD
                             "proxy] must have no user or password in it, since "
                             "settings are shown");
    if (read_url(config, ret, err) != 0 || read_authorization(config, ret, err) != 0 ||
        check_authorities(ret, err) != 0)
        return -1;
    if (ret->index != NULL && inf_receiver_check_index(ret, ret->index, err) != 0)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "setting [" FORWARD "index]: %s",
                             err->reason);
    return 0;
}

static void free_secret(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void inf_receiver_fini(struct inf_receiver *receiver)
{
    free_secret(receiver->authorization);
    free_secret(receiver->password);
    free(receiver->username);
    free(receiver->url);
    free(receiver->name);
    free(receiver->authorities);
    free(receiver->proxy);
    free(receiver->index);
    free(receiver->indices);
    free(receiver->dead_letters);
    *receiver = (struct inf_receiver){0};
}
