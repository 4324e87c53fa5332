/* Frames: what is checked before anything is believed, and whole frames over a real socketpair. */
/* SPDX-License-Identifier: Apache-2.0 */

#include "engine_fixture.h"
#include "inferd/reduce.h"

static int check(uint32_t type, uint32_t length)
{
    struct inf_frame_header header = {.type = type, .length = length};

    return inf_frame_check(&header);
}

static void test_header_types(void **state)
{
    (void)state;
    assert_int_equal(check(0, 0), -1);
    assert_int_equal(check(INF_FRAME_TYPES, 1), -1);
    assert_int_equal(check(UINT32_MAX, 1), -1);
    assert_int_equal(check(INF_FRAME_KILL, 0), 0);
}

static void test_header_lengths(void **state)
{
    (void)state;
    assert_int_equal(check(INF_FRAME_SPAWN, sizeof(struct inf_frame_spawn)), 0);
    assert_int_equal(check(INF_FRAME_SPAWN, sizeof(struct inf_frame_spawn) - 1), -1);
    assert_int_equal(check(INF_FRAME_SPAWN, sizeof(struct inf_frame_spawn) + 1), -1);
    assert_int_equal(check(INF_FRAME_KILL, 1), -1);
    assert_int_equal(check(INF_FRAME_ERROR, 0), -1);
    assert_int_equal(check(INF_FRAME_ERROR, INF_FRAME_REASON), 0);
    assert_int_equal(check(INF_FRAME_ERROR, INF_FRAME_REASON + 1), -1);
    assert_int_equal(check(INF_FRAME_SIGNALLED, sizeof(struct inf_frame_signalled)), 0);
    assert_int_equal(check(INF_FRAME_SIGNALLED, sizeof(struct inf_frame_signalled) + 1), -1);
    assert_int_equal(check(INF_FRAME_PROVEN, 0), -1);
    assert_int_equal(check(INF_FRAME_PROOF, INF_FRAME_PROOF_MAX), 0);
    assert_int_equal(check(INF_FRAME_PROOF, INF_FRAME_PROOF_MAX + 1), -1);
    assert_int_equal(check(INF_FRAME_INFER, sizeof(struct inf_frame_infer) - 1), -1);
    assert_int_equal(check(INF_FRAME_RESULT, INF_FRAME_RESULT_MAX), 0);
    assert_int_equal(check(INF_FRAME_RESULT, INF_FRAME_RESULT_MAX + 1), -1);
}

static int check_infer(uint32_t tensors, uint32_t rows, uint32_t cols, size_t data_bytes)
{
    char payload[sizeof(struct inf_frame_infer)];
    struct inf_frame_infer infer = {.tensors = tensors, .rows = rows, .cols = cols};

    memcpy(payload, &infer, sizeof infer);
    return inf_frame_check_infer(payload, sizeof payload + data_bytes);
}

static void test_infer(void **state)
{
    (void)state;
    assert_int_equal(check_infer(2, 3, 5, 2 * 3 * 5 * 4), 0);
    assert_int_equal(check_infer(2, 3, 5, 2 * 3 * 5 * 4 - 1), -1);
    assert_int_equal(check_infer(2, 3, 5, 2 * 3 * 5 * 4 + 4), -1);
    assert_int_equal(check_infer(0, 3, 5, 0), -1);
    assert_int_equal(check_infer(1, 0, 5, 0), -1);
    assert_int_equal(check_infer(1, 1, 0, 0), -1);
    /* 2^31 x 2^31 x 4 bytes is 0 in 64 bits. */
    assert_int_equal(check_infer(1u << 31, 1u << 31, 1, 0), -1);
    assert_int_equal(check_infer(1u << 30, 1u << 30, 4, 0), -1);
    assert_int_equal(inf_frame_check_infer("", 0), -1);
}

static int check_reduce(uint32_t reduce, uint32_t position)
{
    char payload[sizeof(struct inf_frame_infer)];
    struct inf_frame_infer infer = {
        .tensors = 2, .rows = 3, .cols = 5, .reduce = reduce, .position = position};

    memcpy(payload, &infer, sizeof infer);
    return inf_frame_check_infer(payload, sizeof payload + 2 * 3 * 5 * 4);
}

static void test_reduce(void **state)
{
    (void)state;
    assert_int_equal(check_reduce(INF_REDUCE_POSITION, 4), 0);
    assert_int_equal(check_reduce(INF_REDUCE_POSITION, 5), -1);
    assert_int_equal(check_reduce(INF_REDUCE_MAX, 0), 0);
    assert_int_equal(check_reduce(INF_REDUCE_MAX + 1, 0), -1);
}

static int check_more(uint32_t more)
{
    struct inf_frame_infer infer = {.tensors = 2, .rows = 1, .cols = 5, .more = more};

    return inf_frame_check_infer(&infer, sizeof infer + 2 * 5 * 4);
}

