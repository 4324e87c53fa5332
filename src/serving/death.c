/* From the exit status, and from what the process said or did before. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "death.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static void read_kill(const struct inf_death_signs *signs, struct inf_death *ret)
{
    ret->explained = signs->hung_up && signs->exited.ordered != 0;
    if (ret->explained)
        snprintf(ret->how, sizeof ret->how, "it closed a channel to the server and was ended");
    else
        snprintf(ret->how, sizeof ret->how,
                 "signal 9 (Killed), maybe by the kernel because memory ran out");
}

void inf_death_read(const struct inf_death_signs *signs, struct inf_death *ret)
{
    const int status = signs->exited.status;

    *ret = (struct inf_death){.explained = true};
    if (signs->doom[0] != '\0') {
        snprintf(ret->how, sizeof ret->how, "%s", signs->doom);
    } else if (signs->signalled != 0) {
        ret->explained = false;
        snprintf(ret->how, sizeof ret->how, "signal %d (%s), sent by another process",
                 signs->signalled, strsignal(signs->signalled));
    } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        read_kill(signs, ret);
    } else if (WIFSIGNALED(status)) {
        snprintf(ret->how, sizeof ret->how, "signal %d (%s)%s", WTERMSIG(status),
                 strsignal(WTERMSIG(status)),
                 WTERMSIG(status) == SIGSYS ? ", for a system call that no model needs" : "");
    } else {
        snprintf(ret->how, sizeof ret->how, "exit status %d", WEXITSTATUS(status));
    }
}
