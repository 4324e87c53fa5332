/* url_setting.h - URLs that settings give: of a server that the daemon speaks to by itself.
 *
 * Thread: any; curl must be there (curl_library.h). Owns: nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_URL_SETTING_H
#define INFERD_URL_SETTING_H

#include "inferd/config.h"
#include "inferd/error.h"

struct inf_url_setting {
    const char *name;     /* of the setting */
    const char *secrets;  /* where a user's secrets belong instead: "[x] and [y]" */
    const char *carries;  /* what goes over the wire: "documents and secrets" */
    const char *may_have; /* what the URL may end with: "a host, a port or a path" */
    bool path;            /* may it have one? */
};

/* *ret: the URL as curl spells it, without slashes at its end; the caller's to free. -1 with
 * ILLEGAL_ARGUMENT, which names the setting, when url is none of http or https, has more parts than
 * it may, or is plain http beyond this machine while [network.allow_insecure] is false. A URL that
 * may hold a password is not shown. */
int inf_url_setting_check(const struct inf_url_setting *setting, const struct inf_config *config,
                          const char *url, char **ret, struct inf_error *err);

#endif
