/* Closing what was inherited. The daemon opens its descriptors close-on-exec; this is the second
 * lock on that door, and between the zygote and its forks, which execute nothing, the only one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "descriptors.h"
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

static void close_between(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
        return;
    /* Kernels before 5.9. */
    for (long fd = first; fd <= (long)last && fd < sysconf(_SC_OPEN_MAX); fd++)
        close((int)fd);
}

void inf_descriptors_keep(int one, int other)
{
    unsigned low = (unsigned)(one < other ? one : other);
    unsigned high = (unsigned)(one < other ? other : one);

    close_between(STDERR_FILENO + 1, low - 1);
    close_between(low + 1, high - 1);
    close_between(high + 1, UINT_MAX);
}

int inf_descriptors_silence(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0)
        return -1;
#ifdef INFERD_SANITIZED
    int last = STDOUT_FILENO; /* the sanitizer's report goes to standard error */
#else
    int last = STDERR_FILENO;
#endif
    for (int fd = STDIN_FILENO; fd <= last; fd++)
        if (dup2(null, fd) < 0) {
            close(null);
            return -1;
        }
    if (null > STDERR_FILENO)
        close(null);
    return 0;
}
