/* Namespaces: no network device but a loopback that is down, no mounts but one empty folder, no
 * System V objects, no host name to change. One unshare makes them all; where user namespaces are
 * forbidden a privileged daemon can still have the others.
 *
 * The user map is the identity, so that the owner of the process is who it was for the daemon's
 * reading of /proc. Capabilities of the new user namespace are given up right after. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ISOLATED (CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS)

static int write_file(const char *path, const char *text)
{
    size_t length = strlen(text);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t written = -1;

    if (fd < 0)
        return -1;
    written = write(fd, text, length);
    close(fd);
    return written == (ssize_t)length ? 0 : -1;
}

static int map_identity(uid_t uid, gid_t gid)
{
    char map[64];

    if (write_file("/proc/self/setgroups", "deny") != 0)
        return -1;
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    if (write_file("/proc/self/uid_map", map) != 0)
        return -1;
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    return write_file("/proc/self/gid_map", map);
}

/* The root becomes an empty file system that can hold nothing. The old root is put on top of the
 * new one and taken off, which needs no folder inside. */
static int empty_root(void)
{
    static const char place[] = "/proc"; /* any folder that is everywhere */

    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", place, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
              "mode=0555,size=4k,nr_inodes=1") != 0 ||
        chdir(place) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
        umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
        return -1;
    return mount("none", "/", NULL,
                 MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

uint32_t inf_sandbox_namespaces(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (unshare(CLONE_NEWUSER | ISOLATED) == 0) {
        if (map_identity(uid, gid) != 0)
            return 0;
    } else if (unshare(ISOLATED) != 0) {
        return 0;
    }
    if (empty_root() != 0)
        return INF_SANDBOX_NAMESPACES;
    return INF_SANDBOX_NAMESPACES | INF_SANDBOX_EMPTY_ROOT;
}

int inf_sandbox_drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

    memset(none, 0, sizeof none);
    if (syscall(SYS_capset, &header, none) != 0)
        return -1;
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}
