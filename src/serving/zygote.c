/* Supervision of inferd-engine: uv_spawn with one socketpair, back-off between starts, its stderr
 * is ours.
 *
 * The environment is set here, before exec, because OpenMP reads it when the library is loaded:
 * passive waiting, since a spinning team next to a busy process costs up to fifty times the
 * forward. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "zygote.h"
#include "channel.h"
#include "inferd/alloc.h"
#include "inferd/engine_environment.h"
#include "inferd/log.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define CHANNEL_FD 3
#define UNNEEDED_MS 5000 /* after which it starts although nothing needs it yet */
#define FIRST_BACKOFF_MS 100
#define LAST_BACKOFF_MS 30000

struct inf_zygote {
    uv_loop_t *loop;
    char *engine_path;
    const struct inf_zygote_events *events;
    void *arg;
    uv_process_t process;
    uv_timer_t retry;
    struct inf_channel *channel; /* NULL while there is no process to talk to */
    bool process_open;           /* from a spawn until its handle's close callback */
    bool begun;                  /* the first start was tried */
    bool running, ready;
    uint64_t backoff_ms;
    char version[64];
    void (*stopped)(void *arg); /* set once it shall not come back */
    void *stopped_arg;
};

static void start(struct inf_zygote *zygote);

static void on_retry_closed(uv_handle_t *handle)
{
    struct inf_zygote *zygote = handle->data;

    zygote->stopped(zygote->stopped_arg);
    free(zygote->engine_path);
    free(zygote);
}

static void on_process_closed(uv_handle_t *handle)
{
    struct inf_zygote *zygote = handle->data;

    zygote->process_open = false;
    if (zygote->stopped != NULL)
        uv_close((uv_handle_t *)&zygote->retry, on_retry_closed);
}

static void on_retry(uv_timer_t *timer)
{
    start(timer->data);
}

static void try_later(struct inf_zygote *zygote)
{
    uv_timer_start(&zygote->retry, on_retry, zygote->backoff_ms, 0);
    zygote->backoff_ms =
        zygote->backoff_ms * 2 < LAST_BACKOFF_MS ? zygote->backoff_ms * 2 : LAST_BACKOFF_MS;
}

static void on_process_exit(uv_process_t *process, int64_t status, int signal_number)
{
    struct inf_zygote *zygote = process->data;

    zygote->running = zygote->ready = false;
    inf_channel_close(zygote->channel);
    zygote->channel = NULL;
    uv_close((uv_handle_t *)process, on_process_closed);
    if (zygote->stopped != NULL)
        return;
    inf_logf(INF_LOG_ERROR, "serving",
             "the engine process ended (exit status %d, signal %d); starting it again", (int)status,
             signal_number);
    try_later(zygote);
    zygote->events->died(zygote->arg);
}

/* The types that a zygote sends; none of them is a model's, so a wrong one is a fault of ours. */
static int expected(void *arg, const struct inf_frame_header *header)
{
    (void)arg;
    return header->type >= INF_FRAME_ZYGOTE_READY && header->type <= INF_FRAME_MEASURED ? 0 : -1;
}

/* The engine's version and, after a NUL, why its workers have no control groups. */
static void on_ready(struct inf_zygote *zygote, const char *text, size_t length)
{
    char words[INF_FRAME_REASON + 1];
    size_t version = 0;

    memcpy(words, text, length); /* INF_FRAME_REASON at most, by inf_frame_check */
    words[length] = '\0';
    version = strlen(words);
    snprintf(zygote->version, sizeof zygote->version, "%.63s", words);
    zygote->ready = true;
    zygote->backoff_ms = FIRST_BACKOFF_MS;
    inf_log(INF_LOG_INFO, "serving", "engine ready",
            (const char *[]){"engine", zygote->version, "cgroups",
                             version < length && words[version + 1] != '\0' ? words + version + 1
                                                                            : "yes",
                             NULL});
    zygote->events->ready(zygote->arg);
}

static void on_frame(void *arg, const struct inf_frame_header *header, const void *payload)
{
    struct inf_zygote *zygote = arg;
    struct inf_frame_spawned spawned;
    struct inf_frame_exited exited;
    struct inf_frame_measured measured;

    if (header->type == INF_FRAME_ZYGOTE_READY) {
        on_ready(zygote, payload, header->length);
    } else if (header->type == INF_FRAME_SPAWNED && header->length == sizeof spawned) {
        memcpy(&spawned, payload, sizeof spawned);
        zygote->events->spawned(zygote->arg, header->id, &spawned);
    } else if (header->type == INF_FRAME_EXITED && header->length == sizeof exited) {
        memcpy(&exited, payload, sizeof exited);
        zygote->events->exited(zygote->arg, header->id, &exited);
    } else if (header->type == INF_FRAME_MEASURED && header->length == sizeof measured) {
        memcpy(&measured, payload, sizeof measured);
        zygote->events->measured(zygote->arg, header->id, &measured);
    }
}

/* The channel's end and the process's end come together; SIGKILL makes sure of it. */
static void on_channel_closed(void *arg, const char *why)
{
    struct inf_zygote *zygote = arg;

    if (why != NULL)
        inf_logf(INF_LOG_ERROR, "serving", "the engine process is ended: %s", why);

    zygote->ready = false;
    if (zygote->running)
        uv_process_kill(&zygote->process, SIGKILL);
}

