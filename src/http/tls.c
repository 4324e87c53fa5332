/* libmicrohttpd makes a GnuTLS session for each connection and would give all of them one
 * certificate for ever. So each session is handed credentials of our own before its handshake;
 * those of libmicrohttpd's own have no certificate, and a session that kept them could not be
 * completed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/secret_file.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SSL "xpack.security.http.ssl."

enum { PRIORITIES_SIZE = 512 };

struct inf_tls_loaded {
    int references;
    gnutls_certificate_credentials_t credentials;
    enum inf_tls_client_auth client_auth;
};

struct inf_tls {
    struct inf_tls_options options; /* texts are own copies */
    char priorities[PRIORITIES_SIZE];
    struct inf_tls_loaded *current;
};

/* ---- versions and ciphers ---- */

/* Suites by their names in RFCs. GnuTLS puts them together from ciphers, so naming a suite allows
 * its cipher in either version. Nothing without forward secrecy and authenticated encryption. */
static const struct {
    const char *name, *cipher;
} suites[] = {
    {"TLS_AES_256_GCM_SHA384", "AES-256-GCM"},
    {"TLS_CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305"},
    {"TLS_AES_128_GCM_SHA256", "AES-128-GCM"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "AES-256-GCM"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "AES-256-GCM"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "AES-128-GCM"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "AES-128-GCM"},
};
static const struct {
    const char *name, *version;
} versions[] = {{"TLSv1.3", "VERS-TLS1.3"}, {"TLSv1.2", "VERS-TLS1.2"}};

static void append(char text[PRIORITIES_SIZE], const char *item)
{
    char added[64];
    size_t length = strlen(text);

    snprintf(added, sizeof added, ":+%s", item);
    if (strstr(text, added) == NULL)
        snprintf(text + length, PRIORITIES_SIZE - length, "%s", added);
}

/* The item's row, or -1; *ret_next is what follows it and a comma. */
static int find_item(const char *list, size_t count, const char *(*name)(size_t i),
                     const char **ret_next)
{
    size_t length = strcspn(list, ", ");

    *ret_next = list + length + strspn(list + length, ", ");
    for (size_t i = 0; i < count; i++)
        if (strlen(name(i)) == length && strncmp(name(i), list, length) == 0)
            return (int)i;
    return -1;
}

static const char *suite_name(size_t i)
{
    return suites[i].name;
}

static const char *version_name(size_t i)
{
    return versions[i].name;
}

static int make_priorities(const struct inf_tls_options *options, char ret[PRIORITIES_SIZE],
                           struct inf_error *err)
{
    const char *next = options->protocols;

    snprintf(ret, PRIORITIES_SIZE,
             "SECURE128:-VERS-ALL:-CIPHER-ALL:-MAC-ALL:+AEAD:-KX-ALL"
             ":+ECDHE-ECDSA:+ECDHE-RSA");
    do {
        const char *item = next;
        int i = find_item(item, 2, version_name, &next);

        if (i < 0)
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                 "setting [" SSL "supported_protocols] with value [%.128s]: "
                                 "allowed are [TLSv1.3] and [TLSv1.2], separated by commas",
                                 options->protocols);
        append(ret, versions[i].version);
    } while (next[0] != '\0');
    for (size_t i = 0; options->cipher_suites[0] == '\0' && i < 3; i++)
        append(ret, suites[i].cipher);
    for (next = options->cipher_suites; next[0] != '\0';) {
        const char *item = next;
        int i = find_item(item, sizeof suites / sizeof suites[0], suite_name, &next);

        if (i < 0)
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                 "setting [" SSL "cipher_suites] names [%.*s], which is not one of "
                                 "the suites that docs/security.md lists",
                                 (int)strcspn(item, ", "), item);
        append(ret, suites[i].cipher);
    }
    return 0;
}

/* ---- loading ---- */

static int fail(const char *what, const char *path, int rc, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "setting [" SSL "%s]: the file [%.512s] cannot be used: %s", what, path,
                         gnutls_strerror(rc));
}

static gnutls_datum_t datum(const struct inf_buf *buf)
{
    return (gnutls_datum_t){(unsigned char *)buf->data, (unsigned)buf->length};
}

/* The passphrase without the end of its line; *ret is NULL when there is none. */
static int read_passphrase(const char *path, struct inf_buf *buf, const char **ret,
                           struct inf_error *err)
{
    *ret = NULL;
    if (path[0] == '\0')
        return 0;
    if (inf_secret_file_read(SSL "key_passphrase_file", path, buf, err) != 0)
        return -1;
    buf->data[strcspn(buf->data, "\r\n")] = '\0';
    *ret = buf->data;
    return 0;
}

static int load_key(const struct inf_tls_options *options, struct inf_tls_loaded *loaded,
                    struct inf_error *err)
{
    struct inf_buf certificate, key, passphrase;
    const char *password;
    int rc;

    inf_buf_init(&certificate, INF_SECRET_MAX);
    inf_buf_init(&key, INF_SECRET_MAX);
    inf_buf_init(&passphrase, INF_SECRET_MAX);
    rc = inf_public_file_read(SSL "certificate", options->certificate, &certificate, err);
    if (rc == 0)
        rc = inf_secret_file_read(SSL "key", options->key, &key, err);
    if (rc == 0)
        rc = read_passphrase(options->key_passphrase_file, &passphrase, &password, err);
    if (rc == 0) {
        gnutls_datum_t chain = datum(&certificate), secret = datum(&key);
        int status = gnutls_certificate_set_x509_key_mem2(loaded->credentials, &chain, &secret,
                                                          GNUTLS_X509_FMT_PEM, password, 0);

        if (status < 0)
            rc = fail("certificate] and [" SSL "key", options->certificate, status, err);
    }
    inf_buf_free(&certificate);
    inf_secret_wipe(&key);
    inf_secret_wipe(&passphrase);
    return rc;
}

