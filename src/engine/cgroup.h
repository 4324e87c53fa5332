/* cgroup.h - a control group (version 2) for each worker, where the daemon's own was delegated to
 * it.
 *
 * The limits of a process count what it asks for; a group's count what it uses, all of it, and the
 * kernel then ends it. A second lock: without delegation the first one holds alone.
 *
 * A group with limits for its children must have no process itself, so daemon and zygote move into
 * a leaf beside the workers first.
 *
 * Thread: any, one at a time. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_CGROUP_H
#define INFERD_ENGINE_CGROUP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define INF_CGROUP_MOUNT "/sys/fs/cgroup"
#define INF_CGROUP_SELF "/proc/self/cgroup"
#define INF_CGROUP_REASON 256

struct inf_cgroups {
    int base; /* descriptor of the delegated group's folder; -1: there is none */
};

/* Finds the group of this process (by the text of the file `self`, below `mount`), makes sure that
 * it is delegated and holds none but the processes `ours`, and moves those into a leaf. After a
 * restart of the zygote it is there already. 0, or -1 with a reason; then nothing was changed. */
int inf_cgroups_begin(struct inf_cgroups *groups, const char *mount, const char *self,
                      const pid_t *ours, size_t count, char *reason, size_t reason_size);
/* Makes the group of a worker, sets its limits and moves the process in. memory_limit in bytes, 0:
 * none. 0, or -1 with errno (also where there are no groups); then there is no group. */
int inf_cgroups_add(const struct inf_cgroups *groups, uint64_t worker, pid_t pid,
                    int64_t memory_limit);
/* Changes what inf_cgroups_add set. 0 or -1 with errno. */
int inf_cgroups_limit(const struct inf_cgroups *groups, uint64_t worker, int64_t memory_limit);
/* The worker is gone, and so is its group; fine where it had none. */
void inf_cgroups_remove(const struct inf_cgroups *groups, uint64_t worker);
/* Closes what inf_cgroups_begin opened; the groups stay. */
void inf_cgroups_end(struct inf_cgroups *groups);

#endif
