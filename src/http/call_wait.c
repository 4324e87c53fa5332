/* Time that passes while a call waits, and a call that waits for nothing but time.
 *
 * There the alarm is the call's state: whatever ends the call, an answer or the client's departure,
 * ends the alarm with it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include "inferd/alloc.h"
#include "server.h"
#include <stdlib.h>

struct inf_alarm {
    uv_timer_t timer;
    void (*over)(void *arg);
    void *arg;
};

static void free_alarm(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_over(uv_timer_t *timer)
{
    const struct inf_alarm *alarm = timer->data;
    alarm->over(alarm->arg);
}

struct inf_alarm *inf_alarm_set(const struct inf_call *call, int64_t after_ms,
                                void (*over)(void *arg), void *arg)
{
    struct inf_alarm *alarm = inf_alloc(1, sizeof *alarm);
    alarm->over = over;
    alarm->arg = arg;
    alarm->timer.data = alarm;
    uv_timer_init(call->server->options.loop, &alarm->timer);
    uv_timer_start(&alarm->timer, on_over, after_ms > 0 ? (uint64_t)after_ms : 0, 0);
    return alarm;
}

void inf_alarm_end(struct inf_alarm *alarm)
{
    if (alarm)
        uv_close((uv_handle_t *)&alarm->timer, free_alarm);
}

/* ---- nothing but time ---- */

struct wait {
    struct inf_alarm *alarm;
    struct inf_call *call;
    void (*over)(struct inf_call *call);
};

static void end_wait(void *state)
{
    struct wait *wait = state;
    inf_alarm_end(wait->alarm);
    free(wait);
}

static void wait_over(void *arg)
{
    const struct wait *wait = arg;
    wait->over(wait->call);
}

void inf_call_wait(struct inf_call *call, int64_t timeout_ms, void (*over)(struct inf_call *call))
{
    struct wait *wait = inf_alloc(1, sizeof *wait);
    wait->call = call;
    wait->over = over;
    wait->alarm = inf_alarm_set(call, timeout_ms, wait_over, wait);
    inf_call_set_state(call, wait, end_wait);
}
