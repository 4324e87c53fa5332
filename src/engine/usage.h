/* usage.h - what a process takes of the machine's memory and time, as the kernel counts it.
 *
 * Memory: the status file of /proc, because it is the one with all of this that may be read of a
 * process closed to debuggers: opened before it closes itself, since where /proc hides processes it
 * cannot be opened after.
 *
 * Thread: any; no state. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_USAGE_H
#define INFERD_ENGINE_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes. */
struct inf_usage {
    int64_t resident;  /* in memory now */
    int64_t anonymous; /* of it, what no file backs */
    int64_t peak;      /* the most that `resident` has been */
    int64_t data;      /* writable memory asked for, be it in use or not */
};

/* A descriptor of the process's figures (pid 0: this one's), or -1; the caller closes it. */
int inf_usage_open(pid_t pid);
/* 0, or -1 when the process is gone or the kernel does not say. */
int inf_usage_read(int fd, struct inf_usage *ret);
/* The same of the file's text; pure. */
int inf_usage_parse(const char *text, struct inf_usage *ret);
/* CPU time in ns that all threads of the process (a child not yet waited for) have used, those that
 * ended included; -1 when the kernel does not say. */
int64_t inf_usage_cpu(pid_t pid);
/* Has the end of the process begun, whoever brought it about? From then on it runs no code of its
 * own. False where the kernel does not say. */
bool inf_usage_is_ending(pid_t pid);

#endif
