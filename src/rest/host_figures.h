/* host_figures.h - what the kernel says of this process and its machine.
 *
 * Thread: loop only; a handful of short reads under /proc. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_HOST_FIGURES_H
#define INFERD_REST_HOST_FIGURES_H

#include <stdint.h>

/* A figure that the kernel does not give is -1. */
struct inf_host_figures {
    double load[3];                                /* averages of 1, 5 and 15 minutes */
    int64_t memory_total_bytes, memory_free_bytes; /* of the machine; free: available to programs */
    int64_t swap_total_bytes, swap_free_bytes;
    int64_t process_cpu_ms; /* of this process, not of its workers */
    int64_t process_virtual_bytes;
    int64_t open_descriptors, max_descriptors;
    int64_t disk_total_bytes, disk_free_bytes, disk_available_bytes; /* where path lies */
};

/* path: of the disk that is asked for. */
void inf_host_figures_read(const char *path, struct inf_host_figures *ret);

#endif
