/* Forged frames of the fake engine, written on the channels that a worker has. An attacker in the
 * process can find all that is needed: the channels among the first descriptors, the job's number
 * on the stack of the thread that answers it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_attacks.h"
#include "inferd/frame.h"
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FIRST_FD 3
#define LAST_FD 64
#define STACK_LOOKED_THROUGH 16384
#define FLOOD 100000
#define CHUNK ((size_t)1 << 20)

static int control = -1;

/* One takes a message of nothing, and nothing is sent. */
static bool is_socket(int fd)
{
    const struct msghdr message = {.msg_iovlen = 0};

    return sendmsg(fd, &message, MSG_NOSIGNAL) == 0;
}

void fake_attack_find_control(void)
{
    for (int fd = FIRST_FD; fd < LAST_FD && control < 0; fd++)
        if (is_socket(fd))
            control = fd;
}

/* The job that this thread answers: its frame's header lies in a caller's frame. */
__attribute__((noinline, no_sanitize("address", "undefined"))) static uint64_t
job_on_stack(size_t length)
{
    const char *from = __builtin_frame_address(0);
    struct inf_frame_header header;

    for (size_t i = 0; i < STACK_LOOKED_THROUGH; i += sizeof(uint64_t)) {
        const volatile uint32_t *seen = (const volatile uint32_t *)(from + i);
        if (seen[0] == INF_FRAME_INFER && seen[1] == length) {
            header.id = *(const volatile uint64_t *)(from + i + sizeof(uint64_t));
            return header.id;
        }
    }
    abort();
}

/* To every channel but the control one; until it has taken all, or is closed. */
static void say(const void *data, size_t length)
{
    for (int fd = FIRST_FD; fd < LAST_FD; fd++) {
        size_t sent = 0;
        if (fd == control || !is_socket(fd))
            continue;
        while (sent < length) {
            struct iovec piece = {(char *)data + sent, length - sent};
            struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
            ssize_t now = sendmsg(fd, &message, MSG_NOSIGNAL);
            if (now < 0)
                break;
            sent += (size_t)now;
        }
    }
}

struct answer {
    struct inf_frame_header header;
    struct inf_frame_result result;
    float values[4];
};

/* A sound answer of four numbers, for the forger to spoil. */
static struct answer answer_of(size_t job_length)
{
    return (struct answer){
        .header = {.type = INF_FRAME_RESULT,
                   .length = sizeof(struct answer) - sizeof(struct inf_frame_header),
                   .id = job_on_stack(job_length)},
        .result = {.dtype = 1, .rank = 2, .shape = {1, 4}},
        .values = {0.25f, 0.5f, 0.75f, 1.0f}};
}

/* Nobody reads what the model itself would say after such an answer. */
static _Noreturn void wait_for_the_end(void)
{
    const struct timespec time = {.tv_sec = 1};

    for (;;)
        nanosleep(&time, NULL);
}

static _Noreturn void say_and_wait(const struct answer *answer)
{
    say(answer, sizeof *answer);
    wait_for_the_end();
}

int forge_type(size_t job_length)
{
    struct answer answer = answer_of(job_length);

    answer.header.type = 99;
    say_and_wait(&answer);
}

int forge_direction(size_t job_length)
{
    struct answer answer = answer_of(job_length);

    answer.header.type = INF_FRAME_INFER;
    say_and_wait(&answer);
}

int forge_job(size_t job_length)
{
    struct answer answer = answer_of(job_length);

    answer.header.id += 1;
    say_and_wait(&answer);
}

int forge_length(size_t job_length)
{
    struct answer answer = answer_of(job_length);

    answer.header.length = 3;
    say_and_wait(&answer);
}

int forge_endless(size_t job_length)
{
    struct answer answer = answer_of(job_length);

    answer.header.length = UINT32_MAX;
    say_and_wait(&answer);
}

int forge_short(size_t job_length)
{
    struct answer answer = answer_of(job_length);

    answer.result.shape[1] = 5;
    say_and_wait(&answer);
}

int forge_long(size_t job_length)
{
    struct answer answer = answer_of(job_length);

    answer.result.shape[1] = 3;
    say_and_wait(&answer);
}

