/* depot_settings.c - what is said of the store of definitions makes sense, or is refused.
 *
 * Names of buckets and objects are of few characters, so that nobody has to agree on how others
 * are spelled in a URL and in what is signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "depot_settings.h"

#include "inferd/alloc.h"
#include "inferd/buf.h"
#include "inferd/curl_library.h"
#include "inferd/secret_file.h"
#include "inferd/url_setting.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFINITIONS "cluster.definitions."
#define S3 DEFINITIONS "s3."
#define TEXT_MAX ((size_t)8192)
#define SMALL "abcdefghijklmnopqrstuvwxyz0123456789-"
#define PLAIN SMALL "ABCDEFGHIJKLMNOPQRSTUVWXYZ_."
#define SIGNING_CURL 0x075700 /* the first that signs all headers of a request */

static const char *value_of(const struct inf_config *config, const char *setting)
{
    return inf_config_string(config, setting);
}

static int refuse(const char *setting, const char *value, const char *why, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "setting [%s] with value [%.256s] %s",
                         setting, value, why);
}

/* ---- the directory ---- */

static int read_directory(const struct inf_config *config, struct inf_depot_settings *ret,
                          struct inf_error *err)
{
    static const char setting[] = DEFINITIONS "directory";
    const char *path = value_of(config, setting);
    struct inf_buf name;
    struct stat status;

    if (path[0] != '/')
        return refuse(setting, path,
                      "must be the absolute path of a directory that all nodes have, where "
                      "[" DEFINITIONS "store] is [directory]",
                      err);
    if (stat(path, &status) != 0)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "setting [%s]: the directory [%.512s] cannot be used: %s; make it, or "
                             "mount what it is on",
                             setting, path, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return refuse(setting, path, "must be a directory, and is something else", err);
    ret->directory = inf_strdup(path);
    inf_buf_init(&name, TEXT_MAX);
    inf_buf_printf(&name, "the directory [%s]", path);
    ret->name = inf_buf_take(&name, NULL);
    return 0;
}

/* ---- the bucket ---- */

static bool consists_of(const char *text, const char *characters)
{
    return text[strspn(text, characters)] == '\0';
}

static bool is_bucket(const char *name)
{
    size_t length = strlen(name);

    return length >= 3 && consists_of(name, SMALL ".") && name[0] != '.' && name[0] != '-' &&
           name[length - 1] != '.' && name[length - 1] != '-' && strstr(name, "..") == NULL;
}

static bool is_path(const char *path)
{
    size_t length = strlen(path);

    return consists_of(path, PLAIN "/") && path[0] != '/' &&
           (length == 0 || path[length - 1] != '/') && strstr(path, "//") == NULL &&
           strstr(path, "..") == NULL && strstr(path, "./") == NULL;
}

static int check_names(const struct inf_config *config, struct inf_error *err)
{
    const char *bucket = value_of(config, S3 "bucket");
    const char *path = value_of(config, S3 "base_path");
    const char *region = value_of(config, S3 "region");
    const char *key = value_of(config, S3 "access_key");

    if (!is_bucket(bucket))
        return refuse(S3 "bucket", bucket,
                      "must be the name of a bucket: 3 to 63 small letters, digits, hyphens and "
                      "single dots",
                      err);
    if (!is_path(path))
        return refuse(S3 "base_path", path,
                      "must be of letters, digits, hyphens, underscores, dots and single slashes, "
                      "without a slash at either end",
                      err);
    if (!consists_of(region, SMALL))
        return refuse(S3 "region", region, "must be of small letters, digits and hyphens", err);
    if (key[0] == '\0' || value_of(config, S3 "secret_key_file")[0] == '\0')
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "settings [" S3 "access_key] and [" S3 "secret_key_file] must be "
                             "given, where [" DEFINITIONS "store] is [s3]");
    for (const char *at = key; *at != '\0'; at++)
        if (*at <= ' ' || *at >= 0x7f || *at == '/')
            return refuse(S3 "access_key", key,
                          "must be the id of an access key: printable ASCII without spaces and "
                          "slashes",
                          err);
    return 0;
}

/* https://host:port -> https://host:port/bucket/path/ or https://bucket.host:port/path/ */
static void print_url(const struct inf_config *config, const char *endpoint, struct inf_buf *url)
{
    const char *bucket = value_of(config, S3 "bucket"), *path = value_of(config, S3 "base_path");
    const char *host = strstr(endpoint, "://") + 3;

    inf_buf_append(url, endpoint, (size_t)(host - endpoint));
    if (inf_config_bool(config, S3 "path_style_access"))
        inf_buf_printf(url, "%s/%s/", host, bucket);
    else
        inf_buf_printf(url, "%s.%s/", bucket, host);
    if (path[0] != '\0')
        inf_buf_printf(url, "%s/", path);
}

static char *join(const char *begin, const char *a, const char *b)
{
    struct inf_buf text;

    inf_buf_init(&text, TEXT_MAX);
    inf_buf_puts(&text, begin);
    inf_buf_puts(&text, a);
    inf_buf_puts(&text, b);
    return inf_buf_take(&text, NULL);
}

