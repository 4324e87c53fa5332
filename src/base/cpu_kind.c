/* What cpuid says, but for bits that change from core to core or with the system. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/cpu_kind.h"

#include <stdio.h>

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>
#include <stdint.h>
#include <string.h>

#define LEAF_FEATURES 1U
#define LEAF_MORE_FEATURES 7U
#define OSXSAVE (1U << 27) /* of ecx: the system's doing */

/* The maker's name is in three registers; anything may stand there where a machine is simulated. */
static void print_maker(char maker[13])
{
    uint32_t most = 0, name[3] = {0};

    (void)__get_cpuid(0, &most, &name[0], &name[2], &name[1]);
    memcpy(maker, name, sizeof name);
    maker[sizeof name] = '\0';
    for (size_t i = 0; i < sizeof name; i++)
        if (maker[i] < ' ' || maker[i] > '~')
            maker[i] = '?';
}

const char *inf_cpu_kind_print(char ret[INF_CPU_KIND])
{
    uint32_t kind = 0, ignored = 0, sub = 0, features[2] = {0}, more[3] = {0};
    char maker[13];

    print_maker(maker);
    (void)__get_cpuid(LEAF_FEATURES, &kind, &ignored, &features[0], &features[1]);
    (void)__get_cpuid_count(LEAF_MORE_FEATURES, 0, &sub, &more[0], &more[1], &more[2]);
    snprintf(ret, INF_CPU_KIND, "%s %x %x %x %x %x %x", maker, kind, features[0] & ~OSXSAVE,
             features[1], more[0], more[1], more[2]);
    return ret;
}

#else

const char *inf_cpu_kind_print(char ret[INF_CPU_KIND])
{
    snprintf(ret, INF_CPU_KIND, "unknown");
    return ret;
}

#endif
