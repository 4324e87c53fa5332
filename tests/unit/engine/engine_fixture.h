/* engine_fixture.h - runs the real engine program and speaks frames with it, as the daemon does.
 *
 * The program is the one with the fake engine unless a test says otherwise, because that one
 * misbehaves to order. Everything fails the test at once when the other end does not answer within
 * PATIENCE_S. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_FIXTURE_H
#define INFERD_ENGINE_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/frame.h"
#include "stored_archive.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FAKE_ENGINE INFERD_BUILD_DIR "/inferd-engine-fake"
#define BUILT_ENGINE INFERD_BUILD_DIR "/inferd-engine"
#define FAKE_MODEL "INFERD-FAKE 1\n"
#define PATIENCE_S 60
#define MEMORY_LIMIT (INT64_C(1) << 30)

struct engine {
    int channel;
    pid_t pid;
    uint64_t workers; /* numbers given so far */
    char version[INF_FRAME_REASON + 1];
};

struct worker {
    struct engine *engine;
    uint64_t number;
    int control;
    pid_t pid; /* -1: not made, see error */
    int error;
};

struct received {
    struct inf_frame_header header;
    void *payload;
    size_t capacity;
};

/* Our end, and in *peer the other; ours gives up after PATIENCE_S. */
static inline int make_channel(int *peer)
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    *peer = pair[1];
    return pair[0];
}

static inline int send_with(int channel, enum inf_frame_type type, uint64_t id, const void *payload,
                            size_t length, const int *fds, int count)
{
    struct inf_frame_header header = {.type = type, .length = (uint32_t)length, .id = id};
    long sent = inf_frame_send(channel, &header, payload, length, NULL, 0, fds, count);

    return sent == (long)(sizeof header + length) ? 0 : -1;
}

/* The next frame; fails the test unless it is of this type and id. */
static inline void expect(int channel, struct received *received, enum inf_frame_type type,
                          uint64_t id)
{
    assert_int_equal(inf_frame_receive(channel, &received->header, &received->payload,
                                       &received->capacity, NULL, 0),
                     1);
    assert_int_equal(received->header.type, type);
    assert_int_equal(received->header.id, id);
}

/* True when the other end has closed (also with unread data, which the kernel calls a reset). */
static inline bool is_closed(int channel)
{
    char byte = 0;
    ssize_t got = recv(channel, &byte, 1, 0);

    return got == 0 || (got < 0 && errno == ECONNRESET);
}

static inline void free_received(struct received *received)
{
    free(received->payload);
    memset(received, 0, sizeof *received);
}

static inline pid_t execute(const char *program, int channel)
{
    char option[32];
    pid_t pid = fork();

    if (pid == 0) {
        snprintf(option, sizeof option, "--channel=%d", channel);
        fcntl(channel, F_SETFD, 0);
        execl(program, program, option, (char *)NULL);
        _exit(127);
    }
    return pid;
}

static inline void start_engine(struct engine *engine, const char *program)
{
    struct received ready = {0};
    int peer = -1;

    memset(engine, 0, sizeof *engine);
    engine->channel = make_channel(&peer);
    engine->pid = execute(program, peer);
    close(peer);
    expect(engine->channel, &ready, INF_FRAME_ZYGOTE_READY, 0);
    memcpy(engine->version, ready.payload, ready.header.length);
    free_received(&ready);
}

/* Closes the channel and waits. The exit status as waitpid gives it. */
static inline int stop_engine(struct engine *engine)
{
    int status = -1;

    close(engine->channel);
    assert_int_equal(waitpid(engine->pid, &status, 0), engine->pid);
    return status;
}

static inline int model_descriptor(const char *text, size_t length)
{
    int fd = memfd_create("model", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, length), (ssize_t)length);
    return fd;
}

/* Asks for a worker for the fake engine's model of this text, and waits for SPAWNED. */
static inline void spawn_worker(struct engine *engine, struct worker *worker, const char *text,
                                struct inf_frame_spawn wanted)
{
    struct received spawned = {0};
    struct inf_frame_spawned answer;
    struct stored_archive model = stored_fake_model(text);
    int fds[2] = {model_descriptor((const char *)model.data, model.length), -1};

    memset(worker, 0, sizeof *worker);
    worker->engine = engine;
    worker->number = ++engine->workers;
    worker->control = make_channel(&fds[1]);
    wanted.model_size = (int64_t)model.length;
    free(model.data);
    assert_int_equal(
        send_with(engine->channel, INF_FRAME_SPAWN, worker->number, &wanted, sizeof wanted, fds, 2),
        0);
    close(fds[0]);
    close(fds[1]);
    expect(engine->channel, &spawned, INF_FRAME_SPAWNED, worker->number);
    memcpy(&answer, spawned.payload, sizeof answer);
    worker->pid = answer.pid;
    worker->error = answer.errno_value;
    free_received(&spawned);
}

