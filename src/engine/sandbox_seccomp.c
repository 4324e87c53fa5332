/* The system call filter. What is not in a table ends the process, so that a call nobody thought of
 * is noticed and harmless. Three kinds are named: what computing needs; what libraries and
 * TorchScript operators try in passing and must be told no (an error, not a death: a model that
 * opens a file gets an exception); and calls whose arguments decide.
 *
 * Reading and writing are allowed on any descriptor because only three kinds are open: the null
 * device, the model until it is loaded, and the channels. Executable memory is allowed because
 * oneDNN compiles its kernels at run time. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox.h"
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEW_NAMESPACES                                                                         \
    (CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID | \
     CLONE_NEWCGROUP)
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

static const int allowed[] = {
    /* the channels and the model */
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(close),
    /* last words, before abort */
    SCMP_SYS(write), SCMP_SYS(writev),
    /* memory */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise),
    /* threads and signals of this process */
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
    SCMP_SYS(exit_group), SCMP_SYS(getpid), SCMP_SYS(gettid),
    /* time and chance */
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep), SCMP_SYS(getcpu), SCMP_SYS(getrandom)};

static const int refused[] = {
    /* files */
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(creat), SCMP_SYS(stat),
    SCMP_SYS(lstat), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(statfs),
    SCMP_SYS(fstatfs), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(getdents64),
    SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename),
    SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(ftruncate), SCMP_SYS(fallocate),
    SCMP_SYS(memfd_create), SCMP_SYS(ioctl), SCMP_SYS(fcntl), SCMP_SYS(lseek),
    /* the network */
    SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind),
    /* who it is, and what it has used up */
    SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrusage),
    SCMP_SYS(times), SCMP_SYS(clock_getres),
    /* the machine */
    SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(mlock), SCMP_SYS(mbind), SCMP_SYS(get_mempolicy),
    SCMP_SYS(set_mempolicy), SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_setscheduler)};

static int add_table(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int rc = seccomp_rule_add(filter, action, calls[i], 0);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* Calls whose arguments decide. Only integer arguments are looked at; what a pointer points to
 * could be changed after the check. */
static int add_conditional(scmp_filter_ctx filter)
{
    const struct {
        uint32_t action;
        int call;
        unsigned count;
        struct scmp_arg_cmp args[2];
    } rules[] = {
        /* frames, with the one flag of either end; others lead into seldom used code of the kernel
           (of urgent data, for one) */
        {SCMP_ACT_ALLOW,
         SCMP_SYS(sendmsg),
         1,
         {SCMP_A2(SCMP_CMP_MASKED_EQ, ~(scmp_datum_t)MSG_NOSIGNAL, 0)}},
        {SCMP_ACT_ALLOW,
         SCMP_SYS(recvmsg),
         1,
         {SCMP_A2(SCMP_CMP_MASKED_EQ, ~(scmp_datum_t)MSG_CMSG_CLOEXEC, 0)}},
        /* a thread, in the same namespaces; glibc asks for clone3 first, whose flags lie in memory
         */
        {SCMP_ACT_ALLOW,
         SCMP_SYS(clone),
         1,
         {SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD | NEW_NAMESPACES, CLONE_THREAD)}},
        {SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, {{0}}},
        /* memory that the limit of writable memory counts: neither shared nor a growing stack */
        {SCMP_ACT_ALLOW,
         SCMP_SYS(mmap),
         1,
         {SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_SHARED | MAP_GROWSDOWN, 0)}},
        {SCMP_ACT_ERRNO(EACCES),
         SCMP_SYS(mmap),
         1,
         {SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_SHARED, MAP_SHARED)}},
        {SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, {SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())}},
        {SCMP_ACT_ALLOW,
         SCMP_SYS(setpriority),
         2,
         {SCMP_A0(SCMP_CMP_EQ, PRIO_PROCESS), SCMP_A1(SCMP_CMP_EQ, 0)}},
        {SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, {SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)}},
        {SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, {SCMP_A0(SCMP_CMP_EQ, PR_GET_NAME)}},
        {SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, {SCMP_A0(SCMP_CMP_EQ, PR_SET_VMA)}},
        /* reading a limit of its own */
        {SCMP_ACT_ALLOW,
         SCMP_SYS(prlimit64),
         2,
         {SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0)}},
        {SCMP_ACT_ALLOW, SCMP_SYS(getrlimit), 0, {{0}}},
#ifdef __x86_64__
        /* asking for the tile registers (AMX): ARCH_GET_XCOMP_SUPP, _GET_XCOMP_PERM,
           _REQ_XCOMP_PERM */
        {SCMP_ACT_ALLOW, SCMP_SYS(arch_prctl), 1, {SCMP_A0(SCMP_CMP_EQ, 0x1021)}},
        {SCMP_ACT_ALLOW, SCMP_SYS(arch_prctl), 1, {SCMP_A0(SCMP_CMP_EQ, 0x1022)}},
        {SCMP_ACT_ALLOW, SCMP_SYS(arch_prctl), 1, {SCMP_A0(SCMP_CMP_EQ, 0x1023)}},
#endif
    };

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        int rc = seccomp_rule_add_array(filter, rules[i].action, rules[i].call, rules[i].count,
                                        rules[i].args);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int fill(scmp_filter_ctx filter)
{
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

    if (rc == 0)
        rc = add_table(filter, SCMP_ACT_ALLOW, allowed, sizeof allowed / sizeof allowed[0]);
    if (rc == 0)
        rc = add_table(filter, SCMP_ACT_ERRNO(EACCES), refused, sizeof refused / sizeof refused[0]);
    return rc != 0 ? rc : add_conditional(filter);
}

int inf_sandbox_seccomp(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int rc = 0;

    if (filter == NULL) {
        errno = ENOMEM;
        return -1;
    }
    rc = fill(filter);
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    if (rc != 0) {
        errno = -rc;
        return -1;
    }
    return 0;
}
