/* The zygote. Executing a program with libtorch takes a quarter of a second and 56 MB that nobody
 * shares; a fork of one that has it takes milliseconds and shares those pages. It must stay
 * single-threaded, since only the forking thread lives on in a child.
 *
 * It is the parent of every worker and alone may kill one: by a number that the daemon gave, looked
 * up among children not yet waited for, whose pids the kernel cannot have given to anyone else. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"
#include "descriptors.h"
#include "inferd/engine.h"
#include "inferd/frame.h"
#include "sandbox.h"
#include "usage.h"
#include "worker_main.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define ZYGOTE_CHILDREN 256 /* living workers, at most */

struct child {
    uint64_t number;            /* the daemon's */
    pid_t pid;                  /* 0: a free place */
    int usage;                  /* descriptor of its figures, or -1 */
    struct inf_usage inherited; /* at the fork */
    bool ordered;               /* its end was ordered while it lived */
};

struct zygote {
    int channel;
    int signals;
    struct inf_cgroups groups;
    void *payload;
    size_t capacity;
    struct child children[ZYGOTE_CHILDREN];
};

static int send_frame(struct zygote *zygote, enum inf_frame_type type, uint64_t id,
                      const void *payload, size_t length)
{
    struct inf_frame_header header = {.type = type, .length = (uint32_t)length, .id = id};

    return inf_frame_send(zygote->channel, &header, payload, length, NULL, 0, NULL, 0) < 0 ? -1 : 0;
}

static struct child *find_child(struct zygote *zygote, uint64_t number)
{
    for (size_t i = 0; i < ZYGOTE_CHILDREN; i++)
        if (zygote->children[i].pid != 0 && zygote->children[i].number == number)
            return &zygote->children[i];
    return NULL;
}

static struct child *free_place(struct zygote *zygote)
{
    for (size_t i = 0; i < ZYGOTE_CHILDREN; i++)
        if (zygote->children[i].pid == 0)
            return &zygote->children[i];
    return NULL;
}

/* In the fork: waits until the zygote has opened its figures, which the cage closes to others, and
 * put it into a control group. The layers of the cage that this made. */
static uint32_t wait_at(const int gate[2])
{
    char byte = 0;
    ssize_t got = 0;

    close(gate[1]);
    do
        got = read(gate[0], &byte, 1);
    while (got < 0 && errno == EINTR);
    return got == 1 ? INF_SANDBOX_CGROUP : 0;
}

/* Lets the fork on its way. A control group is wanted, not needed. */
static void open_gate(const struct zygote *zygote, const struct child *child, int64_t memory_limit,
                      int gate)
{
    if (inf_cgroups_add(&zygote->groups, child->number, child->pid, memory_limit) == 0 &&
        write(gate, "", 1) != 1)
        inf_cgroups_remove(&zygote->groups, child->number);
}

/* The worker's pid, or -1 with errno. */
static pid_t fork_at(const struct zygote *zygote, struct child *place, uint64_t number,
                     struct inf_frame_spawn *wanted, int definition, int control)
{
    const int64_t memory_limit = wanted->memory_limit;
    int self = inf_usage_open(0), gate[2];
    struct inf_usage inherited = {0};
    pid_t parent = getpid(), pid = -1;

    if (inf_usage_read(self, &inherited) == 0 && wanted->memory_limit > 0)
        wanted->memory_limit += inherited.data;
    close(self);
    if (pipe2(gate, O_CLOEXEC) != 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        uint32_t held = wait_at(gate);
        inf_worker_main(control, definition, wanted, parent, held);
    }
    if (pid > 0) {
        *place = (struct child){
            .number = number, .pid = pid, .usage = inf_usage_open(pid), .inherited = inherited};
        open_gate(zygote, place, memory_limit, gate[1]);
    }
    close(gate[0]);
    close(gate[1]);
    return pid;
}