/* The INF_SANDBOX_* bits of LOADED. */
static inline uint32_t expect_loaded(struct worker *worker)
{
    struct received loaded = {0};
    struct inf_frame_loaded answer;

    expect(worker->control, &loaded, INF_FRAME_LOADED, 0);
    memcpy(&answer, loaded.payload, sizeof answer);
    free_received(&loaded);
    return answer.sandbox;
}

/* The reason of LOAD_FAILED; text has INF_FRAME_REASON + 1 bytes. */
static inline void expect_load_failed(struct worker *worker, char *text)
{
    struct received failed = {0};

    expect(worker->control, &failed, INF_FRAME_LOAD_FAILED, 0);
    memcpy(text, failed.payload, failed.header.length);
    text[failed.header.length] = '\0';
    free_received(&failed);
}

static inline void load_worker(struct engine *engine, struct worker *worker, const char *text)
{
    spawn_worker(engine, worker, text, (struct inf_frame_spawn){.memory_limit = MEMORY_LIMIT});
    assert_true(worker->pid > 0);
    expect_loaded(worker);
}

/* The worker's status as waitpid gives it, from the zygote. */
static inline int expect_exited(struct worker *worker)
{
    struct received exited = {0};
    struct inf_frame_exited answer;

    expect(worker->engine->channel, &exited, INF_FRAME_EXITED, worker->number);
    memcpy(&answer, exited.payload, sizeof answer);
    free_received(&exited);
    return answer.status;
}

static inline int end_worker(struct worker *worker)
{
    close(worker->control);
    return expect_exited(worker);
}

static inline int allocate(struct worker *worker, uint32_t threads, int32_t nice)
{
    struct inf_frame_allocate wanted = {threads, nice};
    int peer = -1;
    int channel = make_channel(&peer);

    assert_int_equal(
        send_with(worker->control, INF_FRAME_ALLOCATE, 0, &wanted, sizeof wanted, &peer, 1), 0);
    close(peer);
    return channel;
}

static inline void send_infer(int channel, uint64_t job, const int32_t *ids, uint32_t tensors,
                              uint32_t rows, uint32_t cols)
{
    struct inf_frame_infer infer = {.tensors = tensors, .rows = rows, .cols = cols};
    size_t bytes = sizeof(int32_t) * tensors * rows * cols;
    struct inf_frame_header header = {
        .type = INF_FRAME_INFER, .length = (uint32_t)(sizeof infer + bytes), .id = job};

    assert_true(inf_frame_send(channel, &header, &infer, sizeof infer, ids, bytes, NULL, 0) > 0);
}

/* Sends one row of one tensor. */
static inline void send_ids(int channel, uint64_t job, const int32_t *ids, uint32_t count)
{
    send_infer(channel, job, ids, 1, 1, count);
}

/* The head of RESULT; the values follow it in received->payload. */
static inline struct inf_frame_result expect_result(int channel, struct received *received,
                                                    uint64_t job)
{
    struct inf_frame_result result;

    expect(channel, received, INF_FRAME_RESULT, job);
    assert_int_equal(inf_frame_check_result(received->payload, received->header.length), 0);
    memcpy(&result, received->payload, sizeof result);
    return result;
}

/* The text of ERROR; text has INF_FRAME_REASON + 1 bytes. */
static inline void expect_error(int channel, uint64_t job, char *text)
{
    struct received error = {0};

    expect(channel, &error, INF_FRAME_ERROR, job);
    memcpy(text, error.payload, error.header.length);
    text[error.header.length] = '\0';
    free_received(&error);
}

/* What the fake engine answers (its formula, tests/support/fake_engine.c). */
static inline float fake_value(uint64_t weighted_sum, unsigned column)
{
    return (float)(weighted_sum % 1009 * (column + 1) % 1009) / 1009.0f;
}

/* Polls, for what has no event of its own. */
static inline bool comes_true(bool (*condition)(void *arg), void *arg)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};

    for (int i = 0; i < PATIENCE_S * 200; i++) {
        if (condition(arg))
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

/* A numeric field of /proc/<pid>/status, in the given base; -1 when it is not there. */
static inline long status_field(pid_t pid, const char *name, int base)
{
    char path[64], line[256];
    long value = -1;
    FILE *file = NULL;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
            value = strtol(line + strlen(name) + 1, NULL, base);
    if (file != NULL)
        fclose(file);
    return value;
}

/* True when no process has this pid any more, or only an unreaped one. A killed process's first
 * thread may be dead while others still die, and then it cannot be reaped yet. */
static inline bool is_dead(void *pid)
{
    char path[64], line[256] = "";
    FILE *file = NULL;
    const char *state = NULL;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)*(pid_t *)pid);
    file = fopen(path, "re");
    if (file == NULL)
        return true;
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    fclose(file);
    state = strrchr(line, ')');
    if (state != NULL && state[2] != 'Z' && state[2] != 'X')
        return false;
    return status_field(*(pid_t *)pid, "Threads:", 10) <= 1;
}

#endif