static int read_endpoint(const struct inf_config *config, struct inf_depot_settings *ret,
                         struct inf_error *err)
{
    static const struct inf_url_setting setting = {
        .name = S3 "endpoint",
        .secrets = "[" S3 "access_key] and [" S3 "secret_key_file]",
        .carries = "models",
        .may_have = "a host or a port",
    };
    const char *given = value_of(config, S3 "endpoint");
    char *endpoint = NULL;
    struct inf_buf text;

    if (given[0] == '\0')
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "setting [" S3 "endpoint] must be the URL of an S3-compatible server, "
                             "where [" DEFINITIONS "store] is [s3]");
    if (inf_url_setting_check(&setting, config, given, &endpoint, err) != 0)
        return -1;
    inf_buf_init(&text, TEXT_MAX);
    print_url(config, endpoint, &text);
    ret->url = inf_buf_take(&text, NULL);
    inf_buf_init(&text, TEXT_MAX);
    inf_buf_printf(&text, "the bucket [%s] at [%s]", value_of(config, S3 "bucket"), endpoint);
    ret->name = inf_buf_take(&text, NULL);
    free(endpoint);
    return 0;
}

static int read_keys(const struct inf_config *config, struct inf_depot_settings *ret,
                     struct inf_error *err)
{
    static const char setting[] = S3 "secret_key_file";
    const char *authorities = value_of(config, S3 "ssl.certificate_authorities");
    struct inf_buf text;
    int rc = inf_secret_line_read(setting, value_of(config, setting), &text, err);

    if (rc == 0)
        ret->secret_key = inf_strdup(text.data);
    inf_secret_wipe(&text);
    ret->access_key = inf_strdup(value_of(config, S3 "access_key"));
    ret->part_bytes = inf_config_bytes(config, S3 "part_size");
    ret->signature = join("aws:amz:", value_of(config, S3 "region"), ":s3");
    if (rc != 0 || authorities[0] == '\0')
        return rc;
    inf_buf_init(&text, INF_SECRET_MAX);
    rc = inf_public_file_read(S3 "ssl.certificate_authorities", authorities, &text, err);
    inf_buf_free(&text);
    ret->authorities = inf_strdup(authorities);
    return rc;
}

static int read_s3(const struct inf_config *config, struct inf_depot_settings *ret,
                   struct inf_error *err)
{
    const curl_version_info_data *curl =
        inf_curl_library() != NULL ? inf_curl_library()->curl_version_info(CURLVERSION_NOW) : NULL;

    if (curl == NULL || curl->version_num < SIGNING_CURL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "setting [" DEFINITIONS "store] with value [s3] needs libcurl 7.87 or "
                             "newer, and there is [%s]; use [directory] or [nodes], or another "
                             "libcurl",
                             curl != NULL ? curl->version : "none");
    return check_names(config, err) != 0 || read_endpoint(config, ret, err) != 0 ||
                   read_keys(config, ret, err) != 0
               ? -1
               : 0;
}

/* ---- all of it ---- */

int inf_depot_settings_read(const struct inf_config *config, struct inf_depot_settings *ret,
                            struct inf_error *err)
{
    const char *store = value_of(config, DEFINITIONS "store");
    bool nodes = strcmp(store, "nodes") == 0;

    *ret = (struct inf_depot_settings){
        .timeout_ms = inf_config_ms(config, DEFINITIONS "timeout"),
        .max_disk_bytes = inf_config_bytes(config, DEFINITIONS "max_disk"),
        .fetch_all = nodes || strcmp(value_of(config, DEFINITIONS "fetch"), "all") == 0};
    if (!nodes && strcmp(value_of(config, "cluster.state"), "etcd") != 0)
        return refuse(DEFINITIONS "store", store,
                      "is for a cluster; set [cluster.state] to [etcd], or leave it [nodes]", err);
    if (ret->max_disk_bytes > 0 && ret->fetch_all)
        return inf_error_set(
            err, INF_ERR_ILLEGAL_ARGUMENT,
            "setting [" DEFINITIONS "max_disk] with value [%lld] needs [" DEFINITIONS "store] to "
            "be [s3] or [directory] and [" DEFINITIONS "fetch] to be [needed]; of nodes that keep "
            "definitions for each other, none may remove one",
            (long long)ret->max_disk_bytes);
    if (nodes)
        return 0;
    ret->kind = strcmp(store, "s3") == 0 ? INF_DEPOT_S3 : INF_DEPOT_DIRECTORY;
    return ret->kind == INF_DEPOT_S3 ? read_s3(config, ret, err) : read_directory(config, ret, err);
}

void inf_depot_settings_fini(struct inf_depot_settings *settings)
{
    if (settings->secret_key != NULL)
        explicit_bzero(settings->secret_key, strlen(settings->secret_key));
    free(settings->secret_key);
    free(settings->name);
    free(settings->directory);
    free(settings->url);
    free(settings->signature);
    free(settings->access_key);
    free(settings->authorities);
    *settings = (struct inf_depot_settings){0};
}
