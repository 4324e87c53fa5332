/* receiver.c - the settings ingest.forward.*, checked at the start. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "receiver.h"

#include "curl_library.h"
#include "inferd/alloc.h"
#include "inferd/loopback.h"
#include "inferd/secret_file.h"
#include "inferd/strmap.h"
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define FORWARD "ingest.forward."
#define INDEX_MAX 255 /* bytes of a name, as in Elasticsearch */
#define TEXT_MAX ((size_t)8192)
/* Of each item only what is looked at. */
#define BULK "/_bulk?filter_path=items.*.status,items.*.result,items.*.error"

/* ---- the URL ---- */

static int bad_url(const char *url, const char *why, struct inf_error *err)
{
    /* A URL with a password in it must not be shown. */
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "setting [" FORWARD "url]%s%.256s%s %s",
                         strchr(url, '@') == NULL ? " with value [" : "",
                         strchr(url, '@') == NULL ? url : "", strchr(url, '@') == NULL ? "]" : "",
                         why);
}

static bool has_part(CURLU *parts, CURLUPart part)
{
    char *text = NULL;
    bool has = inf_curl_library()->curl_url_get(parts, part, &text, 0) == CURLUE_OK;

    inf_curl_library()->curl_free(text);
    return has;
}

/* A host as curl gives it, an IPv6 address in brackets. */
static bool is_here(const char *host)
{
    char address[INET6_ADDRSTRLEN] = "";
    size_t length = strlen(host);

    if (host[0] == '[' && length > 2 && length < sizeof address)
        memcpy(address, host + 1, length - 2);
    return strcmp(host, "localhost") == 0 || inf_is_loopback(address[0] != '\0' ? address : host);
}

static char *take_part(CURLU *parts, CURLUPart part, unsigned flags)
{
    char *text = NULL, *copy;

    if (inf_curl_library()->curl_url_get(parts, part, &text, flags) != CURLUE_OK)
        return inf_strdup("");
    copy = inf_strdup(text);
    inf_curl_library()->curl_free(text);
    return copy;
}

static int check_parts(CURLU *parts, const struct inf_config *config, const char *url,
                       struct inf_error *err)
{
    char *scheme = take_part(parts, CURLUPART_SCHEME, 0);
    char *host = take_part(parts, CURLUPART_HOST, 0);
    bool plain = strcmp(scheme, "http") == 0, encrypted = strcmp(scheme, "https") == 0;
    bool open = plain && !is_here(host) && !inf_config_bool(config, "network.allow_insecure");
    int rc = 0;

    if (!plain && !encrypted)
        rc = bad_url(url, "must begin with https:// or http://", err);
    else if (has_part(parts, CURLUPART_USER) || has_part(parts, CURLUPART_PASSWORD))
        rc = bad_url(url,
                     "must have no user or password in it; see [" FORWARD
                     "api_key_file] and [" FORWARD "password_file]",
                     err);
    else if (has_part(parts, CURLUPART_QUERY) || has_part(parts, CURLUPART_FRAGMENT))
        rc = bad_url(url, "must end with a host, a port or a path", err);
    else if (open)
        rc = bad_url(url,
                     "sends documents and secrets over a network that others can read; use "
                     "https://, or set [network.allow_insecure] to [true]",
                     err);
    free(scheme);
    free(host);
    return rc;
}

static char *print_url(CURLU *parts)
{
    char *path = take_part(parts, CURLUPART_PATH, 0), *whole;
    size_t length = strlen(path);
    struct inf_buf text;

    while (length > 0 && path[length - 1] == '/')
        path[--length] = '\0';
    inf_curl_library()->curl_url_set(parts, CURLUPART_PATH, length > 0 ? path : "/", 0);
    whole = take_part(parts, CURLUPART_URL, 0);
    free(path);
    inf_buf_init(&text, TEXT_MAX);
    length = strlen(whole);
    inf_buf_append(&text, whole, length > 0 && whole[length - 1] == '/' ? length - 1 : length);
    inf_buf_puts(&text, BULK);
    free(whole);
    return inf_buf_take(&text, &length);
}

static int read_url(const struct inf_config *config, struct inf_receiver *ret,
                    struct inf_error *err)
{
    const char *url = inf_config_string(config, FORWARD "url");
    CURLU *parts = inf_curl_library()->curl_url();
    size_t length;
    int rc = -1;

    if (parts == NULL)
        inf_alloc_failed();
    if (inf_curl_library()->curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) !=
        CURLUE_OK)
        bad_url(url, "is no URL", err);
    else
        rc = check_parts(parts, config, url, err);
    if (rc == 0) {
        ret->url = print_url(parts);
        ret->name = inf_strdup(url);
        length = strlen(ret->name);
        if (ret->name[length - 1] == '/')
            ret->name[length - 1] = '\0';
    }
    inf_curl_library()->curl_url_cleanup(parts);
    return rc;
}

/* ---- who inferd is to the receiver ---- */

/* The first line of a secret file. */
static int read_secret(const struct inf_config *config, const char *setting, struct inf_buf *out,
                       struct inf_error *err)
{
    inf_buf_init(out, INF_SECRET_MAX);
    if (inf_secret_file_read(setting, inf_config_string(config, setting), out, err) != 0)
        return -1;
    out->length = strcspn(out->data, "\r\n");
    out->data[out->length] = '\0';
    for (size_t i = 0; i < out->length; i++)
        if ((unsigned char)out->data[i] < 0x20 || out->data[i] == 0x7f)
            out->length = 0;
    if (out->length > 0 && out->length <= TEXT_MAX / 4)
        return 0;
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "setting [%s]: the file's first line must have 1 to [%zu] printable bytes",
                         setting, TEXT_MAX / 4);
}

static int read_api_key(const struct inf_config *config, struct inf_receiver *ret,
                        struct inf_error *err)
{
    struct inf_buf key, header;
    int rc = read_secret(config, FORWARD "api_key_file", &key, err);
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
    int rc = read_secret(config, FORWARD "password_file", &password, err);

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
