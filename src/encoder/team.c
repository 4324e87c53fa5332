/* OpenMP by the two functions of its runtime (libgomp's, which libtorch brings) that a compiler
 * would call; where there is none, each thread works alone. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "team.h"

/* Weak, since a test or a libtorch may come without. */
__attribute__((weak)) int omp_get_max_threads(void);
__attribute__((weak)) int omp_get_num_threads(void);
__attribute__((weak)) int omp_get_thread_num(void);
__attribute__((weak)) void GOMP_parallel(void (*body)(void *), void *data, unsigned threads,
                                         unsigned flags);

struct share {
    inf_team_work work;
    void *arg;
    size_t count;
};

static int is_there(void)
{
    return GOMP_parallel != NULL && omp_get_max_threads != NULL && omp_get_num_threads != NULL &&
           omp_get_thread_num != NULL;
}

size_t inf_team_size(void)
{
    int threads = is_there() ? omp_get_max_threads() : 1;

    if (threads < 1)
        return 1;
    return threads < INF_TEAM_MOST ? (size_t)threads : INF_TEAM_MOST;
}

/* There may be fewer members than were asked for. */
static void take_part(void *data)
{
    const struct share *share = data;
    size_t members = (size_t)omp_get_num_threads(), member = (size_t)omp_get_thread_num();
    size_t first = share->count * member / members, last = share->count * (member + 1) / members;

    if (first < last)
        share->work(share->arg, first, last, member);
}

void inf_team_run(size_t members, size_t count, inf_team_work work, void *arg)
{
    struct share share = {work, arg, count};

    members = members < count ? members : count;
    if (members > 1 && is_there())
        GOMP_parallel(take_part, &share, (unsigned)members, 0);
    else if (count > 0)
        work(arg, 0, count, 0);
}
