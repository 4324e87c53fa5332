/* inferd-engine: the program that knows libtorch. The daemon executes it once, with one end of a
 * socketpair; it becomes the zygote, and its forks the workers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/engine.h"
#include "inferd/engine_environment.h"
#include "inferd/version.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char channel_option[] = "--channel=";

static int usage(void)
{
    fputs("usage: inferd-engine --version\n"
          "       inferd-engine --channel=FD   (run by inferd; FD is a stream socket to it)\n",
          stderr);
    return 2;
}

/* A descriptor number above the standard streams that is a socket, or -1. */
static int parse_channel(const char *text)
{
    char *end = NULL;
    long fd = 0;
    int type = 0;
    socklen_t size = sizeof type;

    errno = 0;
    fd = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || fd <= STDERR_FILENO || fd > INT_MAX)
        return -1;
    if (getsockopt((int)fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM)
        return -1;
    return (int)fd;
}

static bool environment_is(const char *const *wanted, size_t count)
{
    size_t present = 0;

    while (environ[present] != NULL)
        present++;
    if (present != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < present && strcmp(environ[at], wanted[i]) != 0)
            at++;
        if (at == present)
            return false;
    }
    return true;
}

/* libgomp has read its settings before main, so wrong ones can only be mended by executing once
 * more, with exactly the wanted environment. Returns when it is that already. */
static int ensure_environment(char **argv)
{
    const char *wanted[INF_ENGINE_ENVIRONMENT_MAX];
    size_t count = inf_engine_environment(wanted, INF_ENGINE_ENVIRONMENT_MAX);

    if (environment_is(wanted, count))
        return 0;
    execve("/proc/self/exe", argv, (char **)wanted);
    fprintf(stderr, "inferd-engine: cannot execute itself: %s\n", strerror(errno));
    return -1;
}

/* Later code may count on 0, 1 and 2 being taken. */
static int ensure_standard_streams(void)
{
    int fd = -1;

    do {
        fd = open("/dev/null", O_RDWR);
        if (fd < 0)
            return -1;
    } while (fd <= STDERR_FILENO);
    close(fd);
    return 0;
}

int main(int argc, char **argv)
{
    int channel = -1;

    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("inferd-engine %s (%s)\n", INF_VERSION, inf_engine_version());
        return EXIT_SUCCESS;
    }
    if (argc != 2 || strncmp(argv[1], channel_option, sizeof channel_option - 1) != 0)
        return usage();
    channel = parse_channel(argv[1] + sizeof channel_option - 1);
    if (channel < 0)
        return usage();
    if (ensure_environment(argv) != 0 || ensure_standard_streams() != 0)
        return EXIT_FAILURE;
    return inf_zygote_main(channel);
}