static void test_more(void **state)
{
    (void)state;
    assert_int_equal(check_more(INF_FRAME_TOGETHER - 1), 0);
    assert_int_equal(check_more(INF_FRAME_TOGETHER), -1);
    assert_int_equal(check_more(UINT32_MAX), -1);
}

static int check_at_once(uint32_t rows, uint32_t at_once)
{
    char payload[sizeof(struct inf_frame_infer)];
    struct inf_frame_infer infer = {.tensors = 1, .rows = rows, .cols = 1, .at_once = at_once};

    memcpy(payload, &infer, sizeof infer);
    return inf_frame_check_infer(payload, sizeof payload + (size_t)rows * 4);
}

static void test_at_once(void **state)
{
    (void)state;
    assert_int_equal(check_at_once(3, 0), 0);
    assert_int_equal(check_at_once(3, 3), 0);
    assert_int_equal(check_at_once(3, 4), -1);
    assert_int_equal(check_at_once(100, INF_FRAME_TOGETHER), 0);
    assert_int_equal(check_at_once(100, INF_FRAME_TOGETHER + 1), -1);
}

static int check_result(struct inf_frame_result result, size_t data_bytes)
{
    return inf_frame_check_result(&result, sizeof result + data_bytes);
}

static void test_result(void **state)
{
    (void)state;
    assert_int_equal(check_result((struct inf_frame_result){1, 2, {3, 4, 0}, 0, 0, 1, 0}, 48), 0);
    assert_int_equal(check_result((struct inf_frame_result){2, 2, {3, 4, 0}, 0, 0, 1, 0}, 96), 0);
    assert_int_equal(check_result((struct inf_frame_result){2, 3, {3, 4, 2}, 0, 0, 1, 0}, 192), 0);
    assert_int_equal(check_result((struct inf_frame_result){1, 2, {3, 4, 0}, 0, 0, 1, 0}, 47), -1);
    assert_int_equal(check_result((struct inf_frame_result){0, 2, {3, 4, 0}, 0, 0, 1, 0}, 48), -1);
    assert_int_equal(check_result((struct inf_frame_result){3, 2, {3, 4, 0}, 0, 0, 1, 0}, 48), -1);
    assert_int_equal(check_result((struct inf_frame_result){1, 0, {3, 4, 0}, 0, 0, 1, 0}, 4), -1);
    assert_int_equal(check_result((struct inf_frame_result){1, 4, {3, 4, 1}, 0, 0, 1, 0}, 48), -1);
    assert_int_equal(check_result((struct inf_frame_result){1, 2, {-3, -4, 0}, 0, 0, 1, 0}, 48),
                     -1);
    assert_int_equal(
        check_result((struct inf_frame_result){1, 2, {0, INT64_MAX, 0}, 0, 0, 1, 0}, 0), -1);
    assert_int_equal(
        check_result(
            (struct inf_frame_result){1, 2, {INT64_C(1) << 32, INT64_C(1) << 32, 0}, 0, 0, 1, 0},
            0),
        -1);
    assert_int_equal(inf_frame_check_result("", 0), -1);
}

static void test_frame_arrives_whole(void **state)
{
    struct received received = {0};
    struct inf_frame_header header = {INF_FRAME_ERROR, 11, 7};
    int peer = -1, channel = make_channel(&peer);

    (void)state;
    assert_int_equal(inf_frame_send(peer, &header, "hello ", 6, "world", 5, NULL, 0),
                     sizeof header + 11);
    assert_int_equal(send_with(peer, INF_FRAME_KILL, 8, NULL, 0, NULL, 0), 0);
    expect(channel, &received, INF_FRAME_ERROR, 7);
    assert_memory_equal(received.payload, "hello world", 11);
    expect(channel, &received, INF_FRAME_KILL, 8);
    close(peer);
    assert_int_equal(inf_frame_receive(channel, &received.header, &received.payload,
                                       &received.capacity, NULL, 0),
                     0);
    free_received(&received);
    close(channel);
}

static void test_descriptors_travel(void **state)
{
    struct received received = {0};
    int peer = -1, channel = make_channel(&peer), pipes[2], fds[2];

    (void)state;
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(send_with(peer, INF_FRAME_KILL, 1, NULL, 0, pipes, 2), 0);
    assert_int_equal(
        inf_frame_receive(channel, &received.header, &received.payload, &received.capacity, fds, 2),
        1);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(read(pipes[0], &(char){0}, 1), 1);
    assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    for (int i = 0; i < 2; i++) {
        close(fds[i]);
        close(pipes[i]);
    }
    close(peer);
    close(channel);
}

