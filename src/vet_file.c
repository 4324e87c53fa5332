/* vet_file.c - the engine program is asked as the daemon asks it, by frames, but one after the
 * other and waiting for each answer. So what it says is what an upload would get to hear. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "vet_file.h"

#include "inferd/engine_environment.h"
#include "inferd/frame.h"
#include "inferd/store.h"
#include "inferd/vet.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHANNEL_FD 3
#define PROCESS 1 /* the number of the one process that is asked for */
#define REPORT_MAX 65536

struct engine {
    pid_t pid;
    int channel; /* to the zygote */
    int control; /* to the process that looks at the file */
    char version[64];
    void *payload; /* of the last frame */
    size_t capacity;
    struct inf_frame_header header;
};

static int trouble(struct inf_error *err, const char *what, int number)
{
    return inf_error_set(err, INF_ERR_IO, "%s: %s", what, strerror(number));
}

/* Two ends of a stream, the first of which gives up waiting after the time for loading a model. */
static int open_pair(int pair[2], const struct inf_config *config, struct inf_error *err)
{
    struct timeval patience = {.tv_sec = inf_config_ms(config, "engine.load_timeout") / 1000 + 5};

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 ||
        setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
        return trouble(err, "no channel to the engine can be made", errno);
    return 0;
}

static int start(struct engine *engine, const char *path, const struct inf_config *config,
                 struct inf_error *err)
{
    const char *environment[INF_ENGINE_ENVIRONMENT_MAX];
    char option[] = "--channel=3";
    char *args[] = {(char *)path, option, NULL};
    posix_spawn_file_actions_t actions;
    int pair[2] = {-1, -1}, rc = 0;

    if (open_pair(pair, config, err) != 0)
        return -1;
    engine->channel = pair[0];
    inf_engine_environment(environment, INF_ENGINE_ENVIRONMENT_MAX);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pair[1], CHANNEL_FD);
    rc = posix_spawn(&engine->pid, path, &actions, NULL, args, (char **)environment);
    posix_spawn_file_actions_destroy(&actions);
    close(pair[1]);
    if (rc != 0) {
        engine->pid = -1;
        return inf_error_set(err, INF_ERR_IO, "cannot start the engine program [%s]: %s", path,
                             strerror(rc));
    }
    return 0;
}

static int receive(struct engine *engine, int fd, struct inf_error *err)
{
    int rc = inf_frame_receive(fd, &engine->header, &engine->payload, &engine->capacity, NULL, 0);

    if (rc == 1)
        return 0;
    if (rc == 0)
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "the engine ended without an answer");
    return trouble(err, "the engine does not answer", errno);
}

static int await_ready(struct engine *engine, struct inf_error *err)
{
    if (receive(engine, engine->channel, err) != 0)
        return -1;
    if (engine->header.type != INF_FRAME_ZYGOTE_READY)
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "the engine is not ready");
    snprintf(engine->version, sizeof engine->version, "%.*s", (int)engine->header.length,
             (const char *)engine->payload);
    return 0;
}

static int ask(struct engine *engine, int file, int64_t size, const struct inf_config *config,
               struct inf_error *err)
{
    struct inf_frame_spawn request = {
        .model_size = size,
        .require_namespaces = inf_config_bool(config, "engine.require_namespaces"),
        .require_landlock = inf_config_bool(config, "engine.require_landlock")};
    const struct inf_frame_header header = {
        .type = INF_FRAME_SPAWN, .length = sizeof request, .id = PROCESS};
    int pair[2] = {-1, -1};
    long sent = 0;

    if (open_pair(pair, config, err) != 0)
        return -1;
    engine->control = pair[0];
    inf_frame_ask_to_vet(&request, inf_config_ms(config, "engine.load_timeout"));
    sent = inf_frame_send(engine->channel, &header, &request, sizeof request, NULL, 0,
                          (int[]){file, pair[1]}, 2);
    close(pair[1]);
    return sent > 0 ? 0 : trouble(err, "the engine does not listen", errno);
}

