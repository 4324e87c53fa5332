/* load.c - a load generator that costs little, so that it can share a small machine with the
 * daemon.
 *
 * CALLERS connections ask in a closed loop: the next request follows the answer, or after a 429 a
 * short pause. FLOODERS connections send RATE requests a second between them in an open loop,
 * however the server fares; a request whose time came while all of them were busy is dropped and
 * counted. One thread, one request at a time on a connection, kept alive. Prints one line of JSON.
 *
 * Usage: load PORT PATH BODIES CALLERS FLOODERS RATE SECONDS [SOURCE]
 * BODIES is a file with one JSON body a line; they are sent in turn. SOURCE is the address that the
 * connections come from, 127.0.0.1 unless it is given. An answer with 408 is counted as late; one
 * with 429 and without Retry-After is an error. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_BODIES 4096
#define MAX_CONNECTIONS 1024
#define MAX_SAMPLES (8 << 20)
#define BUFFER (256 << 10)
#define TICK_US 500
#define PAUSE_US 2000 /* of a caller that was refused */
#define MICROSECOND 1000000

struct connection {
    int fd;
    bool is_caller;
    int64_t sent_us;   /* 0: no request is under way */
    int64_t resume_us; /* a refused caller's next request */
    size_t have;
    char *buffer;
};

/* What became of requests that ended the same way: their latencies. */
struct outcome {
    size_t count;
    uint32_t *latency_us;
};

static struct {
    struct sockaddr_in address, source;
    char *requests[MAX_BODIES];
    size_t request_count, next_request;
    struct connection connections[MAX_CONNECTIONS];
    int count, idle_count;
    int idle[MAX_CONNECTIONS]; /* flooders without a request */
    int epoll;
    int64_t start_us;
    int64_t due; /* flood requests that were sent or dropped so far */
    size_t dropped, errors, reconnects;
    struct outcome admitted, refused, late;
} load;

static volatile sig_atomic_t is_over;

static void end_run(int signal_number)
{
    (void)signal_number;
    is_over = 1;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "load: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MICROSECOND + now.tv_nsec / 1000;
}

/* ---- one connection ---- */

static void open_connection(struct connection *c)
{
    int one = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || bind(c->fd, (struct sockaddr *)&load.source, sizeof load.source) != 0 ||
        connect(c->fd, (struct sockaddr *)&load.address, sizeof load.address) != 0)
        die("connect", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
        die("epoll", strerror(errno));
    c->have = 0;
    c->sent_us = 0;
}

static void send_request(struct connection *c)
{
    const char *request = load.requests[load.next_request++ % load.request_count];
    size_t length = strlen(request);

    c->sent_us = now_us();
    if (send(c->fd, request, length, MSG_NOSIGNAL) != (ssize_t)length)
        shutdown(c->fd, SHUT_RDWR); /* the reader sees that next */
}

/* What a connection does once nothing is under way on it. */
static void go_on(struct connection *c, bool was_refused)
{
    if (!c->is_caller)
        load.idle[load.idle_count++] = (int)(c - load.connections);
    else if (was_refused)
        c->resume_us = now_us() + PAUSE_US;
    else
        send_request(c);
}

static void count(struct outcome *outcome, int64_t latency_us)
{
    if (outcome->count < MAX_SAMPLES)
        outcome->latency_us[outcome->count++] = (uint32_t)latency_us;
}

static void answered(struct connection *c, int status)
{
    if (status == 200)
        count(&load.admitted, now_us() - c->sent_us);
    else if (status == 408)
        count(&load.late, now_us() - c->sent_us);
    else if (status == 429 && strcasestr(c->buffer, "\r\nretry-after:") != NULL)
        count(&load.refused, now_us() - c->sent_us);
    else
        load.errors++;
    c->have = 0;
    c->sent_us = 0;
    go_on(c, status != 200);
}

/* The length of the whole answer, or 0 while its header is not complete. */
static size_t answer_length(const char *buffer)
{
    const char *end = strstr(buffer, "\r\n\r\n");
    const char *field = end != NULL ? strcasestr(buffer, "\r\ncontent-length:") : NULL;

    if (field == NULL || field > end)
        return 0;
    return (size_t)(end + 4 - buffer) + strtoul(field + strlen("\r\ncontent-length:"), NULL, 10);
}

static void lost(struct connection *c)
{
    bool was_under_way = c->sent_us != 0;

    close(c->fd);
    load.reconnects++;
    open_connection(c);
    if (was_under_way) {
        load.errors++;
        go_on(c, true);
    }
}

static void receive(struct connection *c)
{
    ssize_t got = recv(c->fd, c->buffer + c->have, BUFFER - 1 - c->have, MSG_DONTWAIT);
    size_t length;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        lost(c);
        return;
    }
    c->have += (size_t)got;
    c->buffer[c->have] = '\0';
    length = answer_length(c->buffer);
    if (length > BUFFER - 1)
        die("answer", "is too long");
    if (length > 0 && c->have >= length)
        answered(c, (int)strtol(c->buffer + strlen("HTTP/1.1 "), NULL, 10));
}

/* ---- the run ---- */