int forge_negative(size_t job_length)
{
    struct answer answer = answer_of(job_length);

    answer.result.shape[0] = -1;
    answer.result.shape[1] = -4;
    say_and_wait(&answer);
}

int forge_huge(size_t job_length)
{
    struct answer answer = answer_of(job_length);

    answer.result.rank = 3;
    answer.result.shape[0] = INT64_C(1) << 62;
    answer.result.shape[1] = 16;
    answer.result.shape[2] = 4;
    say_and_wait(&answer);
}

int forge_rank(size_t job_length)
{
    struct answer answer = answer_of(job_length);

    answer.result.rank = 0;
    say_and_wait(&answer);
}

int forge_dtype(size_t job_length)
{
    struct answer answer = answer_of(job_length);

    answer.result.dtype = 7;
    say_and_wait(&answer);
}

/* The only one of these that is taken, since it answers what was asked; the next frame is not. */
int forge_time(size_t job_length)
{
    struct answer answer = answer_of(job_length);

    answer.result.time_ns = UINT64_MAX;
    answer.result.cpu_ns = UINT64_MAX;
    say_and_wait(&answer);
}

static void announce_the_most(size_t job_length)
{
    struct inf_frame_header header = {
        .type = INF_FRAME_RESULT, .length = INF_FRAME_RESULT_MAX, .id = job_on_stack(job_length)};

    say(&header, sizeof header);
}

int forge_gigabytes(size_t job_length)
{
    char *zeros = calloc(1, CHUNK);

    announce_the_most(job_length);
    for (int i = 0; zeros != NULL && i < 4096; i++)
        say(zeros, CHUNK);
    free(zeros);
    wait_for_the_end();
}

int forge_promise(size_t job_length)
{
    announce_the_most(job_length);
    wait_for_the_end();
}

int forge_garbage(size_t job_length)
{
    unsigned char bytes[4096];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 167 + job_length);
    say(bytes, sizeof bytes);
    wait_for_the_end();
}

static _Noreturn void answer_on(const struct answer *answer)
{
    const struct timespec time = {.tv_nsec = 100 * 1000 * 1000};

    for (;;) {
        nanosleep(&time, NULL);
        say(answer, sizeof *answer);
    }
}

static void *answer_later(void *arg)
{
    answer_on(arg);
}

int forge_unasked(size_t job_length)
{
    static struct answer answer;
    pthread_t thread;

    answer = answer_of(job_length);
    return pthread_create(&thread, NULL, answer_later, &answer) == 0 ? 0 : -1;
}

static void say_control(const void *data, size_t length)
{
    struct iovec piece = {(void *)data, length};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};

    (void)sendmsg(control, &message, MSG_NOSIGNAL);
}

int forge_control(size_t job_length)
{
    const struct {
        struct inf_frame_header header;
        struct inf_frame_loaded loaded;
    } frame = {{.type = INF_FRAME_LOADED, .length = sizeof frame.loaded}, {.sandbox = 0xffffffff}};

    (void)job_length;
    for (int i = 0; i < FLOOD; i++)
        say_control(&frame, sizeof frame);
    wait_for_the_end();
}

int forge_exit(size_t job_length)
{
    const struct {
        struct inf_frame_header header;
        struct inf_frame_exited exited;
    } frame = {{.type = INF_FRAME_EXITED, .length = sizeof frame.exited, .id = 1}, {0}};

    (void)job_length;
    say_control(&frame, sizeof frame);
    wait_for_the_end();
}

int forge_descriptors(size_t job_length)
{
    const int own[2] = {STDIN_FILENO, control};
    struct answer answer = answer_of(job_length);

    for (int fd = FIRST_FD; fd < LAST_FD; fd++)
        if (fd != control && is_socket(fd))
            (void)inf_frame_send(fd, &answer.header, &answer.result, answer.header.length, NULL, 0,
                                 own, 2);
    wait_for_the_end();
}

int forge_closed(size_t job_length)
{
    (void)job_length;
    for (int fd = FIRST_FD; fd < LAST_FD; fd++)
        (void)close(fd);
    wait_for_the_end();
}