/* How the process ended that said nothing: the engine tells. */
static int explain_end(struct engine *engine, struct inf_vet_report *report, struct inf_error *err)
{
    struct inf_frame_exited exited;
    struct inf_frame_spawned spawned;

    while (receive(engine, engine->channel, err) == 0) {
        if (engine->header.type == INF_FRAME_SPAWNED) {
            memcpy(&spawned, engine->payload, sizeof spawned);
            if (spawned.pid < 0)
                return trouble(err, "no process can be made", spawned.errno_value);
        }
        if (engine->header.type != INF_FRAME_EXITED)
            continue;
        memcpy(&exited, engine->payload, sizeof exited);
        inf_vet_report_ended(report, exited.status);
        return 0;
    }
    return -1;
}

static int await_report(struct engine *engine, struct inf_vet_report *report, struct inf_error *err)
{
    memset(report, 0, sizeof *report);
    if (receive(engine, engine->control, err) != 0)
        return err->code == INF_ERR_UNAVAILABLE ? explain_end(engine, report, err) : -1;
    if (engine->header.type == INF_FRAME_LOAD_FAILED)
        return inf_error_set(err, INF_ERR_INTERNAL, "the file cannot be looked at: %.*s",
                             (int)engine->header.length, (const char *)engine->payload);
    if (engine->header.type != INF_FRAME_VETTED)
        return inf_error_set(err, INF_ERR_INTERNAL, "the engine answered what nobody asked");
    inf_vet_report_take(report, engine->payload);
    return 0;
}

static void stop(struct engine *engine)
{
    if (engine->control >= 0)
        close(engine->control);
    if (engine->channel >= 0)
        close(engine->channel); /* which ends it, and its process */
    if (engine->pid > 0)
        while (waitpid(engine->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    free(engine->payload);
}

static void print(const char *path, const uint8_t *sha256, const struct engine *engine,
                  const struct inf_vet_report *report, struct inf_buf *out)
{
    char text[INF_SHA256_TEXT];
    struct inf_buf json;
    struct inf_jsonw w;

    inf_buf_init(&json, REPORT_MAX);
    inf_jsonw_init(&w, &json);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "file", path);
    inf_jsonw_kv_string(&w, "sha256", inf_sha256_print(sha256, text));
    inf_jsonw_kv_string(&w, "engine", engine->version);
    inf_jsonw_kv_int(&w, "rules", inf_vet_rules());
    inf_vet_report_write(report, &w);
    inf_jsonw_end_object(&w);
    out->failed = json.failed || inf_json_pretty(json.data, json.length, out) != 0;
    inf_buf_free(&json);
}

static int open_file(const char *path, int64_t *ret_size, struct inf_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;

    if (fd < 0)
        return inf_error_set(err, INF_ERR_IO, "cannot open [%s]: %s", path, strerror(errno));
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        *ret_size = info.st_size;
        return fd;
    }
    close(fd);
    return inf_error_set(err, INF_ERR_IO, "[%s] is not a file", path);
}

int inf_vet_file(const char *path, const char *engine_path, const struct inf_config *config,
                 struct inf_buf *out, bool *ret_accepted, struct inf_error *err)
{
    struct engine engine = {.pid = -1, .channel = -1, .control = -1};
    struct inf_vet_report report;
    uint8_t sha256[INF_SHA256_SIZE];
    int64_t size = 0;
    int rc = -1, file = open_file(path, &size, err);

    if (file < 0)
        return -1;
    if (inf_sha256_of_file(file, sha256, err) == 0 &&
        start(&engine, engine_path, config, err) == 0 && await_ready(&engine, err) == 0 &&
        ask(&engine, file, size, config, err) == 0 && await_report(&engine, &report, err) == 0)
        rc = 0;
    close(file);
    stop(&engine);
    if (rc != 0)
        return -1;
    print(path, sha256, &engine, &report, out);
    *ret_accepted = report.verdict == INF_VET_ALLOWED;
    return 0;
}
