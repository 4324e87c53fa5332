/* Frames over a real socketpair on a real loop: split, joined, large, nonsense, closed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

struct seen {
    int frames, closed;
    uint64_t last_id;
    size_t last_length;
    unsigned char last_byte;
    struct inf_channel *close_on_frame;
    const char *why;   /* of the closing */
    uint64_t unwanted; /* an id that `expected` refuses */
    int asked;
};

static void on_frame(void *arg, const struct inf_frame_header *header, const void *payload)
{
    struct seen *seen = arg;

    seen->frames++;
    seen->last_id = header->id;
    seen->last_length = header->length;
    if (header->length > 0)
        seen->last_byte = ((const unsigned char *)payload)[header->length - 1];
    assert_int_equal((uintptr_t)payload % 8, 0);
    inf_channel_close(seen->close_on_frame);
}

static int expected(void *arg, const struct inf_frame_header *header)
{
    struct seen *seen = arg;

    seen->asked++;
    return header->id == seen->unwanted ? -1 : 0;
}

static void on_closed(void *arg, const char *why)
{
    struct seen *seen = arg;

    seen->closed++;
    seen->why = why;
}

static const struct inf_channel_events events = {expected, on_frame, on_closed};

struct fixture {
    uv_loop_t loop;
    struct inf_channel *channel;
    int peer;
    struct seen seen;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct inf_error err;

    assert_non_null(fixture);
    uv_loop_init(&fixture->loop);
    assert_int_equal(inf_channel_open(&fixture->loop, &events, &fixture->seen, &fixture->channel,
                                      &fixture->peer, &err),
                     0);
    fixture->seen.unwanted = UINT64_MAX;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    inf_channel_close(fixture->channel);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    close(fixture->peer);
    free(fixture);
    return 0;
}

static void turn(struct fixture *fixture, int times)
{
    for (int i = 0; i < times; i++)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static void put(int fd, const void *data, size_t length)
{
    assert_int_equal(send(fd, data, length, MSG_NOSIGNAL), length);
}

static void reads_a_frame_that_comes_byte_by_byte(void **state)
{
    struct fixture *fixture = *state;
    struct inf_frame_header header = {.type = INF_FRAME_ERROR, .length = 3, .id = 9};
    unsigned char bytes[sizeof header + 3];

    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, "abc", 3);
    for (size_t i = 0; i < sizeof bytes; i++) {
        assert_int_equal(fixture->seen.frames, 0);
        put(fixture->peer, bytes + i, 1);
        turn(fixture, 1);
    }
    assert_int_equal(fixture->seen.frames, 1);
    assert_int_equal(fixture->seen.last_id, 9);
    assert_int_equal(fixture->seen.last_byte, 'c');
    assert_int_equal(fixture->seen.asked, 1);
}

static void reads_many_frames_of_one_piece(void **state)
{
    struct fixture *fixture = *state;
    struct inf_frame_header headers[50];

    for (size_t i = 0; i < 50; i++)
        headers[i] = (struct inf_frame_header){.type = INF_FRAME_KILL, .id = i + 1};
    put(fixture->peer, headers, sizeof headers);
    turn(fixture, 3);
    assert_int_equal(fixture->seen.frames, 50);
    assert_int_equal(fixture->seen.last_id, 50);
}