/* Sends what is due by now: the flood's share of the time, and refused callers' next requests. */
static void tick(int rate)
{
    int64_t now = now_us(), due = (now - load.start_us) * rate / MICROSECOND;

    for (; load.due < due; load.due++) {
        if (load.idle_count == 0)
            load.dropped++;
        else
            send_request(&load.connections[load.idle[--load.idle_count]]);
    }
    for (int i = 0; i < load.count; i++) {
        struct connection *c = &load.connections[i];

        if (c->resume_us != 0 && c->resume_us <= now) {
            c->resume_us = 0;
            send_request(c);
        }
    }
}

static int start_timer(void)
{
    struct itimerspec every = {.it_interval.tv_nsec = TICK_US * 1000,
                               .it_value.tv_nsec = TICK_US * 1000};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    if (timer < 0 || timerfd_settime(timer, 0, &every, NULL) != 0 ||
        epoll_ctl(load.epoll, EPOLL_CTL_ADD, timer, &event) != 0)
        die("timer", strerror(errno));
    return timer;
}

static void run(int rate, int seconds)
{
    struct epoll_event events[64];
    int timer = start_timer();
    int64_t end;
    uint64_t ticks;

    load.start_us = now_us();
    end = load.start_us + (int64_t)seconds * MICROSECOND;
    for (int i = 0; i < load.count; i++)
        go_on(&load.connections[i], false);
    while (!is_over && now_us() < end) {
        int n = epoll_wait(load.epoll, events, 64, 100);

        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr != NULL)
                receive(events[i].data.ptr);
            else if (read(timer, &ticks, sizeof ticks) > 0)
                tick(rate);
        }
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

static void print_outcome(const char *name, const struct outcome *outcome, double seconds)
{
    size_t last = outcome->count > 0 ? outcome->count - 1 : 0;

    qsort(outcome->latency_us, outcome->count, sizeof *outcome->latency_us, by_size);
    printf("\"%s\": %zu, \"%s_per_second\": %.1f, ", name, outcome->count, name,
           (double)outcome->count / seconds);
    printf("\"%s_p50_ms\": %.3f, \"%s_p95_ms\": %.3f, \"%s_p99_ms\": %.3f, ", name,
           (double)outcome->latency_us[last / 2] / 1e3, name,
           (double)outcome->latency_us[last * 95 / 100] / 1e3, name,
           (double)outcome->latency_us[last * 99 / 100] / 1e3);
}

static void print_result(void)
{
    double seconds = (double)(now_us() - load.start_us) / MICROSECOND;
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    printf("{");
    print_outcome("admitted", &load.admitted, seconds);
    print_outcome("refused", &load.refused, seconds);
    print_outcome("late", &load.late, seconds);
    printf("\"errors\": %zu, \"dropped\": %zu, \"reconnects\": %zu, \"seconds\": %.3f, "
           "\"cpu_seconds\": %.3f}\n",
           load.errors, load.dropped, load.reconnects, seconds,
           (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

/* ---- from the command line ---- */

static void read_bodies(const char *file_name, const char *path)
{
    FILE *file = fopen(file_name, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    if (file == NULL)
        die(file_name, strerror(errno));
    while (load.request_count < MAX_BODIES && (length = getline(&line, &size, file)) > 1) {
        if (line[length - 1] == '\n')
            line[--length] = '\0';
        if (asprintf(&load.requests[load.request_count++],
                     "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                     "Content-Length: %zd\r\n\r\n%s",
                     path, length, line) < 0)
            die(file_name, "no memory");
    }
    free(line);
    fclose(file);
    if (load.request_count == 0)
        die(file_name, "has no bodies");
}

static int number(const char *text, int least, int most)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);

    if (end == text || *end != '\0' || value < least || value > most)
        die(text, "is not a number in range");
    return (int)value;
}

static void open_all(int callers, int flooders)
{
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    load.admitted.latency_us = calloc(MAX_SAMPLES, sizeof(uint32_t));
    load.refused.latency_us = calloc(MAX_SAMPLES, sizeof(uint32_t));
    load.late.latency_us = calloc(MAX_SAMPLES, sizeof(uint32_t));
    if (load.epoll < 0 || load.admitted.latency_us == NULL || load.refused.latency_us == NULL ||
        load.late.latency_us == NULL)
        die("start", "no memory");
    load.count = callers + flooders;
    for (int i = 0; i < load.count; i++) {
        struct connection *c = &load.connections[i];

        c->is_caller = i < callers;
        c->buffer = malloc(BUFFER);
        if (c->buffer == NULL)
            die("start", "no memory");
        open_connection(c);
    }
}

int main(int argc, char **argv)
{
    int callers, flooders;

    if (argc != 8 && argc != 9)
        die("usage", "load PORT PATH BODIES CALLERS FLOODERS RATE SECONDS [SOURCE]");
    load.source.sin_family = AF_INET;
    if (inet_pton(AF_INET, argc == 9 ? argv[8] : "127.0.0.1", &load.source.sin_addr) != 1)
        die(argv[8], "is no IPv4 address");
    load.address.sin_family = AF_INET;
    load.address.sin_port = htons((uint16_t)number(argv[1], 1, UINT16_MAX));
    load.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    callers = number(argv[4], 0, MAX_CONNECTIONS / 2);
    flooders = number(argv[5], 0, MAX_CONNECTIONS / 2);
    read_bodies(argv[3], argv[2]);
    signal(SIGTERM, end_run);
    open_all(callers, flooders);
    run(number(argv[6], 0, MICROSECOND), number(argv[7], 1, 3600));
    print_result();
    return EXIT_SUCCESS;
}
