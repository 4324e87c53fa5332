/* main.c - the composition root: builds the parts in order, runs the loop, takes them down in
 * reverse.
 *
 * Everything runs on the loop's thread. The store opens before the loop runs; the manager begins to
 * start remembered deployments while the server already answers. A stop lets the server drain and
 * the manager finish at the same time, since each waits for the other's requests, and closes the
 * rest when both have ended. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/log.h"
#include "inferd/reserve.h"
#include "inferd/rest.h"
#include "node_state.h"
#include "options.h"
#include "service.h"
#include "vet_file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define PRINT_MAX ((size_t)16 << 20)
#define EXIT_USAGE 2
#define EXIT_SECOND_SIGINT 130

/* Handles that live as long as the daemon serves. */
enum handle { ON_TERM, ON_INT, ON_HUP, SIGNALS };

struct daemon {
    struct inf_options options;
    uv_loop_t loop;
    uv_signal_t signals[SIGNALS];
    uv_timer_t watchdog;
    struct inf_config *config;
    struct inf_server *server;
    struct inf_app app;
    struct inf_node_state *state;
    char *engine_path;
    char bound_address[INF_HTTP_ADDRESS_SIZE], publish_address[INF_HTTP_ADDRESS_SIZE];
    bool is_ending, drained, manager_stopped;
};

/* ---- stop ---- */

static void stop_parts(uv_handle_t *handle)
{
    struct daemon *daemon = handle->data;

    inf_server_stop(daemon->server);
    inf_node_state_stop(daemon->state);
    inf_forward_close(daemon->app.forward);
    inf_security_close(daemon->app.security);
    inf_store_close(daemon->app.store);
}

/* What the manager waited for at last may be the store, which calls it in the middle of its work:
 * so the parts are stopped when the loop closes the handles. It ends by itself once those are gone.
 */
static void finish_stop(struct daemon *daemon)
{
    if (!daemon->drained || !daemon->manager_stopped)
        return;
    for (int i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&daemon->signals[i], NULL);
    uv_close((uv_handle_t *)&daemon->watchdog, stop_parts);
}

static void on_drained(void *arg)
{
    struct daemon *daemon = arg;

    daemon->drained = true;
    finish_stop(daemon);
}

static void on_manager_stopped(void *arg)
{
    struct daemon *daemon = arg;

    daemon->manager_stopped = true;
    finish_stop(daemon);
}

static void on_left(void *arg)
{
    struct daemon *daemon = arg;
    int64_t patience_ms = inf_config_ms(daemon->config, "shutdown.drain_timeout");

    daemon->app.stopping = true;
    inf_server_drain(daemon->server, patience_ms, on_drained, daemon);
    inf_manager_stop(daemon->app.manager, patience_ms, on_manager_stopped, daemon);
}

static void stop(struct daemon *daemon, const char *why)
{
    inf_log(INF_LOG_INFO, "main", "stopping", (const char *[]){"reason", why, NULL});
    inf_service_stopping();
    daemon->is_ending = true;
    inf_node_state_leave(daemon->state, inf_config_ms(daemon->config, "shutdown.drain_timeout"),
                         on_left, daemon);
}

/* ---- signals ---- */

static void on_stop_signal(uv_signal_t *handle, int number)
{
    struct daemon *daemon = handle->data;

    if (!daemon->is_ending)
        stop(daemon, number == SIGINT ? "SIGINT" : "SIGTERM");
    else if (number == SIGINT)
        _exit(
            EXIT_SECOND_SIGINT); /* somebody at a terminal has no patience; the store stands that */
}

static void reload(struct daemon *daemon)
{
    struct inf_config *fresh;
    struct inf_buf needs_restart;
    struct inf_error err;

    if (inf_options_load_config(&daemon->options, &fresh, &err) != 0) {
        inf_log(INF_LOG_ERROR, "main", "settings not reloaded, the old ones stay in force",
                (const char *[]){"reason", err.reason, NULL});
        return;
    }
    inf_buf_init(&needs_restart, PRINT_MAX);
    inf_config_reload(daemon->config, fresh, &needs_restart);
    inf_config_free(fresh);
    inf_service_set_log_level(daemon->config);
    inf_log(INF_LOG_INFO, "main", "settings reloaded", NULL);
    if (needs_restart.length > 0)
        inf_log(INF_LOG_WARN, "main", "changed settings that need a restart",
                (const char *[]){"settings", needs_restart.data, NULL});
    inf_buf_free(&needs_restart);
    if (inf_server_reload_tls(daemon->server, &err) != 0)
        inf_log(INF_LOG_ERROR, "main", "certificate not reloaded, the old one stays in use",
                (const char *[]){"reason", err.reason, NULL});
    if (inf_audit_reopen(daemon->app.audit, &err) != 0)
        inf_log(INF_LOG_ERROR, "main", "audit log not opened again, the old file stays in use",
                (const char *[]){"reason", err.reason, NULL});
}

