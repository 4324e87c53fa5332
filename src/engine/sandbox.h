/* sandbox.h - the cage that a worker builds around itself before it reads the model.
 *
 * A TorchScript file is a program, and one that can read and write past its tensors. So what holds
 * is what the kernel holds: no file, no socket, no process, no signal to others, bounded memory.
 * Seccomp, no_new_privs and the limits are on every kernel that we run on: without them there is no
 * worker. Namespaces and landlock are missing in some containers: they are used where they are, and
 * what holds is reported.
 *
 * Thread: the process's only one, before any other exists. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_SANDBOX_H
#define INFERD_ENGINE_SANDBOX_H

#include "inferd/frame.h"
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The parent's death ends this process too. -1 when the parent (of this pid) is dead already. */
int inf_sandbox_tie_to_parent(pid_t parent);

/* Closes the cage; there is no way back. max_descriptors bounds the descriptor numbers. 0 and the
 * INF_SANDBOX_* bits that hold, or -1 with a reason (then the process must end). */
int inf_sandbox_enter(const struct inf_frame_spawn *wanted, pid_t parent, int max_descriptors,
                      uint32_t *ret_held, char *reason, size_t reason_size);

/* Bounds the writable memory of a process (0: of this one) to so many bytes, the zygote's share
 * included; 0: not at all. The filter keeps a worker from changing it, but its parent may, up and
 * down. A sanitizer does without. 0 or -1 with errno. */
int inf_sandbox_limit_memory(pid_t pid, int64_t bytes);

/* ---- the layers; for sandbox.c ---- */

/* New namespaces and, where it can be had, an empty root. INF_SANDBOX_* bits, 0 when there are none
 * (errno says why). */
uint32_t inf_sandbox_namespaces(void);
/* Gives up every capability, also those that the new user namespace gave. 0 or -1 with errno. */
int inf_sandbox_drop_capabilities(void);
/* A landlock domain that may touch no path, no TCP port, no abstract socket and no process outside.
 * 0 or -1 with errno. Needs no_new_privs. */
int inf_sandbox_landlock(void);
/* The system call filter. 0 or -1 with errno. Needs no_new_privs. */
int inf_sandbox_seccomp(void);

#endif
