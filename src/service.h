/* service.h - the process as its service manager and kernel see it.
 *
 * Thread: loop only. The calls that tell it something do nothing when there is no service manager.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVICE_H
#define INFERD_SERVICE_H

#include "inferd/buf.h"
#include "inferd/config.h"
#include "inferd/error.h"
#include <stdint.h>

/* Signals, file mode mask, core dumps and descriptor limit, before anything else is done. */
void inf_service_harden(void);
/* Sends log lines where the settings say. */
int inf_service_open_log(const struct inf_config *config, struct inf_error *err);
void inf_service_set_log_level(const struct inf_config *config);

/* The address to listen on. Fails for one that others can reach without security and TLS. */
int inf_service_listen_address(const struct inf_config *config, const char **ret,
                               struct inf_error *err);
/* "host:port" of what is listened on, and of what clients are told; the IPv6 address of one stands
 * in brackets. */
#define INF_HTTP_ADDRESS_SIZE 272
void inf_service_print_address(const char *host, int64_t port, char text[INF_HTTP_ADDRESS_SIZE]);
/* Fails for http.publish_host that nobody can connect to. */
int inf_service_publish_address(const struct inf_config *config, const char *listen_host,
                                uint16_t listen_port, char text[INF_HTTP_ADDRESS_SIZE],
                                struct inf_error *err);
/* The engine's executable: engine.path, or inferd-engine beside this program. Caller frees. */
char *inf_service_engine_path(const struct inf_config *config);
/* Appends the first line that the engine prints for --version, or why there is none. */
void inf_service_print_engine_version(const char *engine_path, struct inf_buf *out);

void inf_service_ready(uint16_t port);
void inf_service_reloading(void);
void inf_service_stopping(void);
void inf_service_alive(void); /* feeds the watchdog */
/* How often inf_service_alive must be called, in ms; 0: nobody watches. */
uint64_t inf_service_watchdog_ms(void);

#endif
