/* The cage, tried from inside: a child closes it around itself, does one thing, and its end is
 * looked at. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "engine_fixture.h"
#include "sandbox.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define MAX_DESCRIPTORS 64
#define ADDRESS_LIMIT (INT64_C(64) << 30)

static const struct inf_frame_spawn limited = {.memory_limit = MEMORY_LIMIT,
                                               .address_limit = ADDRESS_LIMIT};

/* 0: as it should be. */
typedef int (*inf_deed)(void);

static int status_of(inf_deed deed, struct inf_frame_spawn wanted)
{
    int status = -1;
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        char reason[INF_FRAME_REASON];
        uint32_t held = 0;
        if (inf_sandbox_enter(&wanted, parent, MAX_DESCRIPTORS, &held, reason, sizeof reason) != 0)
            _exit(99);
        _exit(deed());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void expect_fine(inf_deed deed)
{
    assert_int_equal(status_of(deed, limited), 0);
}

static void expect_killed(inf_deed deed)
{
    int status = status_of(deed, limited);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

#define DENIED(call) ((call) == -1 && errno == EACCES ? 0 : 1)

static int opens(void)
{
    return DENIED(open("/etc/passwd", O_RDONLY)) | DENIED(open("/proc/self/maps", O_RDONLY)) |
           DENIED(open("new", O_RDWR | O_CREAT, 0600)) | DENIED(access("/", F_OK)) |
           DENIED(unlink("/etc/passwd")) | DENIED((int)syscall(SYS_memfd_create, "x", 0));
}

static int looks(void)
{
    struct stat found;

    return DENIED(stat("/", &found)) | DENIED(fstat(0, &found)) | DENIED(fcntl(0, F_GETFL));
}

static int connects(void)
{
    int pair[2];

    return DENIED(socket(AF_INET, SOCK_STREAM, 0)) | DENIED(socket(AF_UNIX, SOCK_STREAM, 0)) |
           DENIED(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

/* Memory that the limit of writable memory would not count. */
static int shares_memory(void)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED && errno == EACCES ? 0 : 1;
}

static int maps_a_growing_stack(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1,
                0) == MAP_FAILED;
}

#ifndef INFERD_SANITIZED
static int takes_too_much(void)
{
    return mmap(NULL, MEMORY_LIMIT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
                       MAP_FAILED &&
                   errno == ENOMEM
               ? 0
               : 1;
}
#endif

static void test_told_no(void **state)
{
    (void)state;
    expect_fine(shares_memory);
#ifndef INFERD_SANITIZED
    expect_fine(takes_too_much);
#endif
    expect_fine(opens);
    expect_fine(looks);
    expect_fine(connects);
}

static void *nothing(void *arg)
{
    *(int *)arg = setpriority(PRIO_PROCESS, 0, 15) == 0 && prctl(PR_SET_NAME, "thread") == 0;
    return NULL;
}

static int computes(void)
{
    pthread_t thread;
    int done = 0;
    char *memory = malloc(32 << 20);

    if (memory == NULL)
        return 1;
    memset(memory, 1, 32 << 20);
    free(memory);
    if (pthread_create(&thread, NULL, nothing, &done) != 0 || pthread_join(thread, NULL) != 0)
        return 1;
    return done ? 0 : 1;
}

static int is_limited(void)
{
    const struct {
        int resource;
        rlim_t most; /* of the limit in force */
    } wanted[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_FSIZE, 0},
        {RLIMIT_NOFILE, MAX_DESCRIPTORS},
#ifndef INFERD_SANITIZED
        {RLIMIT_DATA, MEMORY_LIMIT},
        {RLIMIT_AS, ADDRESS_LIMIT},
#endif
    };

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct rlimit have;
        if (getrlimit(wanted[i].resource, &have) != 0 || have.rlim_cur > wanted[i].most)
            return 1;
    }
    return 0;
}

static void test_can_compute(void **state)
{
    (void)state;
    expect_fine(computes);
    expect_fine(is_limited);
}

static int forks(void)
{
    return fork() == 0 ? 0 : 1;
}

static int executes(void)
{
    return execl("/bin/true", "true", (char *)NULL);
}

static int kills_its_parent(void)
{
    return kill(getppid(), SIGTERM);
}

static int signals_another(void)
{
    return (int)syscall(SYS_tgkill, 1, 1, 0);
}

static int traces(void)
{
    return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int slows_another(void)
{
    return setpriority(PRIO_PROCESS, 1, 15);
}

static int slows_its_user(void)
{
    return setpriority(PRIO_USER, 0, 15);
}

static int opens_itself(void)
{
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static int makes_a_namespace(void)
{
    return unshare(CLONE_NEWUSER);
}

static int lifts_a_limit(void)
{
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

    return setrlimit(RLIMIT_FSIZE, &none);
}

static int reads_another(void)
{
    return (int)syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0);
}

static void test_ended_by_the_filter(void **state)
{
    const inf_deed deeds[] = {
        forks,         executes,      kills_its_parent, signals_another,
        traces,        slows_another, slows_its_user,   makes_a_namespace,
        lifts_a_limit, reads_another, opens_itself,     maps_a_growing_stack,
    };

    (void)state;
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        expect_killed(deeds[i]);
}

/* clone3 must look like an old kernel's, or glibc makes no thread. */
static int asks_for_clone3(void)
{
    return syscall(SYS_clone3, NULL, 0) == -1 && errno == ENOSYS ? 0 : 1;
}

static void test_clone3_is_missing(void **state)
{
    (void)state;
    expect_fine(asks_for_clone3);
}

static int in_landlock_only(inf_deed deed)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
            _exit(98);
        if (inf_sandbox_landlock() != 0)
            _exit(99);
        _exit(deed());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

static int landlock_denies(void)
{
    return DENIED(open("/etc/passwd", O_RDONLY)) | DENIED(open("/", O_RDONLY | O_DIRECTORY));
}

/* Each layer alone, so that one that is broken does not hide behind another. */
static void test_landlock_alone(void **state)
{
    int status = in_landlock_only(landlock_denies);

    (void)state;
    if (status == 99) /* this kernel has none, which must be what the version says too */
        assert_int_equal(syscall(444, NULL, 0, 1), -1);
    else
        assert_int_equal(status, 0);
}

static int in_namespaces_only(void)
{
    char reason[64];
    uint32_t held = inf_sandbox_namespaces();

    if ((held & INF_SANDBOX_NAMESPACES) == 0)
        return 99;
    if (inf_sandbox_drop_capabilities() != 0)
        return 1;
    /* The new root has no folder at all, and nothing can be made or mounted in it. */
    if ((held & INF_SANDBOX_EMPTY_ROOT) != 0 &&
        (access("/etc", F_OK) == 0 || access("/proc", F_OK) == 0))
        return 2;
    if ((held & INF_SANDBOX_EMPTY_ROOT) != 0 && open("/new", O_RDWR | O_CREAT, 0600) >= 0)
        return 3;
    if (sethostname("other", 5) == 0 || gethostname(reason, sizeof reason) != 0)
        return 4;
    return 0;
}

static void test_namespaces_alone(void **state)
{
    int status = -1;
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(in_namespaces_only());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WEXITSTATUS(status) == 99) { /* none can be had here; then asking for them must fail */
        status = status_of(computes, (struct inf_frame_spawn){.require_namespaces = 1});
        assert_int_equal(WEXITSTATUS(status), 99);
    } else {
        assert_int_equal(status, 0);
    }
}

/* The bits that the layer alone reports. */
static uint32_t namespaces_to_be_had(void)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0)
        _exit((int)inf_sandbox_namespaces());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return (uint32_t)WEXITSTATUS(status);
}

