/* The system call filter alone, call by call: every number of the native table, those of the other
 * tables of the processor, and what attacks are made of, with arguments that would work outside. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "engine_fixture.h"
#include "sandbox.h"
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define LAST_NUMBER 600 /* beyond the newest call */
#define X32_BIT 0x40000000L

/* How a call goes in a child behind the filter. */
enum outcome {
    WORKED,
    REFUSED, /* EACCES or ENOSYS */
    FAILED,  /* with another error: the kernel itself looked at it */
    KILLED,  /* by the filter */
    DIED     /* otherwise */
};

struct call {
    const char *name;
    long number;
    long args[6];
};

static int try_call(const struct call *call)
{
    const long *a = call->args;
    long rc = 0;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || inf_sandbox_seccomp() != 0)
        return 99;
    errno = 0;
    rc = syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (rc != -1)
        return WORKED;
    return errno == EACCES || errno == ENOSYS ? REFUSED : FAILED;
}

static enum outcome outcome_of(const struct call *call)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0)
        syscall(SYS_exit_group, try_call(call));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS ? KILLED : DIED;
    assert_int_not_equal(WEXITSTATUS(status), 99);
    return (enum outcome)WEXITSTATUS(status);
}

static const char *const outcomes[] = {"worked", "was refused", "failed", "was killed", "died"};

static void expect_outcome(const struct call *call, enum outcome wanted)
{
    enum outcome seen = outcome_of(call);

    if (seen != wanted)
        fail_msg("%s (%ld) %s, it should be: %s", call->name, call->number, outcomes[seen],
                 outcomes[wanted]);
}

/* ---- every number ---- */

/* The calls whose work a worker needs. What is not here is refused or deadly, whatever its number.
 * A line more here is a door more: say in src/engine/sandbox_seccomp.c what it is for. */
static const long needed[] = {
    SYS_read,
    SYS_write,
    SYS_writev,
    SYS_pread64,
    SYS_recvmsg,
    SYS_sendmsg,
    SYS_close,
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_mprotect,
    SYS_madvise,
    SYS_futex,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_exit,
    SYS_exit_group,
    SYS_getpid,
    SYS_gettid,
    SYS_clock_gettime,
    SYS_gettimeofday,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_getcpu,
    SYS_getrandom,
    SYS_prlimit64,
#ifdef SYS_time
    SYS_time,
#endif
#ifdef SYS_getrlimit
    SYS_getrlimit,
#endif
};

/* These look at their arguments, and none of these is 0; test_arguments_decide tries the others. */
static const long conditional[] = {SYS_mmap, SYS_setpriority};

/* uretprobe and uprobe of x86-64, which newer kernels keep from every filter: they are for the
 * kernel's own probes, and fail when anything else calls them. */
static const long unfiltered[] = {335, 336};

static bool is_in(long number, const long *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == number)
            return true;
    return false;
}

static void test_every_number(void **state)
{
    (void)state;
    for (long number = 0; number <= LAST_NUMBER; number++) {
        const struct call call = {"a call", number, {0}};
        enum outcome seen = WORKED;
        if (is_in(number, needed, sizeof needed / sizeof needed[0]) ||
            is_in(number, conditional, sizeof conditional / sizeof conditional[0]) ||
            is_in(number, unfiltered, sizeof unfiltered / sizeof unfiltered[0]))
            continue;
        seen = outcome_of(&call);
        if (seen != KILLED && seen != REFUSED)
            fail_msg("call number %ld %s", number, outcomes[seen]);
    }
}

/* ---- other tables of the same processor ---- */

#ifdef __x86_64__
/* The numbers of x32: getpid, and open, which it shares with the native table but for the bit. */
static void test_x32_is_deadly(void **state)
{
    const struct call calls[] = {{"x32 getpid", X32_BIT | SYS_getpid, {0}},
                                 {"x32 read", X32_BIT | SYS_read, {0}},
                                 {"x32 ptrace", X32_BIT | 521, {0}},
                                 {"x32 of everything", X32_BIT | 0x3fffffff, {0}},
                                 {"no number", -1, {0}}};

    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        expect_outcome(&calls[i], KILLED);
}

static long call_i386(long number)
{
    long rc = number;

    __asm__ volatile("int $0x80"
                     : "+a"(rc)
                     : "b"(0L), "c"(0L), "d"(0L)
                     : "memory", "r8", "r9", "r10", "r11");
    return rc;
}

/* 20 is getpid there, and writev here; where the kernel has no such table, the trap is a fault. */
static void test_i386_is_deadly(void **state)
{
    int status = -1;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || inf_sandbox_seccomp() != 0)
            _exit(99);
        call_i386(20);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_true(WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV);
}
#endif

/* ---- what attacks are made of ---- */

#define FILE_NAME ((long)"/etc/passwd")
#define SOME_FILE ((long)"/file")

