/* etcd_fixture.h - a real etcd of one member on free ports of 127.0.0.1, for unit tests.
 *
 * It may be stopped and started again on the same data and ports. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TEST_ETCD_FIXTURE_H
#define INFERD_TEST_ETCD_FIXTURE_H

#include "inferd/etcd.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the block above it */

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct etcd_server {
    char root[512];
    char client_url[64], peer_url[64];
    pid_t pid;
};

static inline unsigned etcd_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* Does not wait: clients repeat until it answers. */
static inline void etcd_launch(struct etcd_server *server)
{
    char data[544], log[544], cluster[96];

    snprintf(data, sizeof data, "%s/data", server->root);
    snprintf(log, sizeof log, "%s/log", server->root);
    snprintf(cluster, sizeof cluster, "default=%s", server->peer_url);
    server->pid = fork();
    if (server->pid == 0) {
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(fd, 1);
        dup2(fd, 2);
        execlp("etcd", "etcd", "--data-dir", data, "--listen-client-urls", server->client_url,
               "--advertise-client-urls", server->client_url, "--listen-peer-urls",
               server->peer_url, "--initial-advertise-peer-urls", server->peer_url,
               "--initial-cluster", cluster, "--logger", "zap", "--unsafe-no-fsync", (char *)NULL);
        _exit(127);
    }
    assert_true(server->pid > 0);
}

static inline void etcd_end(struct etcd_server *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
    }
    server->pid = 0;
}

static inline void etcd_prepare(struct etcd_server *server)
{
    snprintf(server->root, sizeof server->root, "%s/etcd-XXXXXX", INFERD_BUILD_DIR);
    assert_non_null(mkdtemp(server->root));
    snprintf(server->client_url, sizeof server->client_url, "http://127.0.0.1:%u",
             etcd_free_port());
    snprintf(server->peer_url, sizeof server->peer_url, "http://127.0.0.1:%u", etcd_free_port());
    etcd_launch(server);
}

static inline int etcd_remove_entry(const char *path, const struct stat *st, int type,
                                    struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void etcd_destroy(struct etcd_server *server)
{
    etcd_end(server);
    nftw(server->root, etcd_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Of this server alone; prefix keeps tests apart. */
static inline struct inf_etcd_settings etcd_settings(const struct etcd_server *server,
                                                     const char *prefix)
{
    struct inf_etcd_settings settings = {.endpoint_count = 1, .timeout_ms = 5000};

    settings.endpoints = calloc(1, sizeof *settings.endpoints);
    settings.endpoints[0] = strdup(server->client_url);
    settings.prefix = strdup(prefix);
    return settings;
}

/* Waits until it answers. */
static inline void etcd_await(const struct inf_etcd_settings *settings)
{
    struct inf_etcd *etcd = inf_etcd_new(settings);
    struct inf_etcd_pairs pairs = {0};
    struct inf_error err = {0};
    int tries = 0;

    while (inf_etcd_get(etcd, "nothing", &pairs, &err) != 0) {
        if (++tries == 600)
            fail_msg("etcd does not answer: %s", err.reason);
        usleep(50000);
    }
    inf_etcd_pairs_fini(&pairs);
    inf_etcd_free(etcd);
}

#endif