static void test_reports_what_holds(void **state)
{
    struct inf_frame_spawn wanted = {.memory_limit = MEMORY_LIMIT};
    int status = -1, channel[2];
    uint32_t held = 0;
    pid_t parent = getpid(), pid = -1;

    (void)state;
    assert_int_equal(pipe(channel), 0);
    pid = fork();
    if (pid == 0) {
        char reason[INF_FRAME_REASON];
        if (inf_sandbox_enter(&wanted, parent, MAX_DESCRIPTORS, &held, reason, sizeof reason) !=
                0 ||
            write(channel[1], &held, sizeof held) != (ssize_t)sizeof held)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(read(channel[0], &held, sizeof held), sizeof held);
    assert_int_equal(held & (INF_SANDBOX_SECCOMP | INF_SANDBOX_RLIMITS),
                     INF_SANDBOX_SECCOMP | INF_SANDBOX_RLIMITS);
    assert_int_equal(held & (INF_SANDBOX_NAMESPACES | INF_SANDBOX_EMPTY_ROOT),
                     namespaces_to_be_had());
    /* What is required and can be had holds; what cannot be had ends it. */
    wanted.require_landlock = 1;
    status = status_of(computes, wanted);
    assert_int_equal(WEXITSTATUS(status), (held & INF_SANDBOX_LANDLOCK) != 0 ? 0 : 99);
    close(channel[0]);
    close(channel[1]);
}

#define SOMEBODY 65534

/* A user without privileges, whom the kernel lets look at processes of its own. */
static void become_somebody(void)
{
    if (geteuid() == 0 && (setgid(SOMEBODY) != 0 || setuid(SOMEBODY) != 0))
        _exit(98);
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
        _exit(98);
}

/* Waits in the cage, or outside it, until the pipe is closed. */
static pid_t wait_inside(bool caged, const int pipe_ends[2], const int ready[2])
{
    const pid_t parent = getpid();
    pid_t pid = fork();
    uint32_t held = 0;
    char reason[INF_FRAME_REASON], byte = 0;

    if (pid != 0)
        return pid;
    close(pipe_ends[1]);
    become_somebody();
    if (caged &&
        inf_sandbox_enter(&limited, parent, MAX_DESCRIPTORS, &held, reason, sizeof reason) != 0)
        _exit(99);
    if (write(ready[1], "x", 1) != 1 || read(pipe_ends[0], &byte, 1) != 0)
        _exit(1);
    _exit(0);
}

/* Can another process of the same user read its memory? */
static bool can_be_read(bool caged)
{
    int pipe_ends[2], ready[2], status = -1, looked = -1;
    char path[64], byte = 0;
    pid_t pid = -1, looker = -1;

    assert_int_equal(pipe(pipe_ends), 0);
    assert_int_equal(pipe(ready), 0);
    pid = wait_inside(caged, pipe_ends, ready);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    looker = fork();
    if (looker == 0) {
        become_somebody();
        _exit(open(path, O_RDONLY | O_CLOEXEC) >= 0);
    }
    assert_int_equal(waitpid(looker, &looked, 0), looker);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    close(ready[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_in_range(WEXITSTATUS(looked), 0, 1);
    return WEXITSTATUS(looked) == 1;
}

static void test_closed_to_debuggers(void **state)
{
    (void)state;
    assert_true(can_be_read(false)); /* else this would show nothing */
    assert_false(can_be_read(true));
}

/* A worker whose parent died before it could be tied to it must not go on. */
static void test_wrong_parent(void **state)
{
    int status = -1;
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(inf_sandbox_tie_to_parent(1) == -1 && inf_sandbox_tie_to_parent(getppid()) == 0 ? 0
                                                                                              : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told_no),
        cmocka_unit_test(test_can_compute),
        cmocka_unit_test(test_ended_by_the_filter),
        cmocka_unit_test(test_clone3_is_missing),
        cmocka_unit_test(test_landlock_alone),
        cmocka_unit_test(test_namespaces_alone),
        cmocka_unit_test(test_reports_what_holds),
        cmocka_unit_test(test_closed_to_debuggers),
        cmocka_unit_test(test_wrong_parent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
