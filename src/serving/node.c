/* Processors and memory as the kernel tells them. A container sees the whole machine in /proc, so
 * its control group's limits (version 2) are looked at too. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"
#include "inferd/units.h"
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define LINE 128

/* The first line of a file of our control group, without its end; 0 or -1. */
static int read_line(const char *path, char line[LINE])
{
    FILE *file = fopen(path, "re");
    int rc = -1;

    if (file == NULL)
        return -1;
    if (fgets(line, LINE, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        rc = 0;
    }
    fclose(file);
    return rc;
}

int inf_node_quota_processors(const char *cpu_max)
{
    long long quota = 0, period = 0;

    if (sscanf(cpu_max, "%lld %lld", &quota, &period) != 2 || quota <= 0 || period <= 0)
        return 0;
    return (int)((quota + period - 1) / period);
}

int inf_node_processors(void)
{
    char line[LINE];
    cpu_set_t set;
    int processors = 1, quota = 0;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        processors = CPU_COUNT(&set);
    if (read_line("/sys/fs/cgroup/cpu.max", line) == 0)
        quota = inf_node_quota_processors(line);
    return quota > 0 && quota < processors ? quota : processors;
}

int64_t inf_node_memory(void)
{
    int64_t bytes = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), limit = 0;
    char line[LINE];

    if (read_line("/sys/fs/cgroup/memory.max", line) == 0 && inf_int_parse(line, &limit) == 0 &&
        limit > 0 && limit < bytes)
        bytes = limit;
    return bytes;
}

void inf_node_random_id(char text[INF_NODE_RANDOM_ID])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char bytes[INF_NODE_RANDOM_ID - 1];

    while (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        ;
    for (size_t i = 0; i < sizeof bytes; i++)
        text[i] = letters[bytes[i] % 64];
    text[sizeof bytes] = '\0';
}
