/* tls.h - TLS for the connections that libmicrohttpd speaks it on: certificates, keys, versions.
 *
 * A connection keeps the certificate that it began with; new ones take what was loaded last, so a
 * reload drops nobody. Thread: loop only; loading reads files and is for the start and for reloads.
 * Owns: what is loaded, until the last connection lets go of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_TLS_H
#define INFERD_HTTP_TLS_H

#include "inferd/http.h"

struct gnutls_session_int;
struct inf_tls;
struct inf_tls_loaded; /* one certificate with its key, and whom to trust */

/* Reads the files. ILLEGAL_ARGUMENT that names setting and file. options is borrowed until then. */
int inf_tls_new(const struct inf_tls_options *options, struct inf_tls **ret, struct inf_error *err);
void inf_tls_free(struct inf_tls *tls); /* NULL is fine */
/* Reads them again; after a failure the old ones stay in use. */
int inf_tls_reload(struct inf_tls *tls, struct inf_error *err);
/* For libmicrohttpd: versions and ciphers, in GnuTLS's notation. */
const char *inf_tls_priorities(const struct inf_tls *tls);
/* A connection begins: gives its session what is loaded now. */
struct inf_tls_loaded *inf_tls_attach(const struct inf_tls *tls,
                                      struct gnutls_session_int *session);
void inf_tls_detach(struct inf_tls_loaded *loaded); /* NULL is fine */

#endif
