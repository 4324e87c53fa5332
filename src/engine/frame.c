/* Frames over a stream socket. Both ends are ours, but the worker's end is in the hands of whoever
 * wrote the model, so no length or shape is used before it was checked, and products are checked
 * for overflow.
 *
 * Descriptors ride on the first byte of a frame. The kernel never merges such a byte with what came
 * before it, and a frame is read with exact lengths, so they cannot be taken for another frame's.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/frame.h"
#include "inferd/reduce.h"
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define DTYPE_FLOAT 1
#define DTYPE_DOUBLE 2

union ancillary {
    char bytes[CMSG_SPACE(INF_FRAME_DESCRIPTORS * sizeof(int))];
    struct cmsghdr align;
};

/* The shortest and the longest payload of each type. */
static const struct {
    size_t least, most;
} bounds[] = {
    [INF_FRAME_SPAWN] = {sizeof(struct inf_frame_spawn), sizeof(struct inf_frame_spawn)},
    [INF_FRAME_KILL] = {0, 0},
    [INF_FRAME_MEASURE] = {sizeof(struct inf_frame_measure), sizeof(struct inf_frame_measure)},
    [INF_FRAME_LIMIT] = {sizeof(struct inf_frame_limit), sizeof(struct inf_frame_limit)},
    [INF_FRAME_ZYGOTE_READY] = {1, INF_FRAME_REASON},
    [INF_FRAME_SPAWNED] = {sizeof(struct inf_frame_spawned), sizeof(struct inf_frame_spawned)},
    [INF_FRAME_EXITED] = {sizeof(struct inf_frame_exited), sizeof(struct inf_frame_exited)},
    [INF_FRAME_MEASURED] = {sizeof(struct inf_frame_measured), sizeof(struct inf_frame_measured)},
    [INF_FRAME_LOADED] = {sizeof(struct inf_frame_loaded), sizeof(struct inf_frame_loaded)},
    [INF_FRAME_LOAD_FAILED] = {1, INF_FRAME_REASON},
    [INF_FRAME_VETTED] = {sizeof(struct inf_vet_report), sizeof(struct inf_vet_report)},
    [INF_FRAME_ALLOCATE] = {sizeof(struct inf_frame_allocate), sizeof(struct inf_frame_allocate)},
    [INF_FRAME_INFER] = {sizeof(struct inf_frame_infer), INF_FRAME_MAX},
    [INF_FRAME_RESULT] = {sizeof(struct inf_frame_result), INF_FRAME_RESULT_MAX},
    [INF_FRAME_ERROR] = {1, INF_FRAME_REASON},
    [INF_FRAME_SIGNALLED] = {sizeof(struct inf_frame_signalled),
                             sizeof(struct inf_frame_signalled)},
    [INF_FRAME_PROVEN] = {1, INF_FRAME_PROOF_MAX},
    [INF_FRAME_PROOF] = {1, INF_FRAME_PROOF_MAX},
    [INF_FRAME_QUANTIZE] = {sizeof(struct inf_frame_quantize), INF_FRAME_MAX},
    [INF_FRAME_QUANTIZED] = {sizeof(struct inf_precision_report),
                             sizeof(struct inf_precision_report) + INF_FRAME_FIT_MAX},
};

int inf_frame_check(const struct inf_frame_header *header)
{
    if (header->type < INF_FRAME_SPAWN || header->type >= INF_FRAME_TYPES)
        return -1;
    if (header->length < bounds[header->type].least || header->length > bounds[header->type].most)
        return -1;
    return 0;
}

/* Is `length` what so many int32 take? */
static bool holds(size_t length, uint32_t tensors, uint32_t rows, uint32_t cols)
{
    size_t bytes = sizeof(int32_t);

    if (tensors < 1 || tensors > INT_MAX || rows < 1 || rows > INT_MAX || cols < 1 ||
        cols > INT_MAX)
        return false;
    return !__builtin_mul_overflow(bytes, tensors, &bytes) &&
           !__builtin_mul_overflow(bytes, rows, &bytes) &&
           !__builtin_mul_overflow(bytes, cols, &bytes) && bytes == length;
}

int inf_frame_check_quantize(const void *payload, size_t length)
{
    struct inf_frame_quantize quantize;

    if (length < sizeof quantize)
        return -1;
    memcpy(&quantize, payload, sizeof quantize);
    length -= sizeof quantize;
    if ((quantize.type != INF_LINEAR_BF16 && quantize.type != INF_LINEAR_INT8) ||
        quantize.kept_bytes > INF_FRAME_FIT_MAX || quantize.kept_bytes > length)
        return -1;
    return holds(length - quantize.kept_bytes, quantize.tensors, quantize.rows, quantize.cols) ? 0
                                                                                               : -1;
}

int inf_frame_check_infer(const void *payload, size_t length)
{
    struct inf_frame_infer infer;

    if (length < sizeof infer)
        return -1;
    memcpy(&infer, payload, sizeof infer);
    if (infer.reduce > INF_REDUCE_MAX || infer.position >= infer.cols ||
        infer.more >= INF_FRAME_TOGETHER || infer.at_once > infer.rows ||
        infer.at_once > INF_FRAME_TOGETHER)
        return -1;
    return holds(length - sizeof infer, infer.tensors, infer.rows, infer.cols) ? 0 : -1;
}

