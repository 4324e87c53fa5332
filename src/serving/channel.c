/* Frames on the loop. A frame is read into one aligned buffer, usually by a single recv; answers
 * are as large as a model makes them, so the buffer grows to the announced length once and is kept.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "channel.h"
#include "inferd/alloc.h"
#include "inferd/reserve.h"
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define FIRST_READ (64 * 1024)
#define KEPT_CAPACITY (1024 * 1024)

struct inf_channel {
    uv_poll_t poll;
    int fd;
    const struct inf_channel_events *events;
    void *arg;
    char *in; /* malloc'ed, so aligned; a frame starts at offset 0 */
    size_t in_length, in_capacity;
    struct inf_buf out; /* what the socket did not take yet */
    size_t out_sent;
    bool closing;
    bool let_in;     /* the header at the beginning of `in` was checked */
    const char *why; /* the stream cannot go on, where that is the other end's fault */
};

static void on_poll(uv_poll_t *poll, int status, int events);

static void free_channel(uv_handle_t *handle)
{
    struct inf_channel *channel = handle->data;
    close(channel->fd);
    free(channel->in);
    inf_buf_free(&channel->out);
    free(channel);
}

void inf_channel_close(struct inf_channel *channel)
{
    if (channel == NULL || channel->closing)
        return;
    channel->closing = true;
    /* The peer must see the end at once, not when the loop gets to the close callback. */
    shutdown(channel->fd, SHUT_RDWR);
    uv_close((uv_handle_t *)&channel->poll, free_channel);
}

static void lose(struct inf_channel *channel)
{
    if (channel->closing)
        return;
    uv_poll_stop(&channel->poll);
    channel->events->closed(channel->arg, channel->why);
}

static int grow(struct inf_channel *channel, size_t capacity)
{
    char *grown = NULL;

    if (capacity <= channel->in_capacity)
        return 0;
    grown = inf_reserve_realloc(channel->in, capacity);
    if (grown == NULL) {
        channel->why = INF_CHANNEL_NO_MEMORY;
        return -1;
    }
    channel->in = grown;
    channel->in_capacity = capacity;
    return 0;
}

/* May the frame come that begins so? */
static int let_in(struct inf_channel *channel, const struct inf_frame_header *header)
{
    if (channel->let_in)
        return 0;
    if (inf_frame_check(header) != 0)
        channel->why = "it sent what is no frame";
    else if (channel->events->expected != NULL &&
             channel->events->expected(channel->arg, header) != 0)
        channel->why = "it sent what nobody asked for";
    channel->let_in = channel->why == NULL;
    return channel->let_in ? 0 : -1;
}

/* Hands out every whole frame in the buffer. 0, or -1 when the stream cannot go on. */
static int deliver(struct inf_channel *channel)
{
    struct inf_frame_header header;
    size_t whole = 0;

    while (!channel->closing && channel->in_length >= sizeof header) {
        memcpy(&header, channel->in, sizeof header);
        if (let_in(channel, &header) != 0)
            return -1;
        whole = sizeof header + header.length;
        if (channel->in_length < whole)
            return grow(channel, whole);
        channel->let_in = false;
        channel->events->frame(channel->arg, &header, channel->in + sizeof header);
        channel->in_length -= whole;
        memmove(channel->in, channel->in + whole, channel->in_length);
    }
    if (channel->in_length == 0 && channel->in_capacity > KEPT_CAPACITY) {
        free(channel->in); /* one huge answer must not be kept for ever */
        channel->in = NULL;
        channel->in_capacity = 0;
    }
    return 0;
}

static int read_frames(struct inf_channel *channel)
{
    ssize_t got = 0;

    if (grow(channel, FIRST_READ) != 0)
        return -1;
    got = recv(channel->fd, channel->in + channel->in_length,
               channel->in_capacity - channel->in_length, MSG_DONTWAIT);
    if (got == 0)
        return -1;
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    channel->in_length += (size_t)got;
    return deliver(channel);
}