/* The same. */
static pid_t fork_worker(struct zygote *zygote, uint64_t number, struct inf_frame_spawn *wanted,
                         int definition, int control)
{
    struct child *place = free_place(zygote);

    if (definition < 0 || control < 0 || find_child(zygote, number) != NULL) {
        errno = EINVAL;
        return -1;
    }
    if (place == NULL) {
        errno = EAGAIN;
        return -1;
    }
    return fork_at(zygote, place, number, wanted, definition, control);
}

static int spawn(struct zygote *zygote, const struct inf_frame_header *header, int *fds)
{
    struct inf_frame_spawn wanted;
    struct inf_frame_spawned spawned = {0};

    memcpy(&wanted, zygote->payload, sizeof wanted);
    spawned.pid = fork_worker(zygote, header->id, &wanted, fds[0], fds[1]);
    if (spawned.pid < 0)
        spawned.errno_value = errno;
    return send_frame(zygote, INF_FRAME_SPAWNED, header->id, &spawned, sizeof spawned);
}

static void kill_child(struct zygote *zygote, uint64_t number)
{
    struct child *child = find_child(zygote, number);

    if (child == NULL)
        return;
    /* The daemon sees the channels of a process close a moment before the process can be reaped,
     * and orders its end; but that one ends by itself. */
    if (!inf_usage_is_ending(child->pid))
        child->ordered = true;
    kill(child->pid, SIGKILL);
}

static int64_t at_least_0(int64_t bytes)
{
    return bytes > 0 ? bytes : 0;
}

static int measure(struct zygote *zygote, const struct inf_frame_header *header)
{
    const struct child *child = find_child(zygote, header->id);
    struct inf_frame_measured measured = {0};
    struct inf_usage usage;

    if (child == NULL)
        return 0; /* its end was reported */
    memcpy(&measured.asked, zygote->payload, sizeof measured.asked);
    if (inf_usage_read(child->usage, &usage) == 0) {
        int64_t own = at_least_0(usage.anonymous - child->inherited.anonymous);
        measured.resident_bytes = usage.resident;
        measured.own_bytes = own;
        measured.own_peak_bytes = own + at_least_0(usage.peak - usage.resident);
    }
    measured.cpu_ns = at_least_0(inf_usage_cpu(child->pid));
    return send_frame(zygote, INF_FRAME_MEASURED, header->id, &measured, sizeof measured);
}

static int set_limit(struct zygote *zygote, const struct inf_frame_header *header)
{
    const struct child *child = find_child(zygote, header->id);
    struct inf_frame_limit wanted;

    if (child == NULL)
        return 0;
    memcpy(&wanted, zygote->payload, sizeof wanted);
    (void)inf_cgroups_limit(&zygote->groups, header->id, wanted.memory_limit);
    if (wanted.memory_limit > 0)
        wanted.memory_limit += child->inherited.data;
    /* A failure leaves the limit that it had, which is a limit, too. */
    (void)inf_sandbox_limit_memory(child->pid, wanted.memory_limit);
    return 0;
}

