/* The audit log's lines and file. When a line cannot be written, say because the disk is full, the
 * log says so once, until writing goes well again: requests are answered all the same. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/audit.h"

#include "credential.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SETTING "xpack.security.audit.file"

enum { LINE_MAX_BYTES = 512 * 1024, TIME_SIZE = 40 };

struct inf_audit {
    int fd;
    bool failing;
    char *path, *node;
};

static int open_file(const char *path, struct inf_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);

    if (fd < 0)
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "cannot open the file [%.512s] of [" SETTING "]: %s", path, strerror(errno));
    return fd;
}

int inf_audit_open(const struct inf_config *config, struct inf_audit **ret, struct inf_error *err)
{
    const char *path = inf_config_string(config, SETTING);
    int fd;

    *ret = NULL;
    if (!inf_config_bool(config, "xpack.security.audit.enabled"))
        return 0;
    if (path[0] == '\0')
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "setting [xpack.security.audit.enabled] needs [" SETTING "]: the file "
                             "that lines are appended to");
    fd = open_file(path, err);
    if (fd < 0)
        return -1;
    *ret = inf_alloc(1, sizeof **ret);
    (*ret)->fd = fd;
    (*ret)->path = inf_strdup(path);
    (*ret)->node = inf_strdup(inf_config_string(config, "node.name"));
    return 0;
}

int inf_audit_reopen(struct inf_audit *audit, struct inf_error *err)
{
    int fd;

    if (audit == NULL)
        return 0;
    fd = open_file(audit->path, err);
    if (fd < 0)
        return -1;
    close(audit->fd);
    audit->fd = fd;
    return 0;
}

void inf_audit_close(struct inf_audit *audit)
{
    if (audit == NULL)
        return;
    close(audit->fd);
    free(audit->path);
    free(audit->node);
    free(audit);
}

/* ---- lines ---- */

static void write_time(struct inf_jsonw *w)
{
    char text[TIME_SIZE], whole[2 * TIME_SIZE];
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(whole, sizeof whole, "%s,%03d+0000", text, (int)(now.tv_nsec / 1000000));
    inf_jsonw_kv_string(w, "timestamp", whole);
}

static void write_known(struct inf_jsonw *w, const struct inf_principal *principal)
{
    inf_jsonw_kv_string(w, "authentication.type", principal->key_id != NULL ? "API_KEY" : "REALM");
    inf_jsonw_kv_string(w, "user.name", principal->username);
    inf_jsonw_kv_string(w, "user.realm", principal->realm);
    inf_jsonw_key(w, "user.roles");
    inf_jsonw_begin_array(w);
    for (size_t i = 0; i < principal->role_count; i++)
        inf_jsonw_string(w, principal->roles[i]);
    inf_jsonw_end_array(w);
    if (principal->key_id != NULL) {
        inf_jsonw_kv_string(w, "apikey.id", principal->key_id);
        inf_jsonw_kv_string(w, "apikey.name", principal->key_name);
    }
}

/* Whom somebody claimed to be who could not prove it. */
static void write_claim(struct inf_jsonw *w, const char *authorization)
{
    struct inf_credential credential;

    inf_credential_read(authorization, &credential);
    if (credential.kind == INF_CREDENTIAL_PASSWORD)
        inf_jsonw_kv_string(w, "user.name", credential.name);
    if (credential.kind == INF_CREDENTIAL_KEY)
        inf_jsonw_kv_string(w, "apikey.id", credential.name);
    inf_credential_wipe(&credential);
}

/* A query can stand for a body (?source=), and there are passwords in bodies of these. */
static bool may_hold_secrets(const char *uri)
{
    return strncmp(uri, "/_security", strlen("/_security")) == 0;
}

static void write_request(struct inf_jsonw *w, const struct inf_audit_event *event)
{
    char id[32];
    size_t path_length = strcspn(event->uri, "?");

    inf_jsonw_kv_string(w, "origin.type", "rest");
    inf_jsonw_kv_string(w, "origin.address", event->address);
    inf_jsonw_kv_string(w, "request.method", event->method);
    inf_jsonw_key(w, "url.path");
    inf_jsonw_string_n(w, event->uri, path_length);
    if (event->uri[path_length] == '?' && !may_hold_secrets(event->uri))
        inf_jsonw_kv_string(w, "url.query", event->uri + path_length + 1);
    if (event->privilege_action != NULL)
        inf_jsonw_kv_string(w, "action", event->privilege_action);
    snprintf(id, sizeof id, "%llu", (unsigned long long)event->request_id);
    inf_jsonw_kv_string(w, "request.id", id);
    if (event->opaque_id != NULL)
        inf_jsonw_kv_string(w, "opaque_id", event->opaque_id);
}

static void append_line(struct inf_audit *audit, const struct inf_buf *line)
{
    ssize_t written = line->failed ? -1 : write(audit->fd, line->data, line->length);
    bool failed = written != (ssize_t)line->length;

    if (failed && !audit->failing)
        inf_log(INF_LOG_ERROR, "security", "the audit log cannot be written; lines are lost",
                (const char *[]){"file", audit->path, "reason",
                                 written < 0 ? strerror(errno) : "the disk is full", NULL});
    audit->failing = failed;
}

void inf_audit_write(struct inf_audit *audit, const struct inf_audit_event *event)
{
    struct inf_buf line;
    struct inf_jsonw w;

    if (audit == NULL)
        return;
    inf_buf_init(&line, LINE_MAX_BYTES);
    inf_jsonw_init(&w, &line);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "type", "audit");
    write_time(&w);
    inf_jsonw_kv_string(&w, "node.name", audit->node);
    inf_jsonw_kv_string(&w, "event.type", "rest");
    inf_jsonw_kv_string(&w, "event.action", event->action);
    if (event->principal != NULL)
        write_known(&w, event->principal);
    else if (event->authorization != NULL)
        write_claim(&w, event->authorization);
    write_request(&w, event);
    inf_jsonw_end_object(&w);
    inf_buf_puts(&line, "\n");
    append_line(audit, &line);
    inf_buf_free(&line);
}