static int flush_out(struct inf_channel *channel)
{
    while (channel->out_sent < channel->out.length) {
        ssize_t sent = send(channel->fd, channel->out.data + channel->out_sent,
                            channel->out.length - channel->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        channel->out_sent += (size_t)sent;
    }
    inf_buf_free(&channel->out);
    channel->out_sent = 0;
    return uv_poll_start(&channel->poll, UV_READABLE, on_poll);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct inf_channel *channel = poll->data;
    int rc = 0;

    if (status < 0) {
        lose(channel);
        return;
    }
    if ((events & UV_WRITABLE) != 0)
        rc = flush_out(channel);
    if (rc == 0 && (events & UV_READABLE) != 0)
        rc = read_frames(channel);
    if (rc != 0)
        lose(channel);
}

void inf_channel_drain(struct inf_channel *channel)
{
    struct pollfd readable = {.events = POLLIN};

    if (channel == NULL)
        return;
    readable.fd = channel->fd;
    while (!channel->closing && poll(&readable, 1, 0) > 0 && (readable.revents & POLLIN) != 0 &&
           read_frames(channel) == 0)
        continue;
}

int inf_channel_open(struct uv_loop_s *loop, const struct inf_channel_events *events, void *arg,
                     struct inf_channel **ret, int *ret_peer, struct inf_error *err)
{
    struct inf_channel *channel = NULL;
    int pair[2] = {-1, -1};

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return inf_error_set(err, INF_ERR_UNAVAILABLE,
                             "no channel to the inference process could be made: %s",
                             strerror(errno));
    channel = inf_alloc(1, sizeof *channel);
    channel->fd = pair[0];
    channel->events = events;
    channel->arg = arg;
    inf_buf_init(&channel->out, (size_t)INF_FRAME_MAX + sizeof(struct inf_frame_header));
    if (uv_poll_init(loop, &channel->poll, channel->fd) != 0) {
        close(pair[0]);
        close(pair[1]);
        free(channel);
        return inf_error_set(err, INF_ERR_UNAVAILABLE,
                             "the channel to the inference process cannot be watched");
    }
    channel->poll.data = channel;
    uv_poll_start(&channel->poll, UV_READABLE, on_poll);
    *ret = channel;
    *ret_peer = pair[1];
    return 0;
}

/* Keeps what the socket refused; `skip` bytes of the frame are already gone. */
static int keep_rest(struct inf_channel *channel, const struct inf_frame_header *header,
                     const void *first, size_t first_length, const void *second,
                     size_t second_length, size_t skip)
{
    const struct {
        const void *data;
        size_t length;
    } pieces[3] = {{header, sizeof *header}, {first, first_length}, {second, second_length}};

    for (size_t i = 0; i < 3; i++) {
        size_t gone = skip < pieces[i].length ? skip : pieces[i].length;
        skip -= gone;
        if (gone < pieces[i].length &&
            inf_buf_append(&channel->out, (const char *)pieces[i].data + gone,
                           pieces[i].length - gone) != 0)
            return -1;
    }
    return uv_poll_start(&channel->poll, UV_READABLE | UV_WRITABLE, on_poll);
}

int inf_channel_send(struct inf_channel *channel, enum inf_frame_type type, uint64_t id,
                     const void *first, size_t first_length, const void *second,
                     size_t second_length, const int *fds, int fd_count)
{
    struct inf_frame_header header = {
        .type = type, .length = (uint32_t)(first_length + second_length), .id = id};
    long sent = 0;

    assert(first_length + second_length <= INF_FRAME_MAX);
    if (channel->closing)
        return -1;
    if (channel->out.length == 0) {
        sent = inf_frame_send(channel->fd, &header, first, first_length, second, second_length, fds,
                              fd_count);
        if (sent < 0 && errno != EAGAIN)
            return -1;
        if (sent < 0)
            sent = 0;
    }
    if ((size_t)sent == sizeof header + header.length)
        return 0;
    /* Descriptors travel with the first byte; a frame that has some must get that far at once. */
    if (sent == 0 && fd_count > 0)
        return -1;
    return keep_rest(channel, &header, first, first_length, second, second_length, (size_t)sent);
}
