/* The lines "VmRSS:      1234 kB" of /proc/<pid>/status, and the clock of a process. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "usage.h"
#include "clock.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_MAX 8192
#define KB 1024
#define EXITING \
    0x4u /* PF_EXITING of the kernel's include/linux/sched.h, in field 9 of proc(5) stat */

int inf_usage_open(pid_t pid)
{
    char path[64] = "/proc/self/status";

    if (pid != 0)
        snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* The figure of a line, in bytes; -1: there is no such line. */
static int64_t figure(const char *text, const char *name)
{
    const char *line = strstr(text, name);

    return line != NULL ? (int64_t)strtoll(line + strlen(name), NULL, 10) * KB : -1;
}

int inf_usage_parse(const char *text, struct inf_usage *ret)
{
    int64_t anonymous = figure(text, "\nRssAnon:"), shared = figure(text, "\nRssShmem:");

    *ret = (struct inf_usage){.resident = figure(text, "\nVmRSS:"),
                              .anonymous = anonymous + shared,
                              .peak = figure(text, "\nVmHWM:"),
                              .data = figure(text, "\nVmData:")};
    return ret->resident < 0 || anonymous < 0 || shared < 0 || ret->peak < 0 || ret->data < 0 ? -1
                                                                                              : 0;
}

int inf_usage_read(int fd, struct inf_usage *ret)
{
    char text[STATUS_MAX];
    ssize_t length = fd >= 0 ? pread(fd, text, sizeof text - 1, 0) : -1;

    if (length <= 0)
        return -1;
    text[length] = '\0';
    return inf_usage_parse(text, ret);
}

int64_t inf_usage_cpu(pid_t pid)
{
    clockid_t clock;

    return clock_getcpuclockid(pid, &clock) == 0 ? inf_clock_ns(clock) : -1;
}

bool inf_usage_is_ending(pid_t pid)
{
    char path[64], text[STATUS_MAX];
    const char *end = NULL;
    unsigned flags = 0;
    ssize_t length = 0;
    int fd = -1;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    end = strrchr(text, ')'); /* of the program's name */
    return end != NULL && sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
           (flags & EXITING) != 0;
}
