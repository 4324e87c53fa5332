/* etcd_settings.c - the settings cluster.etcd.*, checked at the start. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/etcd.h"

#include "inferd/alloc.h"
#include "inferd/curl_library.h"
#include "inferd/secret_file.h"
#include "inferd/url_setting.h"
#include <stdlib.h>
#include <string.h>

#define ETCD "cluster.etcd."
#define ENDPOINTS_MAX 16
#define PREFIX_MAX ((size_t)1024)

static bool is_set(const struct inf_config *config, const char *setting)
{
    return inf_config_string(config, setting)[0] != '\0';
}

/* ---- endpoints ---- */

static int add_endpoint(const struct inf_config *config, const char *url,
                        struct inf_etcd_settings *ret, struct inf_error *err)
{
    static const struct inf_url_setting setting = {
        .name = ETCD "endpoints",
        .secrets = "[" ETCD "user] and [" ETCD "password_file]",
        .carries = "the cluster's state and secrets",
        .may_have = "a host or a port",
    };

    if (ret->endpoint_count == ENDPOINTS_MAX)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "setting [" ETCD "endpoints] must have at most [%d] URLs",
                             ENDPOINTS_MAX);
    if (inf_url_setting_check(&setting, config, url, &ret->endpoints[ret->endpoint_count], err) !=
        0)
        return -1;
    ret->endpoint_count++;
    return 0;
}

static int read_endpoints(const struct inf_config *config, struct inf_etcd_settings *ret,
                          struct inf_error *err)
{
    char *list = inf_strdup(inf_config_string(config, ETCD "endpoints")), *rest = list, *url;
    int rc = 0;

    ret->endpoints = inf_alloc(ENDPOINTS_MAX, sizeof *ret->endpoints);
    while (rc == 0 && (url = strsep(&rest, ", ")) != NULL)
        if (url[0] != '\0')
            rc = add_endpoint(config, url, ret, err);
    free(list);
    if (rc == 0 && ret->endpoint_count == 0)
        rc = inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                           "setting [" ETCD "endpoints] must have at least one URL where "
                           "[cluster.state] is [etcd]");
    return rc;
}

/* ---- who inferd is to etcd ---- */

static int read_user(const struct inf_config *config, struct inf_etcd_settings *ret,
                     struct inf_error *err)
{
    const char *setting = ETCD "password_file";
    struct inf_buf password;
    int rc;

    if (is_set(config, ETCD "user") != is_set(config, setting))
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "settings [" ETCD "user] and [" ETCD "password_file] belong together");
    if (!is_set(config, setting))
        return 0;
    rc = inf_secret_line_read(setting, inf_config_string(config, setting), &password, err);
    if (rc == 0) {
        ret->user = inf_strdup(inf_config_string(config, ETCD "user"));
        ret->password = inf_strdup(password.data);
    }
    inf_secret_wipe(&password);
    return rc;
}

/* curl reads the file for each connection; that it can be read, and by nobody who should not, is
 * known now. */
static int read_path(const struct inf_config *config, const char *setting, bool secret, char **ret,
                     struct inf_error *err)
{
    const char *path = inf_config_string(config, setting);
    struct inf_buf text;
    int rc;

    if (path[0] == '\0')
        return 0;
    *ret = inf_strdup(path);
    inf_buf_init(&text, INF_SECRET_MAX);
    rc = secret ? inf_secret_file_read(setting, path, &text, err)
                : inf_public_file_read(setting, path, &text, err);
    inf_secret_wipe(&text);
    return rc;
}

static int read_tls(const struct inf_config *config, struct inf_etcd_settings *ret,
                    struct inf_error *err)
{
    if (is_set(config, ETCD "ssl.certificate") != is_set(config, ETCD "ssl.key"))
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "settings [" ETCD "ssl.certificate] and [" ETCD
                             "ssl.key] belong together");
    return read_path(config, ETCD "ssl.certificate_authorities", false, &ret->authorities, err) !=
                       0 ||
                   read_path(config, ETCD "ssl.certificate", false, &ret->certificate, err) != 0 ||
                   read_path(config, ETCD "ssl.key", true, &ret->key, err) != 0
               ? -1
               : 0;
}

/* ---- all of it ---- */

static char *read_prefix(const struct inf_config *config)
{
    const char *given = inf_config_string(config, ETCD "prefix");
    struct inf_buf prefix;

    inf_buf_init(&prefix, PREFIX_MAX);
    if (given[0] != '\0')
        inf_buf_puts(&prefix, given);
    else
        inf_buf_printf(&prefix, "/inferd/%s", inf_config_string(config, "cluster.name"));
    if (prefix.length > 0 && prefix.data[prefix.length - 1] != '/')
        inf_buf_puts(&prefix, "/");
    return inf_buf_take(&prefix, NULL);
}

int inf_etcd_settings_read(const struct inf_config *config, struct inf_etcd_settings *ret,
                           struct inf_error *err)
{
    *ret = (struct inf_etcd_settings){.timeout_ms = inf_config_ms(config, ETCD "timeout")};
    if (inf_curl_library() == NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "setting [cluster.state] with value [etcd] needs libcurl, which is "
                             "not installed: libcurl3-gnutls or libcurl4");
    ret->prefix = read_prefix(config);
    return read_endpoints(config, ret, err) != 0 || read_user(config, ret, err) != 0 ||
                   read_tls(config, ret, err) != 0
               ? -1
               : 0;
}

void inf_etcd_settings_fini(struct inf_etcd_settings *settings)
{
    for (size_t i = 0; i < settings->endpoint_count; i++)
        free(settings->endpoints[i]);
    free(settings->endpoints);
    free(settings->user);
    if (settings->password != NULL)
        explicit_bzero(settings->password, strlen(settings->password));
    free(settings->password);
    free(settings->authorities);
    free(settings->certificate);
    free(settings->key);
    free(settings->prefix);
    *settings = (struct inf_etcd_settings){0};
}
