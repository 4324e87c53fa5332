/* deadly.h - signals that end a process, and whether another process sent them.
 *
 * A model's own fault and a `kill -SEGV` by an operator have the same exit status. The daemon
 * blames inputs for the first and must not for the second, so a worker that is sent such a signal
 * says so before it ends.
 *
 * Thread: the process's first thread, before there are others; the handler runs in any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_DEADLY_H
#define INFERD_ENGINE_DEADLY_H

/* Every deadly signal ends the process as in a new one; one of SIGSEGV, SIGBUS, SIGFPE, SIGILL and
 * SIGABRT that another process sent is told by a frame SIGNALLED on this channel (still the
 * caller's) first. SIGKILL cannot be told. */
void inf_deadly_watch(int control);
/* In a fork: its death is told by who waits for it. */
void inf_deadly_forget(void);

#endif
