/* The handler takes itself away and lets happen what would have happened. A fault comes again as
 * soon as the handler returns, since the same instruction runs again; a signal that was sent must
 * be raised again. That is why SIGTRAP is left alone: the instruction after it would run. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "deadly.h"
#include "inferd/frame.h"
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static int channel = -1;

static const int watched[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { WATCHED = sizeof watched / sizeof watched[0] };

static void tell(int number)
{
    const struct inf_frame_signalled signalled = {.number = number};
    struct inf_frame_header header = {.type = INF_FRAME_SIGNALLED, .length = sizeof signalled};

    (void)inf_frame_send(channel, &header, &signalled, sizeof signalled, NULL, 0, NULL, 0);
}

static void on_deadly(int number, siginfo_t *info, void *context)
{
    (void)context;
    signal(number, SIG_DFL);
    if (info->si_code > 0) /* the kernel's: a fault */
        return;
    if (info->si_pid != getpid())
        tell(number);
    raise(number); /* comes when the handler returns */
}

void inf_deadly_forget(void)
{
    for (size_t i = 0; i < WATCHED; i++)
        signal(watched[i], SIG_DFL);
}

void inf_deadly_watch(int control)
{
    struct sigaction action = {.sa_sigaction = on_deadly, .sa_flags = SA_SIGINFO};

    channel = control;
    signal(SIGSYS, SIG_DFL);
    signal(SIGTRAP, SIG_DFL);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < WATCHED; i++)
        sigaction(watched[i], &action, NULL);
}