int inf_frame_check_result(const void *payload, size_t length)
{
    struct inf_frame_result result;
    size_t bytes = 0;

    if (length < sizeof result)
        return -1;
    memcpy(&result, payload, sizeof result);
    if (result.dtype != DTYPE_FLOAT && result.dtype != DTYPE_DOUBLE)
        return -1;
    if (result.rank < 1 || result.rank > 3)
        return -1;
    bytes = result.dtype == DTYPE_FLOAT ? sizeof(float) : sizeof(double);
    for (uint32_t i = 0; i < result.rank; i++)
        if (result.shape[i] < 1 || __builtin_mul_overflow(bytes, result.shape[i], &bytes))
            return -1;
    return bytes == length - sizeof result ? 0 : -1;
}

void inf_frame_ask_to_vet(struct inf_frame_spawn *request, int64_t timeout_ms)
{
    request->purpose = INF_PURPOSE_VET;
    /* The tensors, and once more where quantised weights are packed, are claimed and hardly
       touched; the rest is for the code. */
    request->memory_limit = 3 * request->model_size + ((int64_t)1 << 30);
    request->cpu_limit_s = (uint32_t)(timeout_ms / 1000 + 1);
}

/* Moves the vector past `gone` bytes that the socket has taken. */
static void skip(struct msghdr *message, size_t gone)
{
    while (message->msg_iovlen > 0 && gone >= message->msg_iov->iov_len) {
        gone -= message->msg_iov->iov_len;
        message->msg_iov++;
        message->msg_iovlen--;
    }
    if (message->msg_iovlen > 0) {
        message->msg_iov->iov_base = (char *)message->msg_iov->iov_base + gone;
        message->msg_iov->iov_len -= gone;
    }
}

static void attach(struct msghdr *message, union ancillary *room, const int *fds, size_t count)
{
    struct cmsghdr *control = NULL;

    memset(room, 0, sizeof *room);
    message->msg_control = room->bytes;
    message->msg_controllen = CMSG_SPACE(count * sizeof(int));
    control = CMSG_FIRSTHDR(message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(control), fds, count * sizeof(int));
}

long inf_frame_send(int fd, const struct inf_frame_header *header, const void *first,
                    size_t first_length, const void *second, size_t second_length, const int *fds,
                    int fd_count)
{
    union ancillary room;
    struct iovec pieces[3] = {{(void *)header, sizeof *header},
                              {(void *)first, first_length},
                              {(void *)second, second_length}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 3};
    size_t whole = sizeof *header + header->length;
    size_t sent = 0;

    assert(first_length + second_length == header->length);
    assert(fd_count >= 0 && fd_count <= INF_FRAME_DESCRIPTORS);
    if (fds != NULL && fd_count > 0)
        attach(&message, &room, fds, (size_t)fd_count);
    while (sent < whole) {
        ssize_t now = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (now < 0 && errno == EINTR)
            continue;
        if (now < 0)
            return sent > 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? (long)sent : -1;
        sent += (size_t)now;
        skip(&message, (size_t)now);
        message.msg_control = NULL;
        message.msg_controllen = 0;
    }
    return (long)sent;
}

static void close_all(int *fds, int count)
{
    for (int i = 0; i < count; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

/* Takes the message's descriptors; those that nobody asked for are closed. 0, or -1 when there were
 * any such. */
static int take_descriptors(struct msghdr *message, int *fds, int fd_count, int *taken)
{
    bool unwanted = (message->msg_flags & MSG_CTRUNC) != 0;
    struct cmsghdr *control = NULL;

    for (control = CMSG_FIRSTHDR(message); control != NULL;
         control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < (control->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int fd = -1;
            memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof fd);
            if (*taken < fd_count) {
                fds[(*taken)++] = fd;
            } else {
                close(fd);
                unwanted = true;
            }
        }
    }
    return unwanted ? -1 : 0;
}

/* Reads exactly `length` bytes. 1, 0 at end of file before the first one, -1. */
static int read_exactly(int fd, void *data, size_t length, int *fds, int fd_count)
{
    size_t got = 0;
    int taken = 0;

    while (got < length) {
        union ancillary room;
        struct iovec piece = {(char *)data + got, length - got};
        struct msghdr message = {.msg_iov = &piece,
                                 .msg_iovlen = 1,
                                 .msg_control = room.bytes,
                                 .msg_controllen = sizeof room.bytes};
        ssize_t now = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        if (now < 0 && errno == EINTR)
            continue;
        if (now < 0)
            return -1;
        if (now == 0 && got == 0)
            return 0;
        if (take_descriptors(&message, fds, fd_count, &taken) != 0 || now == 0) {
            errno = EPROTO;
            return -1;
        }
        got += (size_t)now;
    }
    return 1;
}

static int make_room(void **payload, size_t *capacity, size_t length)
{
    void *grown = NULL;

    if (length <= *capacity)
        return 0;
    grown = realloc(*payload, length);
    if (grown == NULL)
        return -1;
    *payload = grown;
    *capacity = length;
    return 0;
}

static int read_payload(int fd, const struct inf_frame_header *header, void **payload,
                        size_t *capacity)
{
    if (inf_frame_check(header) != 0) {
        errno = EPROTO;
        return -1;
    }
    if (header->length == 0)
        return 0;
    if (make_room(payload, capacity, header->length) != 0)
        return -1;
    return read_exactly(fd, *payload, header->length, NULL, 0) == 1 ? 0 : -1;
}

int inf_frame_receive(int fd, struct inf_frame_header *header, void **payload, size_t *capacity,
                      int *fds, int fd_count)
{
    int got = 0;

    for (int i = 0; i < fd_count; i++)
        fds[i] = -1;
    got = read_exactly(fd, header, sizeof *header, fds, fd_count);
    if (got == 1 && read_payload(fd, header, payload, capacity) != 0)
        got = -1;
    if (got == -1) {
        int saved = errno;
        close_all(fds, fd_count);
        errno = saved;
    }
    return got;
}