static void test_attacks_on_processes(void **state)
{
    const long parent = getpid();
    const struct call calls[] = {
        {"fork by clone", SYS_clone, {SIGCHLD}},
        {"clone into the parent's family", SYS_clone, {CLONE_PARENT | SIGCHLD}},
        {"clone that shares memory only", SYS_clone, {CLONE_VM | CLONE_VFORK | SIGCHLD}},
        {"thread in a new namespace", SYS_clone, {CLONE_THREAD | CLONE_NEWUSER}},
        {"thread with flags above 32 bits", SYS_clone, {CLONE_NEWNET | (1L << 40)}},
        {"execve", SYS_execve, {(long)"/bin/true", 0, 0}},
        {"execveat", SYS_execveat, {-100, (long)"/bin/true", 0, 0, 0}},
        {"ptrace", SYS_ptrace, {16 /* attach */, parent, 0, 0}},
        {"process_vm_readv", SYS_process_vm_readv, {parent, 0, 0, 0, 0, 0}},
        {"process_vm_writev", SYS_process_vm_writev, {parent, 0, 0, 0, 0, 0}},
        {"kill of the parent", SYS_kill, {parent, 0}},
        {"kill of everybody", SYS_kill, {-1, 0}},
        {"tkill", SYS_tkill, {parent, 0}},
        {"tgkill of the parent", SYS_tgkill, {parent, parent, 0}},
        {"tgkill of everybody", SYS_tgkill, {-1, parent, 0}},
        {"rt_sigqueueinfo", SYS_rt_sigqueueinfo, {parent, SIGTERM, 0}},
        {"rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo, {parent, parent, SIGTERM, 0}},
        {"pidfd_open", 434, {parent, 0}},
        {"pidfd_send_signal", 424, {0, 0, 0, 0}},
        {"pidfd_getfd", 438, {0, 0, 0}},
        {"timer with a signal", SYS_timer_create, {0, 0, 0}},
#ifdef __x86_64__
        {"fork", SYS_fork, {0}},
        {"vfork", SYS_vfork, {0}},
#endif
    };

    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        expect_outcome(&calls[i], KILLED);
}

static void test_attacks_on_the_machine(void **state)
{
    const struct call calls[] = {
        {"perf_event_open", SYS_perf_event_open, {0, 0, -1, -1, 0}},
        {"bpf", SYS_bpf, {0, 0, 0}},
        {"io_uring_setup", 425, {8, 0}},
        {"io_uring_enter", 426, {0, 1, 0, 0, 0}},
        {"io_uring_register", 427, {0, 0, 0, 0}},
        {"userfaultfd", SYS_userfaultfd, {0}},
        {"keyctl", SYS_keyctl, {0, 0, 0, 0, 0}},
        {"add_key", SYS_add_key, {0, 0, 0, 0, 0}},
        {"memfd_secret", 447, {0}},
        {"seccomp", SYS_seccomp, {0, 0, 0}},
        {"unshare", SYS_unshare, {CLONE_NEWUSER}},
        {"setns", SYS_setns, {0, 0}},
        {"mount", SYS_mount, {0, (long)"/", 0, 0, 0}},
        {"chroot", SYS_chroot, {(long)"/"}},
        {"open_by_handle_at", SYS_open_by_handle_at, {0, 0, 0}},
        {"setuid", SYS_setuid, {0}},
        {"capset", SYS_capset, {0, 0}},
        {"personality", SYS_personality, {0}},
        {"dup", SYS_dup, {0}},
        {"dup3", SYS_dup3, {0, 9, 0}},
        {"pipe2", SYS_pipe2, {0, 0}},
        {"sendto", SYS_sendto, {0, 0, 0, 0, 0, 0}},
        {"recvfrom", SYS_recvfrom, {0, 0, 0, 0, 0, 0}},
        {"sendmmsg", SYS_sendmmsg, {0, 0, 0, 0}},
        {"urgent data", SYS_sendmsg, {0, 0, MSG_OOB | MSG_NOSIGNAL}},
        {"data without a copy", SYS_sendmsg, {0, 0, MSG_ZEROCOPY}},
        {"urgent data in", SYS_recvmsg, {0, 0, MSG_OOB}},
        {"a look at data", SYS_recvmsg, {0, 0, MSG_PEEK}},
        {"sent with bits above", SYS_sendmsg, {0, 0, 1L << 40}},
        {"shutdown", SYS_shutdown, {0, 0}},
        {"setsockopt", SYS_setsockopt, {0, 0, 0, 0, 0}},
        {"accept4", SYS_accept4, {0, 0, 0, 0}},
        {"listen", SYS_listen, {0, 1}},
        {"sendfile", SYS_sendfile, {0, 0, 0, 1}},
        {"splice", SYS_splice, {0, 0, 0, 0, 0, 0}},
        {"vmsplice", SYS_vmsplice, {0, 0, 0, 0}},
        {"shmget", SYS_shmget, {0, 4096, 0}},
        {"inotify_init1", SYS_inotify_init1, {0}},
        {"pkey_alloc", SYS_pkey_alloc, {0, 0}},
        {"remap_file_pages", SYS_remap_file_pages, {0, 0, 0, 0, 0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        expect_outcome(&calls[i], KILLED);
}

static void test_attacks_on_the_cage(void **state)
{
    const long parent = getpid();
    const struct call calls[] = {
        {"change of its own limit", SYS_prlimit64, {0, RLIMIT_FSIZE, (long)&(struct rlimit){0}, 0}},
        {"another's limit", SYS_prlimit64, {parent, RLIMIT_FSIZE, 0, 0}},
        {"another's niceness", SYS_setpriority, {PRIO_PROCESS, parent, 19}},
        {"dumpable again", SYS_prctl, {PR_SET_DUMPABLE, 1, 0, 0, 0}},
        {"tied to nobody", SYS_prctl, {PR_SET_PDEATHSIG, 0, 0, 0, 0}},
        {"a tracer of its own", SYS_prctl, {PR_SET_PTRACER, -1, 0, 0, 0}},
        {"name, with bits above", SYS_prctl, {PR_SET_NAME | (1L << 32), (long)"x", 0, 0, 0}},
        {"syscall user dispatch", SYS_prctl, {59, 1, 0, 0, 0}},
        {"growing stack",
         SYS_mmap,
         {0, 4096, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN | 0x20, -1, 0}},
        {"parent's pid", SYS_getppid, {0}},
#ifdef __x86_64__
        {"segment base", SYS_arch_prctl, {0x1002 /* ARCH_SET_FS */, 0}},
        {"modify_ldt", SYS_modify_ldt, {0, 0, 0}},
#endif
    };

    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        expect_outcome(&calls[i], KILLED);
}

/* Libraries try these in passing, so they are told no and live on. */
static void test_attempts_are_refused(void **state)
{
    const struct call calls[] = {
        {"openat", SYS_openat, {AT_FDCWD, FILE_NAME, O_RDONLY}},
        {"openat for writing", SYS_openat, {AT_FDCWD, SOME_FILE, O_RDWR | O_CREAT, 0600}},
        {"openat2", 437, {AT_FDCWD, FILE_NAME, 0, 0}},
        {"unlinkat", SYS_unlinkat, {AT_FDCWD, FILE_NAME, 0}},
        {"renameat2", SYS_renameat2, {AT_FDCWD, FILE_NAME, AT_FDCWD, SOME_FILE, 0}},
        {"readlinkat", SYS_readlinkat, {AT_FDCWD, (long)"/proc/self/exe", 0, 0}},
        {"statx", SYS_statx, {AT_FDCWD, FILE_NAME, 0, 0, 0}},
        {"ftruncate", SYS_ftruncate, {0, 0}},
        {"memfd_create", SYS_memfd_create, {(long)"x", 0}},
        {"socket", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
        {"unix socket", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
        {"netlink socket", SYS_socket, {AF_NETLINK, SOCK_RAW, 0}},
        {"socketpair", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, 0}},
        {"connect", SYS_connect, {0, 0, 0}},
        {"bind", SYS_bind, {0, 0, 0}},
        {"ioctl", SYS_ioctl, {0, 0x5412 /* TIOCSTI */, 0}},
        {"fcntl", SYS_fcntl, {0, F_SETOWN, getpid()}},
        {"shared memory", SYS_mmap, {0, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0}},
        {"validated shared memory", SYS_mmap, {0, 4096, PROT_READ, 3 | MAP_ANONYMOUS, -1, 0}},
        {"clone3", SYS_clone3, {0, 0}},
        {"affinity", SYS_sched_setaffinity, {0, 0, 0}},
#ifdef __x86_64__
        {"open", SYS_open, {FILE_NAME, O_RDONLY}},
        {"unlink", SYS_unlink, {FILE_NAME}},
        {"rename", SYS_rename, {FILE_NAME, SOME_FILE}},
#endif
    };

    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        expect_outcome(&calls[i], REFUSED);
}

static void test_arguments_decide(void **state)
{
    const struct call calls[] = {
        {"own memory", SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
        {"own niceness", SYS_setpriority, {PRIO_PROCESS, 0, 19}},
        {"a name", SYS_prctl, {PR_SET_NAME, (long)"name", 0, 0, 0}},
        {"own limit", SYS_prlimit64, {0, RLIMIT_FSIZE, 0, 0}},
        {"own pid", SYS_getpid, {0}},
        {"own thread", SYS_gettid, {0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        expect_outcome(&calls[i], WORKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_number),
#ifdef __x86_64__
        cmocka_unit_test(test_x32_is_deadly),        cmocka_unit_test(test_i386_is_deadly),
#endif
        cmocka_unit_test(test_attacks_on_processes), cmocka_unit_test(test_attacks_on_the_machine),
        cmocka_unit_test(test_attacks_on_the_cage),  cmocka_unit_test(test_attempts_are_refused),
        cmocka_unit_test(test_arguments_decide),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