static int load_authorities(const struct inf_tls_options *options, struct inf_tls_loaded *loaded,
                            struct inf_error *err)
{
    struct inf_buf text;
    int count;

    if (options->client_auth == INF_TLS_NO_CLIENT_AUTH)
        return 0;
    if (options->certificate_authorities[0] == '\0')
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "setting [" SSL "client_authentication] needs "
                             "[" SSL "certificate_authorities]: the file of those who may sign "
                             "clients' certificates");
    inf_buf_init(&text, INF_SECRET_MAX);
    if (inf_public_file_read(SSL "certificate_authorities", options->certificate_authorities, &text,
                             err) != 0) {
        inf_buf_free(&text);
        return -1;
    }
    gnutls_datum_t data = datum(&text);
    count = gnutls_certificate_set_x509_trust_mem(loaded->credentials, &data, GNUTLS_X509_FMT_PEM);
    inf_buf_free(&text);
    return count > 0 ? 0
                     : fail("certificate_authorities", options->certificate_authorities,
                            count < 0 ? count : GNUTLS_E_NO_CERTIFICATE_FOUND, err);
}

void inf_tls_detach(struct inf_tls_loaded *loaded)
{
    if (loaded == NULL || --loaded->references > 0)
        return;
    gnutls_certificate_free_credentials(loaded->credentials);
    free(loaded);
}

/* Clients refuse an expired certificate, and its owner should know why. */
static void say_loaded(const struct inf_tls *tls, const struct inf_tls_loaded *loaded)
{
    time_t end = (time_t)-1;
    gnutls_x509_crt_t *list = NULL;
    unsigned count = 0;
    char text[32] = "unknown";
    struct tm utc;

    if (gnutls_certificate_get_x509_crt(loaded->credentials, 0, &list, &count) == 0 && count > 0)
        end = gnutls_x509_crt_get_expiration_time(list[0]);
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(list[i]);
    gnutls_free(list);
    if (end != (time_t)-1 && gmtime_r(&end, &utc) != NULL)
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    inf_log(end != (time_t)-1 && end < time(NULL) ? INF_LOG_WARN : INF_LOG_INFO, "http",
            "certificate loaded",
            (const char *[]){"file", tls->options.certificate, "valid_until", text, NULL});
}

int inf_tls_reload(struct inf_tls *tls, struct inf_error *err)
{
    struct inf_tls_loaded *loaded = inf_alloc(1, sizeof *loaded);

    loaded->references = 1;
    loaded->client_auth = tls->options.client_auth;
    if (gnutls_certificate_allocate_credentials(&loaded->credentials) != 0)
        inf_alloc_failed();
    if (load_key(&tls->options, loaded, err) != 0 ||
        load_authorities(&tls->options, loaded, err) != 0) {
        inf_tls_detach(loaded);
        return -1;
    }
    say_loaded(tls, loaded);
    inf_tls_detach(tls->current);
    tls->current = loaded;
    return 0;
}

/* ---- life ---- */

int inf_tls_new(const struct inf_tls_options *options, struct inf_tls **ret, struct inf_error *err)
{
    struct inf_tls *tls = inf_alloc(1, sizeof *tls);

    tls->options = *options;
    tls->options.certificate = inf_strdup(options->certificate);
    tls->options.key = inf_strdup(options->key);
    tls->options.key_passphrase_file = inf_strdup(options->key_passphrase_file);
    tls->options.certificate_authorities = inf_strdup(options->certificate_authorities);
    if (make_priorities(options, tls->priorities, err) != 0 || inf_tls_reload(tls, err) != 0) {
        inf_tls_free(tls);
        return -1;
    }
    *ret = tls;
    return 0;
}

void inf_tls_free(struct inf_tls *tls)
{
    if (tls == NULL)
        return;
    inf_tls_detach(tls->current);
    free((char *)tls->options.certificate);
    free((char *)tls->options.key);
    free((char *)tls->options.key_passphrase_file);
    free((char *)tls->options.certificate_authorities);
    free(tls);
}

const char *inf_tls_priorities(const struct inf_tls *tls)
{
    return tls->priorities;
}

/* ---- connections ---- */

/* Ends the handshake with a client whose certificate was not signed by whom we trust. Whether it
 * had to have one at all was asked before. */
static int verify_client(gnutls_session_t session)
{
    unsigned count = 0, status = 0;

    if (gnutls_certificate_get_peers(session, &count) == NULL || count == 0)
        return 0;
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT};
    if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) != 0 || status != 0)
        return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
    return 0;
}

struct inf_tls_loaded *inf_tls_attach(const struct inf_tls *tls, gnutls_session_t session)
{
    static const gnutls_certificate_request_t requests[] = {
        [INF_TLS_NO_CLIENT_AUTH] = GNUTLS_CERT_IGNORE,
        [INF_TLS_OPTIONAL_CLIENT_AUTH] = GNUTLS_CERT_REQUEST,
        [INF_TLS_REQUIRED_CLIENT_AUTH] = GNUTLS_CERT_REQUIRE,
    };
    struct inf_tls_loaded *loaded = tls->current;

    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, loaded->credentials);
    gnutls_certificate_server_set_request(session, requests[loaded->client_auth]);
    if (loaded->client_auth != INF_TLS_NO_CLIENT_AUTH)
        gnutls_session_set_verify_function(session, verify_client);
    loaded->references++;
    return loaded;
}