static void carries_a_large_frame_both_ways(void **state)
{
    struct fixture *fixture = *state;
    size_t length = 8 * 1024 * 1024, got = 0;
    unsigned char *big = malloc(length), *back = malloc(length + sizeof(struct inf_frame_header));
    struct inf_frame_header header = {
        .type = INF_FRAME_RESULT, .length = (uint32_t)length, .id = 1};
    size_t sent = 0;

    assert_true(big != NULL && back != NULL);
    memset(big, 7, length);
    /* Out: the socket takes a part at once, the rest as the peer reads. */
    assert_int_equal(inf_channel_send(fixture->channel, INF_FRAME_INFER, 1, big, 1024, big + 1024,
                                      length - 1024, NULL, 0),
                     0);
    while (got < length + sizeof header) {
        ssize_t n = recv(fixture->peer, back + got, length + sizeof header - got, MSG_DONTWAIT);
        if (n > 0)
            got += (size_t)n;
        turn(fixture, 1);
    }
    assert_memory_equal(back + sizeof header, big, length);
    /* In. */
    put(fixture->peer, &header, sizeof header);
    while (sent < length) {
        ssize_t n = send(fixture->peer, big + sent, length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0)
            sent += (size_t)n;
        turn(fixture, 1);
    }
    turn(fixture, 200);
    assert_int_equal(fixture->seen.frames, 1);
    assert_int_equal(fixture->seen.last_length, length);
    free(big);
    free(back);
}

static void says_closed_once_when_the_peer_goes(void **state)
{
    struct fixture *fixture = *state;

    shutdown(fixture->peer, SHUT_RDWR);
    turn(fixture, 5);
    assert_int_equal(fixture->seen.closed, 1);
    assert_null(fixture->seen.why);
}

static void says_closed_when_the_peer_talks_nonsense(void **state)
{
    struct fixture *fixture = *state;
    struct inf_frame_header header = {.type = 999, .length = 0xffffffff, .id = 1};

    put(fixture->peer, &header, sizeof header);
    turn(fixture, 5);
    assert_int_equal(fixture->seen.closed, 1);
    assert_int_equal(fixture->seen.frames, 0);
    assert_string_equal(fixture->seen.why, "it sent what is no frame");
}

/* At its header, once, and without waiting for what it announces. */
static void refuses_what_is_not_expected(void **state)
{
    struct fixture *fixture = *state;
    struct inf_frame_header header = {.type = INF_FRAME_KILL, .id = 6};

    fixture->seen.unwanted = 7;
    put(fixture->peer, &header, sizeof header);
    header = (struct inf_frame_header){
        .type = INF_FRAME_RESULT, .length = INF_FRAME_RESULT_MAX, .id = 7};
    put(fixture->peer, &header, sizeof header);
    put(fixture->peer, &header, sizeof header);
    turn(fixture, 5);
    assert_int_equal(fixture->seen.frames, 1);
    assert_int_equal(fixture->seen.asked, 2);
    assert_int_equal(fixture->seen.closed, 1);
    assert_string_equal(fixture->seen.why, "it sent what nobody asked for");
}

static int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* They are the sender's only: the channel asks for none, so the kernel closes them. */
static void takes_no_descriptors(void **state)
{
    struct fixture *fixture = *state;
    struct inf_frame_header header = {.type = INF_FRAME_ERROR, .length = 1, .id = 1};
    int fds[2] = {0, 0}, before = open_descriptors();

    assert_true(inf_frame_send(fixture->peer, &header, "x", 1, NULL, 0, fds, 2) > 0);
    turn(fixture, 5);
    assert_int_equal(fixture->seen.frames, 1);
    assert_int_equal(open_descriptors(), before);
}

static void may_be_closed_from_its_own_event(void **state)
{
    struct fixture *fixture = *state;
    struct inf_frame_header headers[2] = {{.type = INF_FRAME_KILL, .id = 1},
                                          {.type = INF_FRAME_KILL, .id = 2}};

    fixture->seen.close_on_frame = fixture->channel;
    put(fixture->peer, headers, sizeof headers);
    turn(fixture, 5);
    assert_int_equal(fixture->seen.frames, 1);
    assert_int_equal(fixture->seen.closed, 0);
    fixture->channel = NULL; /* freed by the loop */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_a_frame_that_comes_byte_by_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_many_frames_of_one_piece, set_up, tear_down),
        cmocka_unit_test_setup_teardown(carries_a_large_frame_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_closed_once_when_the_peer_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_closed_when_the_peer_talks_nonsense, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_is_not_expected, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_no_descriptors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(may_be_closed_from_its_own_event, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