static int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* A receiver that wants fewer than came refuses the frame and keeps none open. */
static void test_unwanted_descriptors_are_closed(void **state)
{
    struct received received = {0};
    int peer = -1, channel = make_channel(&peer), pipes[2], fd = -1;
    int before = 0;

    (void)state;
    assert_int_equal(pipe(pipes), 0);
    before = open_descriptors();
    for (int wanted = 0; wanted < 2; wanted++) {
        assert_int_equal(send_with(peer, INF_FRAME_KILL, 1, NULL, 0, pipes, 2), 0);
        assert_int_equal(inf_frame_receive(channel, &received.header, &received.payload,
                                           &received.capacity, &fd, wanted),
                         -1);
        assert_int_equal(open_descriptors(), before);
    }
    assert_int_equal(fd, -1);
    close(pipes[0]);
    close(pipes[1]);
    close(peer);
    close(channel);
}

/* More than a frame may carry, as only a stranger would send them. */
static void test_too_many_descriptors(void **state)
{
    union {
        char bytes[CMSG_SPACE(5 * sizeof(int))];
        struct cmsghdr align;
    } room = {{0}};
    struct inf_frame_header header = {INF_FRAME_KILL, 0, 1};
    struct iovec piece = {&header, sizeof header};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = room.bytes,
                             .msg_controllen = sizeof room.bytes};
    struct received received = {0};
    int peer = -1, channel = make_channel(&peer), fds[2], before = open_descriptors();

    (void)state;
    room.align.cmsg_level = SOL_SOCKET;
    room.align.cmsg_type = SCM_RIGHTS;
    room.align.cmsg_len = CMSG_LEN(5 * sizeof(int)); /* all 0: standard input */
    assert_int_equal(sendmsg(peer, &message, 0), sizeof header);
    assert_int_equal(
        inf_frame_receive(channel, &received.header, &received.payload, &received.capacity, fds, 2),
        -1);
    assert_int_equal(fds[0], -1);
    assert_int_equal(open_descriptors(), before);
    close(peer);
    close(channel);
}

static int receive_bytes(const void *bytes, size_t length)
{
    struct received received = {0};
    int peer = -1, channel = make_channel(&peer), rc = 0;

    assert_int_equal(write(peer, bytes, length), (ssize_t)length);
    close(peer);
    rc = inf_frame_receive(channel, &received.header, &received.payload, &received.capacity, NULL,
                           0);
    assert_true(received.capacity <= 16);
    free_received(&received);
    close(channel);
    return rc;
}

static void test_broken_streams(void **state)
{
    struct {
        struct inf_frame_header header;
        char payload[8]; /* no padding behind it */
    } cut = {{INF_FRAME_ERROR, 10, 1}, "abcd"};
    struct inf_frame_header huge = {INF_FRAME_INFER, UINT32_MAX, 1};
    struct inf_frame_header unknown = {99, 0, 1};

    (void)state;
    assert_int_equal(receive_bytes("", 0), 0);
    assert_int_equal(receive_bytes(&cut, 5), -1);
    assert_int_equal(receive_bytes(&cut, sizeof cut.header + 4), -1);
    assert_int_equal(receive_bytes(&huge, sizeof huge), -1);
    assert_int_equal(errno, EPROTO);
    assert_int_equal(receive_bytes(&unknown, sizeof unknown), -1);
}

/* A socket that does not block takes a part; the count says how much, and the rest can follow. */
static void test_partial_send(void **state)
{
    static char data[8 << 20];
    struct inf_frame_header header = {INF_FRAME_RESULT, sizeof data, 1};
    int peer = -1, channel = make_channel(&peer);
    long sent = 0;

    (void)state;
    assert_int_equal(fcntl(peer, F_SETFL, O_NONBLOCK), 0);
    sent = inf_frame_send(peer, &header, data, 100, data, sizeof data - 100, NULL, 0);
    assert_true(sent > (long)sizeof header && sent < (long)sizeof data);
    assert_int_equal(inf_frame_send(peer, &header, data, sizeof data, NULL, 0, NULL, 0), -1);
    assert_int_equal(errno, EAGAIN);
    close(channel);
    assert_int_equal(inf_frame_send(peer, &header, data, sizeof data, NULL, 0, NULL, 0), -1);
    assert_int_equal(errno, EPIPE); /* and no SIGPIPE */
    close(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_types),
        cmocka_unit_test(test_header_lengths),
        cmocka_unit_test(test_infer),
        cmocka_unit_test(test_reduce),
        cmocka_unit_test(test_more),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_result),
        cmocka_unit_test(test_frame_arrives_whole),
        cmocka_unit_test(test_descriptors_travel),
        cmocka_unit_test(test_unwanted_descriptors_are_closed),
        cmocka_unit_test(test_too_many_descriptors),
        cmocka_unit_test(test_broken_streams),
        cmocka_unit_test(test_partial_send),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
