/* pause.c - a timer that frees itself. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pause.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <uv.h>

struct inf_pause {
    uv_timer_t timer;
    void (*over)(void *arg);
    void *arg;
};

static void free_pause(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_over(uv_timer_t *timer)
{
    const struct inf_pause *pause = timer->data;
    void (*over)(void *arg) = pause->over;
    void *arg = pause->arg;

    uv_close((uv_handle_t *)timer, free_pause);
    over(arg);
}

struct inf_pause *inf_pause_start(struct uv_loop_s *loop, int64_t ms, void (*over)(void *arg),
                                  void *arg)
{
    struct inf_pause *pause = inf_alloc(1, sizeof *pause);

    pause->over = over;
    pause->arg = arg;
    uv_timer_init(loop, &pause->timer);
    pause->timer.data = pause;
    uv_timer_start(&pause->timer, on_over, ms > 0 ? (uint64_t)ms : 0, 0);
    return pause;
}

void inf_pause_cancel(struct inf_pause *pause)
{
    if (pause != NULL)
        uv_close((uv_handle_t *)&pause->timer, free_pause);
}
