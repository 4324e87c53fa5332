/* url_setting.c - a URL is taken apart by curl, so that what is checked is what curl will use. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/url_setting.h"

#include "inferd/alloc.h"
#include "inferd/curl_library.h"
#include "inferd/loopback.h"
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static int bad(const struct inf_url_setting *setting, const char *url, const char *why,
               struct inf_error *err)
{
    bool shown = strchr(url, '@') == NULL; /* one with a password in it must not be */

    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "setting [%s]%s%.256s%s %s", setting->name,
                         shown ? " with value [" : "", shown ? url : "", shown ? "]" : "", why);
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

static char *take_part(CURLU *parts, CURLUPart part)
{
    char *text = NULL, *copy;

    if (inf_curl_library()->curl_url_get(parts, part, &text, 0) != CURLUE_OK)
        return inf_strdup("");
    copy = inf_strdup(text);
    inf_curl_library()->curl_free(text);
    return copy;
}

/* The path without slashes at its end, which stays in parts. */
static void cut_path(CURLU *parts, char *path)
{
    size_t length = strlen(path);

    while (length > 0 && path[length - 1] == '/')
        path[--length] = '\0';
    inf_curl_library()->curl_url_set(parts, CURLUPART_PATH, length > 0 ? path : "/", 0);
}

static int check_parts(const struct inf_url_setting *setting, const struct inf_config *config,
                       CURLU *parts, const char *url, struct inf_error *err)
{
    char *scheme = take_part(parts, CURLUPART_SCHEME);
    char *host = take_part(parts, CURLUPART_HOST);
    char *path = take_part(parts, CURLUPART_PATH);
    bool plain = strcmp(scheme, "http") == 0, encrypted = strcmp(scheme, "https") == 0;
    bool open = plain && !is_here(host) && !inf_config_bool(config, "network.allow_insecure");
    char why[256];
    int rc = 0;

    cut_path(parts, path);
    if (!plain && !encrypted) {
        rc = bad(setting, url, "must begin with https:// or http://", err);
    } else if (has_part(parts, CURLUPART_USER) || has_part(parts, CURLUPART_PASSWORD)) {
        snprintf(why, sizeof why, "must have no user or password in it; see %s", setting->secrets);
        rc = bad(setting, url, why, err);
    } else if (has_part(parts, CURLUPART_QUERY) || has_part(parts, CURLUPART_FRAGMENT) ||
               (!setting->path && path[0] != '\0')) {
        snprintf(why, sizeof why, "must end with %s", setting->may_have);
        rc = bad(setting, url, why, err);
    } else if (open) {
        snprintf(why, sizeof why,
                 "sends %s over a network that others can read; use https://, or set "
                 "[network.allow_insecure] to [true]",
                 setting->carries);
        rc = bad(setting, url, why, err);
    }
    free(scheme);
    free(host);
    free(path);
    return rc;
}

int inf_url_setting_check(const struct inf_url_setting *setting, const struct inf_config *config,
                          const char *url, char **ret, struct inf_error *err)
{
    CURLU *parts = inf_curl_library()->curl_url();
    int rc;

    if (parts == NULL)
        inf_alloc_failed();
    if (inf_curl_library()->curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) !=
        CURLUE_OK)
        rc = bad(setting, url, "is no URL", err);
    else
        rc = check_parts(setting, config, parts, url, err);
    if (rc == 0) {
        size_t length;

        *ret = take_part(parts, CURLUPART_URL);
        length = strlen(*ret);
        if (length > 0 && (*ret)[length - 1] == '/')
            (*ret)[length - 1] = '\0';
    }
    inf_curl_library()->curl_url_cleanup(parts);
    return rc;
}