static void on_reload_signal(uv_signal_t *handle, int number)
{
    struct daemon *daemon = handle->data;

    (void)number;
    if (daemon->is_ending)
        return;
    inf_service_reloading();
    reload(daemon);
    inf_service_ready(inf_server_port(daemon->server));
}

static void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    inf_service_alive();
}

static void on_settings_changed(void *arg)
{
    const struct daemon *daemon = arg;

    inf_service_set_log_level(daemon->config);
}

static void start_handles(struct daemon *daemon)
{
    static const int numbers[SIGNALS] = {[ON_TERM] = SIGTERM, [ON_INT] = SIGINT, [ON_HUP] = SIGHUP};
    uint64_t watchdog_ms = inf_service_watchdog_ms();

    for (int i = 0; i < SIGNALS; i++) {
        uv_signal_init(&daemon->loop, &daemon->signals[i]);
        daemon->signals[i].data = daemon;
        uv_signal_start(&daemon->signals[i], i == ON_HUP ? on_reload_signal : on_stop_signal,
                        numbers[i]);
    }
    uv_timer_init(&daemon->loop, &daemon->watchdog);
    daemon->watchdog.data = daemon;
    if (watchdog_ms > 0)
        uv_timer_start(&daemon->watchdog, on_watchdog, watchdog_ms, watchdog_ms);
}

/* ---- start ---- */

#define SSL "xpack.security.http.ssl."

static struct inf_tls_options tls_options(const struct inf_config *config)
{
    const char *client_auth = inf_config_string(config, SSL "client_authentication");

    return (struct inf_tls_options){
        .certificate = inf_config_string(config, SSL "certificate"),
        .key = inf_config_string(config, SSL "key"),
        .key_passphrase_file = inf_config_string(config, SSL "key_passphrase_file"),
        .certificate_authorities = inf_config_string(config, SSL "certificate_authorities"),
        .protocols = inf_config_string(config, SSL "supported_protocols"),
        .cipher_suites = inf_config_string(config, SSL "cipher_suites"),
        .client_auth = strcmp(client_auth, "none") == 0       ? INF_TLS_NO_CLIENT_AUTH
                       : strcmp(client_auth, "optional") == 0 ? INF_TLS_OPTIONAL_CLIENT_AUTH
                                                              : INF_TLS_REQUIRED_CLIENT_AUTH,
    };
}

static int start_server(struct daemon *daemon, const char *host, struct inf_error *err)
{
    const struct inf_config *config = daemon->config;
    const struct inf_tls_options tls = tls_options(config);
    const struct inf_server_options options = {
        .loop = &daemon->loop,
        .host = host,
        .port = (uint16_t)inf_config_int(config, "http.port"),
        .routes = inf_routes,
        .gate = daemon->app.security != NULL ? &inf_rest_gate : NULL,
        .second_look = inf_store_is_shared(daemon->app.store) ? inf_rest_doubts : NULL,
        .tls = inf_config_bool(config, SSL "enabled") ? &tls : NULL,
        .context = &daemon->app,
        .version = INF_ES_VERSION,
        .build_hash = INF_ES_BUILD_HASH,
        .max_content_length = inf_config_bytes(config, "http.max_content_length"),
        .max_header_size = inf_config_bytes(config, "http.max_header_size"),
        .max_connections = (int)inf_config_int(config, "http.max_connections"),
        .max_connections_per_address =
            (int)inf_config_int(config, "http.max_connections_per_address"),
        .header_timeout_ms = inf_config_ms(config, "http.header_timeout"),
        .body_timeout_ms = inf_config_ms(config, "http.body_timeout"),
        .idle_timeout_ms = inf_config_ms(config, "http.idle_timeout"),
    };

    if (inf_server_start(&options, &daemon->server, err) == 0)
        return 0;
    if (err->code == INF_ERR_ILLEGAL_ARGUMENT)
        return -1;
    return inf_error_set(err, err->code, "%s; see the settings [http.port] and [network.host]",
                         err->reason);
}

static int find_addresses(struct daemon *daemon, const char *host, struct inf_error *err)
{
    uint16_t port = inf_server_port(daemon->server);

    inf_service_print_address(host, port, daemon->bound_address);
    daemon->app.bound_address = daemon->bound_address;
    daemon->app.publish_address = daemon->publish_address;
    return inf_service_publish_address(daemon->config, host, port, daemon->publish_address, err);
}

