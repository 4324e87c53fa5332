/* Frames of a hostile process, as both programs read them: their checks, the engine's blocking
 * reader, the daemon's channel.
 *
 * Input: byte 0 chooses the reader (mod 3) and, by bit 7, whether descriptors ride on the first
 * bytes; byte 1 is the size of the pieces in which the rest arrives (0: all at once). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "channel.h"
#include "inferd/frame.h"
#include "inferd/json.h"
#include "reason.h"
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define LONGEST_ROOM \
    65536 /* a length announced beyond it costs the fuzzer time and shows nothing */

#define MUST(condition)                                                             \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                \
        }                                                                           \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- what a frame that was let in is taken for ---- */

/* Reads all of what the shape says is there, in a block that ends where the payload does. */
static void read_tensor(const void *payload)
{
    const struct inf_frame_result *result = payload;
    const unsigned char *values = (const unsigned char *)payload + sizeof *result;
    unsigned __int128 bytes = result->dtype == 1 ? 4 : 8;
    volatile unsigned char last = 0;

    MUST(result->rank >= 1 && result->rank <= 3);
    for (uint32_t i = 0; i < result->rank; i++) {
        MUST(result->shape[i] >= 1);
        bytes *= (unsigned __int128)result->shape[i];
    }
    MUST(bytes <= INF_FRAME_MAX);
    last = values[(size_t)bytes - 1];
    (void)last;
}

static void read_infer(const void *payload)
{
    const struct inf_frame_infer *infer = payload;
    const unsigned char *values = (const unsigned char *)payload + sizeof *infer;
    unsigned __int128 bytes = 4;
    volatile unsigned char last = 0;

    bytes *= (unsigned __int128)infer->tensors * infer->rows * infer->cols;
    MUST(bytes > 0 && bytes <= INF_FRAME_MAX);
    MUST(infer->position < infer->cols && infer->more < INF_FRAME_TOGETHER);
    last = values[(size_t)bytes - 1];
    (void)last;
}

static void read_reason(const void *payload, size_t length)
{
    char text[INF_FRAME_REASON + 1];

    inf_reason_read(payload, length, text);
    MUST(text[0] != '\0' && strlen(text) <= INF_FRAME_REASON);
    MUST(inf_utf8_valid(text, strlen(text)));
    for (const char *at = text; *at != '\0'; at++)
        MUST((unsigned char)*at >= 0x20 && *at != 0x7f);
}

static void use(const struct inf_frame_header *header, const void *payload)
{
    void *own = malloc(header->length + 1u);

    MUST(inf_frame_check(header) == 0);
    MUST(own != NULL);
    memcpy(own, payload, header->length);
    own = realloc(own, header->length > 0 ? header->length : 1);
    MUST(own != NULL);
    if (header->type == INF_FRAME_RESULT && inf_frame_check_result(own, header->length) == 0)
        read_tensor(own);
    if (header->type == INF_FRAME_INFER && inf_frame_check_infer(own, header->length) == 0)
        read_infer(own);
    if (header->type == INF_FRAME_ERROR || header->type == INF_FRAME_LOAD_FAILED)
        read_reason(own, header->length);
    free(own);
}

static void check_alone(const uint8_t *data, size_t size)
{
    struct inf_frame_header header;

    if (size < sizeof header)
        return;
    memcpy(&header, data, sizeof header);
    header.length = (uint32_t)(size - sizeof header);
    if (inf_frame_check(&header) == 0)
        use(&header, data + sizeof header);
}

/* ---- the other end ---- */

static int lowest_free(void)
{
    int fd = fcntl(STDIN_FILENO, F_DUPFD, 0);

    close(fd);
    return fd;
}

/* As many as the socket takes. */
static size_t put(int fd, const uint8_t *data, size_t size, int descriptors)
{
    union {
        char bytes[CMSG_SPACE(4 * sizeof(int))];
        struct cmsghdr align;
    } room = {{0}};
    const int fds[4] = {0, 1, 2, 0};
    struct iovec piece = {(void *)data, size};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    ssize_t sent = 0;

    if (descriptors > 0) {
        message.msg_control = room.bytes;
        message.msg_controllen = CMSG_SPACE((size_t)descriptors * sizeof(int));
        room.align.cmsg_level = SOL_SOCKET;
        room.align.cmsg_type = SCM_RIGHTS;
        room.align.cmsg_len = CMSG_LEN((size_t)descriptors * sizeof(int));
        memcpy(CMSG_DATA(&room.align), fds, (size_t)descriptors * sizeof(int));
    }
    sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent > 0 ? (size_t)sent : 0;
}