/* One frame of the daemon. 0, or -1 when there will be no more. */
static int serve(struct zygote *zygote)
{
    struct inf_frame_header header;
    int fds[INF_FRAME_DESCRIPTORS];
    int rc = -1;

    if (inf_frame_receive(zygote->channel, &header, &zygote->payload, &zygote->capacity, fds,
                          INF_FRAME_DESCRIPTORS) != 1)
        return -1;
    if (header.type == INF_FRAME_SPAWN) {
        rc = spawn(zygote, &header, fds);
    } else if (header.type == INF_FRAME_KILL) {
        kill_child(zygote, header.id);
        rc = 0;
    } else if (header.type == INF_FRAME_MEASURE) {
        rc = measure(zygote, &header);
    } else if (header.type == INF_FRAME_LIMIT) {
        rc = set_limit(zygote, &header);
    }
    for (int i = 0; i < INF_FRAME_DESCRIPTORS; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return rc;
}

static int report_exit(struct zygote *zygote, pid_t pid, int status)
{
    for (size_t i = 0; i < ZYGOTE_CHILDREN; i++) {
        struct child *child = &zygote->children[i];
        if (child->pid == pid) {
            struct inf_frame_exited exited = {.status = status, .ordered = child->ordered};
            child->pid = 0;
            close(child->usage);
            inf_cgroups_remove(&zygote->groups, child->number);
            return send_frame(zygote, INF_FRAME_EXITED, child->number, &exited, sizeof exited);
        }
    }
    return 0;
}

/* Signals merge, so one may stand for several children. */
static int reap(struct zygote *zygote)
{
    struct signalfd_siginfo info;
    int status = 0;
    pid_t pid = 0;

    if (read(zygote->signals, &info, sizeof info) < 0 && errno != EAGAIN && errno != EINTR)
        return -1;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (report_exit(zygote, pid, status) != 0)
            return -1;
    return 0;
}

static void end_children(struct zygote *zygote)
{
    for (size_t i = 0; i < ZYGOTE_CHILDREN; i++)
        if (zygote->children[i].pid != 0)
            kill(zygote->children[i].pid, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
    for (size_t i = 0; i < ZYGOTE_CHILDREN; i++)
        if (zygote->children[i].pid != 0)
            inf_cgroups_remove(&zygote->groups, zygote->children[i].number);
    inf_cgroups_end(&zygote->groups);
}

/* Says the engine's version and, after a NUL, why workers have no control groups: nothing, where
 * they have. */
static int say_ready(struct zygote *zygote)
{
    const pid_t ours[] = {getpid(), getppid()};
    char text[INF_FRAME_REASON], reason[INF_CGROUP_REASON] = "";
    int length = 0;

    (void)inf_cgroups_begin(&zygote->groups, INF_CGROUP_MOUNT, INF_CGROUP_SELF, ours, 2, reason,
                            sizeof reason);
    length = snprintf(text, sizeof text, "%.256s%c%s", inf_engine_version(), '\0', reason);
    return send_frame(zygote, INF_FRAME_ZYGOTE_READY, 0, text, (size_t)length);
}

/* A terminal's Ctrl-C and a service manager's SIGTERM reach the whole group, but the daemon decides
 * when its workers end: it drains first, then closes the channel. */
static int set_signals(struct zygote *zygote)
{
    static const int not_ours[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE};
    sigset_t watched;

    for (size_t i = 0; i < sizeof not_ours / sizeof not_ours[0]; i++)
        signal(not_ours[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    if (sigprocmask(SIG_SETMASK, &watched, NULL) != 0)
        return -1;
    zygote->signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    return zygote->signals < 0 ? -1 : 0;
}

static void watch(struct zygote *zygote)
{
    struct pollfd watched[2] = {{.fd = zygote->channel, .events = POLLIN},
                                {.fd = zygote->signals, .events = POLLIN}};

    for (;;) {
        if (poll(watched, 2, -1) < 0 && errno != EINTR)
            return;
        if (watched[1].revents != 0 && reap(zygote) != 0)
            return;
        if (watched[0].revents != 0 && serve(zygote) != 0)
            return;
    }
}

int inf_zygote_main(int channel)
{
    static struct zygote zygote; /* in a fork it is never used */
    char reason[INF_ENGINE_REASON];

    inf_descriptors_keep(channel, channel);
    prctl(PR_SET_NAME, "inferd-engine"); /* else it is "exe" after executing itself */
    zygote.channel = channel;
    if (set_signals(&zygote) != 0) {
        fprintf(stderr, "inferd-engine: signals cannot be watched: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    if (inf_engine_init(reason, sizeof reason) != 0) {
        fprintf(stderr, "inferd-engine: the engine cannot start: %s\n", reason);
        return EXIT_FAILURE;
    }
    if (say_ready(&zygote) == 0)
        watch(&zygote);
    end_children(&zygote);
    free(zygote.payload);
    return EXIT_SUCCESS;
}