static int start_manager(struct daemon *daemon, struct inf_error *err)
{
    const struct inf_manager_options options = {
        .loop = &daemon->loop,
        .store = daemon->app.store,
        .config = daemon->config,
        .engine_path = daemon->engine_path,
        .publish_address = daemon->publish_address,
    };

    return inf_manager_start(&options, &daemon->app.manager, err);
}

static void say_listening(const struct daemon *daemon, const char *host)
{
    char port[8];

    snprintf(port, sizeof port, "%u", inf_server_port(daemon->server));
    inf_log(INF_LOG_INFO, "http", "listening",
            (const char *[]){"address", host, "port", port, "version", INF_VERSION, NULL});
}

static int open_security(struct daemon *daemon, struct inf_error *err)
{
    if (!inf_config_bool(daemon->config, "xpack.security.enabled"))
        return 0;
    if (inf_audit_open(daemon->config, &daemon->app.audit, err) != 0)
        return -1;
    return inf_security_open(&daemon->loop, daemon->app.store, daemon->config,
                             &daemon->app.security, err);
}

/* The server binds its port before the manager starts a process, so that a second daemon on the
 * same port fails at once; it answers nothing before the loop runs. */
static int start(struct daemon *daemon, struct inf_error *err)
{
    const char *host;

    daemon->app.loop = &daemon->loop;
    daemon->app.config = daemon->config;
    daemon->engine_path = inf_service_engine_path(daemon->config);
    if (inf_service_listen_address(daemon->config, &host, err) != 0 ||
        inf_service_open_log(daemon->config, err) != 0 ||
        inf_node_state_open(&daemon->app, &daemon->state, err) != 0)
        return -1;
    daemon->app.settings =
        inf_cluster_settings_new(daemon->config, daemon->app.store, on_settings_changed, daemon);
    if (inf_forward_open(&daemon->loop, daemon->config, &daemon->app.forward, err) != 0 ||
        open_security(daemon, err) != 0 || start_server(daemon, host, err) != 0 ||
        find_addresses(daemon, host, err) != 0 || start_manager(daemon, err) != 0)
        return -1;
    daemon->app.endpoints = inf_endpoint_cache_new();
    daemon->app.ingest = inf_ingest_new(daemon->app.store, daemon->app.manager);
    inf_node_state_join(daemon->state);
    start_handles(daemon);
    say_listening(daemon, host);
    inf_service_ready(inf_server_port(daemon->server));
    return 0;
}

static void give_up(struct daemon *daemon)
{
    if (daemon->server != NULL)
        inf_server_stop(daemon->server);
    inf_forward_close(daemon->app.forward);
    inf_security_close(daemon->app.security);
    if (daemon->app.store != NULL)
        inf_store_close(daemon->app.store);
}

static int complain(const struct inf_error *err, int status)
{
    fprintf(stderr, "inferd: %s\n", err->reason);
    return status;
}

static int serve(struct daemon *daemon)
{
    struct inf_error err;
    int status = EXIT_SUCCESS;

    uv_loop_init(&daemon->loop);
    if (start(daemon, &err) != 0) {
        status = complain(&err, err.code == INF_ERR_ILLEGAL_ARGUMENT ? EXIT_USAGE : EXIT_FAILURE);
        give_up(daemon);
    }
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    if (daemon->app.manager != NULL)
        inf_manager_free(daemon->app.manager);
    uv_run(&daemon->loop, UV_RUN_DEFAULT); /* the close callbacks of what was freed last */
    uv_loop_close(&daemon->loop);
    inf_ingest_free(daemon->app.ingest);
    inf_forward_free(daemon->app.forward);
    inf_endpoint_cache_free(daemon->app.endpoints);
    inf_cluster_settings_free(daemon->app.settings);
    inf_security_free(daemon->app.security);
    inf_audit_close(daemon->app.audit);
    inf_node_state_free(daemon->state);
    if (status == EXIT_SUCCESS)
        inf_log(INF_LOG_INFO, "main", "stopped", NULL);
    free(daemon->engine_path);
    return status;
}

/* ---- other actions ---- */

static void print_version(const struct inf_config *config, struct inf_buf *out)
{
    char *engine_path = inf_service_engine_path(config);

    inf_buf_printf(out, "inferd %s (Elasticsearch API %s)\n", INF_VERSION, INF_ES_VERSION);
    inf_service_print_engine_version(engine_path, out);
    free(engine_path);
}