/* ---- the blocking reader ---- */

/* A header that announces much would only make room for it. */
static bool announces_too_much(const uint8_t *data, size_t size)
{
    struct inf_frame_header header;

    while (size >= sizeof header) {
        memcpy(&header, data, sizeof header);
        if (header.length > LONGEST_ROOM)
            return true;
        if (size - sizeof header < header.length)
            return false;
        data += sizeof header + header.length;
        size -= sizeof header + header.length;
    }
    return false;
}

static void receive(const uint8_t *data, size_t size, size_t piece, int descriptors)
{
    struct inf_frame_header header;
    void *payload = NULL;
    size_t capacity = 0;
    int pair[2], fds[INF_FRAME_DESCRIPTORS], before = lowest_free(), frames = 0;

    if (announces_too_much(data, size))
        return;
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    for (size_t at = 0; at < size; at += piece) {
        if (put(pair[1], data + at, size - at < piece ? size - at : piece, descriptors) == 0)
            break;
        descriptors = 0;
    }
    shutdown(pair[1], SHUT_WR);
    while (inf_frame_receive(pair[0], &header, &payload, &capacity, fds, INF_FRAME_DESCRIPTORS) ==
           1) {
        MUST(header.length <= capacity || header.length == 0);
        if (header.length > 0)
            use(&header, payload);
        for (int i = 0; i < INF_FRAME_DESCRIPTORS; i++)
            if (fds[i] >= 0)
                close(fds[i]);
        frames++;
    }
    MUST((size_t)frames <= size / sizeof header);
    free(payload);
    close(pair[0]);
    close(pair[1]);
    MUST(lowest_free() == before);
}

/* ---- the daemon's channel ---- */

struct seen {
    int asked, frames, closed;
};

static int expected(void *arg, const struct inf_frame_header *header)
{
    struct seen *seen = arg;

    MUST(inf_frame_check(header) == 0);
    MUST(seen->asked++ == seen->frames && seen->closed == 0);
    return header->length > LONGEST_ROOM ? -1 : 0;
}

static void on_frame(void *arg, const struct inf_frame_header *header, const void *payload)
{
    struct seen *seen = arg;

    MUST(++seen->frames == seen->asked && seen->closed == 0);
    MUST((uintptr_t)payload % 8 == 0);
    use(header, payload);
}

static void on_closed(void *arg, const char *why)
{
    struct seen *seen = arg;

    MUST(why == NULL || why[0] != '\0');
    MUST(seen->closed++ == 0);
}

static void listen_to(const uint8_t *data, size_t size, size_t piece, int descriptors)
{
    static const struct inf_channel_events events = {expected, on_frame, on_closed};
    struct inf_channel *channel = NULL;
    struct inf_error err;
    struct seen seen = {0};
    uv_loop_t loop;
    int peer = -1, before = 0;

    MUST(uv_loop_init(&loop) == 0);
    MUST(inf_channel_open(&loop, &events, &seen, &channel, &peer, &err) == 0);
    before = lowest_free();
    for (size_t at = 0; at < size && seen.closed == 0; at += piece) {
        (void)put(peer, data + at, size - at < piece ? size - at : piece, descriptors);
        descriptors = 0;
        uv_run(&loop, UV_RUN_NOWAIT);
        MUST(lowest_free() == before);
    }
    shutdown(peer, SHUT_RDWR);
    for (int i = 0; i < 4 && seen.closed == 0; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    MUST(seen.closed == 1);
    inf_channel_close(channel);
    uv_run(&loop, UV_RUN_DEFAULT);
    MUST(uv_loop_close(&loop) == 0);
    close(peer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t piece = 0;
    int descriptors = 0;

    if (size < 2)
        return 0;
    piece = data[1] > 0 ? data[1] : size;
    descriptors = (data[0] & 0x80) != 0 ? 1 + (data[0] >> 5 & 3) : 0;
    switch ((data[0] & 0x1f) % 3) {
    case 0:
        check_alone(data + 2, size - 2);
        break;
    case 1:
        receive(data + 2, size - 2, piece, descriptors);
        break;
    default:
        listen_to(data + 2, size - 2, piece, descriptors);
    }
    return 0;
}
