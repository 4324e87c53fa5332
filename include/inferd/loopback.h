/* loopback.h - addresses that only this machine reaches.
 *
 * Thread: none (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_LOOPBACK_H
#define INFERD_LOOPBACK_H

#include <stdbool.h>

/* Is it one, as 127.0.0.1 or ::1 are? A name is none, whatever it stands for, nor is an address
 * with brackets. */
bool inf_is_loopback(const char *address);

#endif