static const struct inf_channel_events channel_events = {expected, on_frame, on_channel_closed};

static int spawn_process(struct inf_zygote *zygote, int peer)
{
    const char *environment[INF_ENGINE_ENVIRONMENT_MAX];
    char channel_option[32];
    char *args[] = {zygote->engine_path, channel_option, NULL};
    uv_stdio_container_t stdio[4] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO}, /* nothing may write into our stdout */
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = peer},
    };
    uv_process_options_t options = {.exit_cb = on_process_exit,
                                    .file = zygote->engine_path,
                                    .args = args,
                                    .env = (char **)environment, /* libuv only reads it */
                                    .stdio_count = 4,
                                    .stdio = stdio};

    inf_engine_environment(environment, INF_ENGINE_ENVIRONMENT_MAX);
    snprintf(channel_option, sizeof channel_option, "--channel=%d", CHANNEL_FD);
    return uv_spawn(zygote->loop, &zygote->process, &options);
}

static void start(struct inf_zygote *zygote)
{
    struct inf_error err;
    int peer = -1, rc = 0;

    zygote->begun = true;
    /* The process handle of the one before may still be closing; then the next try has it. */
    if (zygote->process_open) {
        try_later(zygote);
        return;
    }
    if (inf_channel_open(zygote->loop, &channel_events, zygote, &zygote->channel, &peer, &err) !=
        0) {
        inf_logf(INF_LOG_ERROR, "serving", "%s", err.reason);
        try_later(zygote);
        return;
    }
    rc = spawn_process(zygote, peer);
    close(peer);
    zygote->process.data = zygote;
    zygote->process_open = true;
    if (rc != 0) {
        inf_logf(INF_LOG_ERROR, "serving", "cannot start the engine program [%s]: %s",
                 zygote->engine_path, uv_strerror(rc));
        inf_channel_close(zygote->channel);
        zygote->channel = NULL;
        uv_close((uv_handle_t *)&zygote->process, on_process_closed);
        try_later(zygote);
        return;
    }
    zygote->running = true;
}

struct inf_zygote *inf_zygote_new(struct uv_loop_s *loop, const char *engine_path,
                                  const struct inf_zygote_events *events, void *arg)
{
    struct inf_zygote *zygote = inf_alloc(1, sizeof *zygote);

    zygote->engine_path = inf_strdup(engine_path);
    zygote->loop = loop;
    zygote->events = events;
    zygote->arg = arg;
    zygote->backoff_ms = FIRST_BACKOFF_MS;
    uv_timer_init(loop, &zygote->retry);
    zygote->retry.data = zygote;
    uv_timer_start(&zygote->retry, on_retry, UNNEEDED_MS, 0);
    return zygote;
}

bool inf_zygote_need(struct inf_zygote *zygote)
{
    if (!zygote->begun && zygote->stopped == NULL) {
        uv_timer_stop(&zygote->retry);
        start(zygote);
    }
    return zygote->ready;
}

const char *inf_zygote_version(const struct inf_zygote *zygote)
{
    return zygote->version;
}

int inf_zygote_spawn(struct inf_zygote *zygote, uint64_t worker,
                     const struct inf_frame_spawn *spawn, int definition_fd, int control_fd)
{
    int fds[2] = {definition_fd, control_fd};

    if (!zygote->ready)
        return -1;
    return inf_channel_send(zygote->channel, INF_FRAME_SPAWN, worker, spawn, sizeof *spawn, NULL, 0,
                            fds, 2);
}

/* What is lost with the zygote does not matter: its workers are lost, too. */
static void tell(struct inf_zygote *zygote, enum inf_frame_type type, uint64_t worker,
                 const void *payload, size_t length)
{
    if (zygote->channel != NULL)
        inf_channel_send(zygote->channel, type, worker, payload, length, NULL, 0, NULL, 0);
}

void inf_zygote_kill(struct inf_zygote *zygote, uint64_t worker)
{
    tell(zygote, INF_FRAME_KILL, worker, NULL, 0);
}

void inf_zygote_measure(struct inf_zygote *zygote, uint64_t worker,
                        const struct inf_frame_measure *measure)
{
    tell(zygote, INF_FRAME_MEASURE, worker, measure, sizeof *measure);
}

void inf_zygote_limit(struct inf_zygote *zygote, uint64_t worker, int64_t memory_limit)
{
    const struct inf_frame_limit limit = {.memory_limit = memory_limit};

    tell(zygote, INF_FRAME_LIMIT, worker, &limit, sizeof limit);
}

void inf_zygote_stop(struct inf_zygote *zygote, void (*stopped)(void *arg), void *arg)
{
    zygote->stopped = stopped;
    zygote->stopped_arg = arg;
    uv_timer_stop(&zygote->retry);
    if (zygote->running)
        uv_process_kill(&zygote->process, SIGKILL); /* the workers die with their parent */
    else if (!zygote->process_open)
        uv_close((uv_handle_t *)&zygote->retry, on_retry_closed);
}
