/* The order of the layers. Each needs rights that the next one takes away: namespaces need unshare
 * and mount, landlock forbids mount, seccomp forbids all of it; no_new_privs is what lets a process
 * without privileges have landlock and seccomp, and goes first since nothing here needs the
 * opposite. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* What engine.require_namespaces requires. */
#define ISOLATION (INF_SANDBOX_NAMESPACES | INF_SANDBOX_EMPTY_ROOT)

static int fail(char *reason, size_t reason_size, const char *what)
{
    snprintf(reason, reason_size, "the sandbox of the inference process cannot be made: %s: %s",
             what, strerror(errno));
    return -1;
}

int inf_sandbox_tie_to_parent(pid_t parent)
{
    /* The parent may have died before the call, then no signal will ever come. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        return -1;
    return 0;
}

/* When memory runs out the kernel should end a worker, which can be made again, and not the daemon.
 * Nothing depends on it, so a failure is no matter. */
static void volunteer_for_oom(void)
{
    static const char score[] = "500";
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (write(fd, score, sizeof score - 1) < 0)
        errno = 0;
    close(fd);
}

/* Lowers a limit; to its present maximum, where that is less. */
static int limit_softly(int resource, rlim_t value, rlim_t most)
{
    struct rlimit present;
    struct rlimit wanted = {value, most};

    if (getrlimit(resource, &present) != 0)
        return -1;
    if (present.rlim_max != RLIM_INFINITY && most > present.rlim_max)
        wanted.rlim_max = present.rlim_max;
    if (wanted.rlim_cur > wanted.rlim_max)
        wanted.rlim_cur = wanted.rlim_max;
    return setrlimit(resource, &wanted);
}

static int limit(int resource, rlim_t value)
{
    return limit_softly(resource, value, value);
}

/* One that ends the process with the signal that says why, and a moment later for good. */
static int limit_cpu(uint32_t seconds)
{
    return seconds == 0 ? 0 : limit_softly(RLIMIT_CPU, seconds, (rlim_t)seconds + 1);
}

int inf_sandbox_limit_memory(pid_t pid, int64_t bytes)
{
#ifndef INFERD_SANITIZED /* which maps terabytes of shadow */
    struct rlimit wanted;

    if (prlimit(pid, RLIMIT_DATA, NULL, &wanted) != 0)
        return -1;
    wanted.rlim_cur = wanted.rlim_max;
    if (bytes > 0 && (rlim_t)bytes < wanted.rlim_max)
        wanted.rlim_cur = (rlim_t)bytes;
    return prlimit(pid, RLIMIT_DATA, &wanted, NULL);
#else
    (void)pid;
    (void)bytes;
    return 0;
#endif
}

static int set_limits(const struct inf_frame_spawn *wanted, int max_descriptors)
{
#ifndef INFERD_SANITIZED
    if (wanted->address_limit > 0 && limit(RLIMIT_AS, (rlim_t)wanted->address_limit) != 0)
        return -1;
#endif
    if (inf_sandbox_limit_memory(0, wanted->memory_limit) != 0 || limit(RLIMIT_CORE, 0) != 0 ||
        limit(RLIMIT_FSIZE, 0) != 0 || limit(RLIMIT_MEMLOCK, 0) != 0 ||
        limit(RLIMIT_MSGQUEUE, 0) != 0 || limit(RLIMIT_NOFILE, (rlim_t)max_descriptors) != 0 ||
        limit_cpu(wanted->cpu_limit_s) != 0)
        return -1;
    return 0;
}

int inf_sandbox_enter(const struct inf_frame_spawn *wanted, pid_t parent, int max_descriptors,
                      uint32_t *ret_held, char *reason, size_t reason_size)
{
    uint32_t held = 0;

    volunteer_for_oom();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail(reason, reason_size, "no_new_privs");
    held |= inf_sandbox_namespaces();
    if ((held & ISOLATION) != ISOLATION && wanted->require_namespaces != 0)
        return fail(reason, reason_size, "namespaces are required and cannot be had");
    if (inf_sandbox_drop_capabilities() != 0)
        return fail(reason, reason_size, "giving up capabilities");
    /* After the namespaces, whose maps a process that cannot be dumped could not write; and once
     * more the tie, which a change of credentials may have cut. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return fail(reason, reason_size, "closing the process to debuggers");
    if (inf_sandbox_tie_to_parent(parent) != 0)
        return fail(reason, reason_size, "the parent process is gone");
    if (inf_sandbox_landlock() == 0)
        held |= INF_SANDBOX_LANDLOCK;
    else if (wanted->require_landlock != 0)
        return fail(reason, reason_size, "landlock is required and cannot be had");
    if (set_limits(wanted, max_descriptors) != 0)
        return fail(reason, reason_size, "resource limits");
    held |= INF_SANDBOX_RLIMITS;
    if (inf_sandbox_seccomp() != 0)
        return fail(reason, reason_size, "system call filter");
    *ret_held = held | INF_SANDBOX_SECCOMP;
    return 0;
}
