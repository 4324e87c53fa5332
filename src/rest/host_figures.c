/* host_figures.c - reads /proc and asks the kernel; nothing is kept between two calls. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "host_figures.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define LINE 128

/* "MemTotal:  1024 kB" */
static void read_memory_line(const char *line, struct inf_host_figures *ret)
{
    const struct {
        const char *name;
        int64_t *bytes;
    } rows[] = {{"MemTotal:", &ret->memory_total_bytes},
                {"MemAvailable:", &ret->memory_free_bytes},
                {"SwapTotal:", &ret->swap_total_bytes},
                {"SwapFree:", &ret->swap_free_bytes}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t length = strlen(rows[i].name);

        if (strncmp(line, rows[i].name, length) == 0)
            *rows[i].bytes = strtoll(line + length, NULL, 10) * 1024;
    }
}

static void read_memory(struct inf_host_figures *ret)
{
    FILE *file = fopen("/proc/meminfo", "re");
    char line[LINE];

    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL)
        read_memory_line(line, ret);
    fclose(file);
}

static void read_process(struct inf_host_figures *ret)
{
    FILE *file = fopen("/proc/self/statm", "re");
    struct rusage usage;
    long long pages = 0;

    if (file != NULL && fscanf(file, "%lld", &pages) == 1)
        ret->process_virtual_bytes = pages * sysconf(_SC_PAGESIZE);
    if (file != NULL)
        fclose(file);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        ret->process_cpu_ms = (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                              (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void read_descriptors(struct inf_host_figures *ret)
{
    DIR *folder = opendir("/proc/self/fd");
    struct rlimit limit;

    if (folder != NULL) {
        ret->open_descriptors = -1; /* the folder's own does not count */
        for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
            ret->open_descriptors += entry->d_name[0] != '.';
        closedir(folder);
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        ret->max_descriptors = (int64_t)limit.rlim_cur;
}

static void read_disk(const char *path, struct inf_host_figures *ret)
{
    struct statvfs disk;

    if (statvfs(path, &disk) != 0)
        return;
    ret->disk_total_bytes = (int64_t)(disk.f_blocks * disk.f_frsize);
    ret->disk_free_bytes = (int64_t)(disk.f_bfree * disk.f_frsize);
    ret->disk_available_bytes = (int64_t)(disk.f_bavail * disk.f_frsize);
}

void inf_host_figures_read(const char *path, struct inf_host_figures *ret)
{
    *ret = (struct inf_host_figures){
        .load = {-1, -1, -1},
        .memory_total_bytes = -1,
        .memory_free_bytes = -1,
        .swap_total_bytes = -1,
        .swap_free_bytes = -1,
        .process_cpu_ms = -1,
        .process_virtual_bytes = -1,
        .open_descriptors = -1,
        .max_descriptors = -1,
        .disk_total_bytes = -1,
        .disk_free_bytes = -1,
        .disk_available_bytes = -1,
    };
    if (getloadavg(ret->load, 3) < 3)
        ret->load[0] = ret->load[1] = ret->load[2] = -1;
    read_memory(ret);
    read_process(ret);
    read_descriptors(ret);
    read_disk(path, ret);
}
