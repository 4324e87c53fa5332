/* Landlock with nothing allowed: every access right that the running kernel knows is handled, and
 * no rule grants any. The kernel's interface is declared here because the header of an older system
 * lacks the newer rights, and because glibc has no wrappers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox.h"
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CREATE_RULESET 444 /* the same number on every architecture */
#define RESTRICT_SELF 446
#define ASK_VERSION 1u

/* As much of the kernel's struct as is known here; an older kernel takes a shorter one, or this one
 * with zeros where it knows nothing. */
struct ruleset {
    uint64_t file_system;
    uint64_t network;
    uint64_t scoped;
};

#define RIGHTS(count) ((UINT64_C(1) << (count)) - 1)

/* Number of file system rights, by version of the interface. */
static int file_system_rights(long version)
{
    switch (version) {
    case 1:
        return 13;
    case 2:
        return 14;
    case 3:
    case 4:
        return 15;
    default:
        return 16;
    }
}

int inf_sandbox_landlock(void)
{
    long version = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
    struct ruleset rules = {0};
    long fd = -1;
    int rc = -1, saved = 0;

    if (version < 1)
        return -1;
    rules.file_system = RIGHTS(file_system_rights(version));
    if (version >= 4)
        rules.network = RIGHTS(2);
    if (version >= 6)
        rules.scoped = RIGHTS(2);
    fd = syscall(CREATE_RULESET, &rules, sizeof rules, 0);
    if (fd < 0)
        return -1;
    rc = (int)syscall(RESTRICT_SELF, (int)fd, 0);
    saved = errno;
    close((int)fd);
    errno = saved;
    return rc;
}
