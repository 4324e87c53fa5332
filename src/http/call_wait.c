/* A call that waits for nothing but time.
 *
 * The timer is the call's state: whatever ends the call, an answer or the client's departure, ends
 * the timer with it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include "inferd/alloc.h"
#include "server.h"
#include <stdlib.h>

struct wait {
    uv_timer_t timer;
    struct inf_call *call;
    void (*over)(struct inf_call *call);
};

static void free_wait(uv_handle_t *handle)
{
    free(handle->data);
}

static void end_wait(void *state)
{
    struct wait *wait = state;
    uv_close((uv_handle_t *)&wait->timer, free_wait);
}

static void on_over(uv_timer_t *timer)
{
    const struct wait *wait = timer->data;
    wait->over(wait->call);
}

void inf_call_wait(struct inf_call *call, int64_t timeout_ms, void (*over)(struct inf_call *call))
{
    struct wait *wait = inf_alloc(1, sizeof *wait);
    wait->call = call;
    wait->over = over;
    wait->timer.data = wait;
    uv_timer_init(call->server->options.loop, &wait->timer);
    uv_timer_start(&wait->timer, on_over, timeout_ms > 0 ? (uint64_t)timeout_ms : 0, 0);
    inf_call_set_state(call, wait, end_wait);
}
