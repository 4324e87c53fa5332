/* notify.h - words to the service manager that started the program: systemd's protocol,
 * sd_notify(3).
 *
 * A datagram is all there is to it, and libsystemd would bring five libraries and a megabyte of
 * memory for that.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_NOTIFY_H
#define INFERD_NOTIFY_H

#include <stdint.h>

/* Sends lines NAME=value to the socket that NOTIFY_SOCKET names (a path, or @ and an abstract
 * name). Nothing happens without one, and nothing follows from a failure. */
void inf_notify(const char *lines);
/* Within what time, in microseconds, it must hear WATCHDOG=1 from this process; 0: it waits for
 * nothing. */
uint64_t inf_notify_watchdog_us(void);

#endif