/* Indented, since docs/openapi.json is this output and people read its differences. */
static void print_openapi(struct inf_buf *out)
{
    struct inf_buf document;

    inf_buf_init(&document, PRINT_MAX);
    inf_rest_print_openapi(&document);
    out->failed = inf_json_pretty(document.data, document.length, out) != 0;
    inf_buf_free(&document);
}

/* As text in out; the exit status is the verdict. */
static int vet(const struct daemon *daemon, struct inf_buf *out)
{
    char *engine_path = inf_service_engine_path(daemon->config);
    struct inf_error err;
    bool accepted = false;
    int rc =
        inf_vet_file(daemon->options.vet_path, engine_path, daemon->config, out, &accepted, &err);

    free(engine_path);
    if (rc != 0)
        return complain(&err, EXIT_USAGE);
    return accepted ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* One line of standard input; a terminal shows what is typed, so scripts/setup-security asks. */
static int hash_password(const struct daemon *daemon, struct inf_buf *out)
{
    char password[1024];
    struct inf_error err;
    int rc;

    if (fgets(password, sizeof password, stdin) == NULL)
        password[0] = '\0';
    password[strcspn(password, "\n")] = '\0';
    rc = inf_security_print_hash(daemon->config, password, out, &err);
    explicit_bzero(password, sizeof password);
    return rc == 0 ? EXIT_SUCCESS : complain(&err, EXIT_USAGE);
}

static int migrate_state(const struct daemon *daemon, struct inf_buf *out)
{
    struct inf_error err;

    if (inf_node_state_migrate(daemon->config, daemon->options.migrate_to, out, &err) == 0)
        return EXIT_SUCCESS;
    return complain(&err, err.code == INF_ERR_ILLEGAL_ARGUMENT ? EXIT_USAGE : EXIT_FAILURE);
}

static int print(const struct daemon *daemon)
{
    struct inf_buf out;
    int status = EXIT_SUCCESS;
    bool written;

    inf_buf_init(&out, PRINT_MAX);
    switch (daemon->options.action) {
    case INF_ACTION_VERSION:
        print_version(daemon->config, &out);
        break;
    case INF_ACTION_PRINT_CONFIG:
        inf_config_print(daemon->config, &out);
        break;
    case INF_ACTION_PRINT_CONFIG_DOCS:
        inf_config_print_docs(&out);
        break;
    case INF_ACTION_PRINT_CONFIG_SAMPLE:
        inf_config_print_sample(&out);
        break;
    case INF_ACTION_PRINT_ROUTES:
        inf_routes_print_docs(inf_routes, &out);
        break;
    case INF_ACTION_PRINT_OPENAPI:
        print_openapi(&out);
        break;
    case INF_ACTION_PRINT_ROLES:
        inf_security_print_roles(&out);
        break;
    case INF_ACTION_HASH_PASSWORD:
        status = hash_password(daemon, &out);
        break;
    case INF_ACTION_VET:
        status = vet(daemon, &out);
        break;
    case INF_ACTION_MIGRATE_STATE:
        status = migrate_state(daemon, &out);
        break;
    case INF_ACTION_HELP:
    case INF_ACTION_SERVE:
        inf_options_print_help(&out);
        break;
    }
    written = !out.failed &&
              (out.length == 0 || fwrite(out.data, 1, out.length, stdout) == out.length) &&
              fflush(stdout) == 0;
    inf_buf_free(&out);
    return written ? status : EXIT_FAILURE;
}

/* First of all, since the options and the configuration are the first that take memory. */
static int open_reserve(void)
{
    if (uv_replace_allocator(inf_reserve_malloc, inf_reserve_realloc, inf_reserve_calloc, free) ==
            0 &&
        inf_reserve_open() == 0)
        return 0;
    fprintf(stderr, "inferd: there is no memory for the reserve of [%zu] bytes\n",
            INF_RESERVE_BYTES);
    return -1;
}

int main(int argc, char **argv)
{
    struct daemon daemon = {0};
    struct inf_error err;
    int status;

    inf_service_harden();
    if (open_reserve() != 0)
        return EXIT_FAILURE;
    if (inf_options_parse(argc, argv, &daemon.options, &err) != 0 ||
        inf_options_load_config(&daemon.options, &daemon.config, &err) != 0)
        status = complain(&err, EXIT_USAGE);
    else if (daemon.options.action == INF_ACTION_SERVE)
        status = serve(&daemon);
    else
        status = print(&daemon);
    inf_config_free(daemon.config);
    inf_options_fini(&daemon.options);
    return status;
}
