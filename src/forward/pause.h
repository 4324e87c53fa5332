/* pause.h - something that happens once, a while later.
 *
 * Thread: loop only. Owns: itself; it is gone when it has happened or was cancelled. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FORWARD_PAUSE_H
#define INFERD_FORWARD_PAUSE_H

#include <stdint.h>

struct uv_loop_s;
struct inf_pause;

/* Calls over(arg) after ms milliseconds; the pause is gone by then. */
struct inf_pause *inf_pause_start(struct uv_loop_s *loop, int64_t ms, void (*over)(void *arg),
                                  void *arg);
void inf_pause_cancel(struct inf_pause *pause); /* NULL is fine */

#endif
