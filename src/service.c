/* service.c - what a well-behaved service does besides serving.
 *
 * No loop and no state of ours: main.c decides when, this file knows how. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/loopback.h"
#include "notify.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ENGINE_NAME "inferd-engine"
#define PATH_SIZE 4096
#define VERSION_SIZE 256
#define VERSION_PATIENCE_MS 30000

extern char **environ;

void inf_service_harden(void)
{
    struct rlimit limit = {0, 0};

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file limit is an error of the write, not our end */
    umask(077);               /* whatever is written holds models or texts of users */
    setrlimit(RLIMIT_CORE, &limit);
#ifndef INFERD_SANITIZED
    /* A pipe in core_pattern ignores the limit. The leak checker of a sanitizer build must trace
     * itself. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* ---- log ---- */

void inf_service_set_log_level(const struct inf_config *config)
{
    enum inf_log_level level;

    if (inf_log_level_parse(inf_config_log_level(config), &level) == 0)
        inf_log_set_level(level);
}

int inf_service_open_log(const struct inf_config *config, struct inf_error *err)
{
    const char *path = inf_config_string(config, "path.logs");
    const char *format = inf_config_string(config, "logger.format");
    enum inf_log_level level = INF_LOG_INFO;
    int fd = STDERR_FILENO;

    if (path[0] != '\0' && (fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0)
        return inf_error_set(err, INF_ERR_IO, "cannot open the log file [%s] of [path.logs]: %s",
                             path, strerror(errno));
    inf_log_level_parse(inf_config_log_level(config), &level);
    inf_log_init(fd, level,
                 strcmp(format, "json") == 0 || (strcmp(format, "auto") == 0 && !isatty(fd)),
                 inf_config_string(config, "node.name"));
    return 0;
}

/* ---- address ---- */

int inf_service_listen_address(const struct inf_config *config, const char **ret,
                               struct inf_error *err)
{
    const char *host = inf_config_string(config, "network.host");

    *ret = strcmp(host, "localhost") == 0 || strcmp(host, "_local_") == 0 ? "127.0.0.1" : host;
    if (inf_is_loopback(*ret) || inf_config_bool(config, "network.allow_insecure"))
        return 0;
    if (inf_config_bool(config, "xpack.security.enabled") &&
        inf_config_bool(config, "xpack.security.http.ssl.enabled"))
        return 0;
    return inf_error_set(
        err, INF_ERR_ILLEGAL_ARGUMENT,
        "setting [network.host] with value [%s] is an address that other machines can reach, "
        "and [%s] is [false]. Run scripts/setup-security, which makes certificate and "
        "password and prints the settings; or listen on [127.0.0.1] or [::1]; or set "
        "[network.allow_insecure] to [true] if something else keeps strangers away",
        host,
        inf_config_bool(config, "xpack.security.enabled") ? "xpack.security.http.ssl.enabled"
                                                          : "xpack.security.enabled");
}

void inf_service_print_address(const char *host, int64_t port, char text[INF_HTTP_ADDRESS_SIZE])
{
    bool v6 = strchr(host, ':') != NULL;

    snprintf(text, INF_HTTP_ADDRESS_SIZE, "%s%s%s:%lld", v6 ? "[" : "", host, v6 ? "]" : "",
             (long long)port);
}

int inf_service_publish_address(const struct inf_config *config, const char *listen_host,
                                uint16_t listen_port, char text[INF_HTTP_ADDRESS_SIZE],
                                struct inf_error *err)
{
    const char *host = inf_config_string(config, "http.publish_host");
    int64_t port = inf_config_int(config, "http.publish_port");

    if (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0 || strpbrk(host, " /[]") != NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "setting [http.publish_host] with value [%s] is no host that clients "
                             "could connect to: give a name or an address, without a port",
                             host);
    inf_service_print_address(host[0] != '\0' ? host : listen_host, port > 0 ? port : listen_port,
                              text);
    return 0;
}

/* ---- engine ---- */

char *inf_service_engine_path(const struct inf_config *config)
{
    const char *configured = inf_config_string(config, "engine.path");
    char path[PATH_SIZE];
    char *slash;
    ssize_t length;

    if (configured[0] != '\0')
        return inf_strdup(configured);
    length = readlink("/proc/self/exe", path, sizeof path - sizeof ENGINE_NAME);
    path[length > 0 ? length : 0] = '\0';
    slash = strrchr(path, '/');
    snprintf(slash != NULL ? slash + 1 : path, sizeof ENGINE_NAME, "%s", ENGINE_NAME);
    return inf_strdup(path);
}

/* Starts the program with its output in a pipe. 0, or an errno value. */
static int spawn_engine(const char *path, pid_t *ret_pid, int *ret_fd)
{
    char *const argv[] = {(char *)path, (char *)"--version", NULL};
    posix_spawn_file_actions_t actions;
    int pipe_fds[2];
    int rc;

    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return errno;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
    rc = posix_spawn(ret_pid, path, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_fds[1]);
    if (rc != 0)
        close(pipe_fds[0]);
    *ret_fd = pipe_fds[0];
    return rc;
}

/* Reads until the end or until it takes too long; text is NUL-terminated in any case. */
static void read_output(int fd, char text[VERSION_SIZE])
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    size_t used = 0;
    ssize_t got = 1;

    while (got > 0 && used < VERSION_SIZE - 1 && poll(&poll_fd, 1, VERSION_PATIENCE_MS) > 0) {
        got = read(fd, text + used, VERSION_SIZE - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    text[used] = '\0';
    text[strcspn(text, "\n")] = '\0';
}

void inf_service_print_engine_version(const char *engine_path, struct inf_buf *out)
{
    char text[VERSION_SIZE];
    pid_t pid;
    int fd = -1, rc = spawn_engine(engine_path, &pid, &fd);

    if (rc != 0) {
        inf_buf_printf(out, "engine: cannot run %s: %s\n", engine_path, strerror(rc));
        return;
    }
    read_output(fd, text);
    close(fd);
    kill(pid, SIGKILL); /* it has said all it will, or hangs */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    inf_buf_printf(out, "engine: %s\n", text[0] != '\0' ? text : "gave no version");
}

/* ---- service manager ---- */

void inf_service_ready(uint16_t port)
{
    char lines[64];

    snprintf(lines, sizeof lines, "READY=1\nSTATUS=Listening on port %u", port);
    inf_notify(lines);
}

void inf_service_reloading(void)
{
    char lines[64];
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(lines, sizeof lines, "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    inf_notify(lines);
}

void inf_service_stopping(void)
{
    inf_notify("STOPPING=1\nSTATUS=Draining");
}

void inf_service_alive(void)
{
    inf_notify("WATCHDOG=1");
}

uint64_t inf_service_watchdog_ms(void)
{
    uint64_t limit_us = inf_notify_watchdog_us();

    if (limit_us == 0)
        return 0;
    return limit_us / 3000 > 0 ? limit_us / 3000 : 1; /* three times as often as it must be */
}
