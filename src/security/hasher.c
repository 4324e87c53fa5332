/* A list of jobs of which the first is on the pool. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "hasher.h"

#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct inf_hash_job {
    uv_work_t work;
    struct inf_link link;
    struct inf_hasher *hasher;
    enum inf_password_algorithm algorithm;
    bool makes; /* else checks */
    char *password, *hash;
    inf_hasher_done done;
    void *arg;
    bool matches;
    char made[INF_PASSWORD_HASH_SIZE];
    int rc;
    struct inf_error err;
};

static void free_job(struct inf_hash_job *job)
{
    explicit_bzero(job->password, strlen(job->password));
    free(job->password);
    free(job->hash);
    free(job);
}

static void run(uv_work_t *work)
{
    struct inf_hash_job *job = work->data;

    if (job->makes)
        job->rc = inf_password_hash(job->algorithm, job->password, job->made, &job->err);
    else
        job->rc = inf_password_matches(job->algorithm, job->password, job->hash, &job->matches,
                                       &job->err);
}

static void start_next(struct inf_hasher *hasher);

static void on_run(uv_work_t *work, int status)
{
    struct inf_hash_job *job = work->data;
    struct inf_hasher *hasher = job->hasher;

    (void)status;
    hasher->running = NULL;
    hasher->count--;
    start_next(hasher);
    job->done(job->arg, job->matches, job->makes ? job->made : NULL,
              job->rc != 0 ? &job->err : NULL);
    free_job(job);
}

static void start_next(struct inf_hasher *hasher)
{
    struct inf_hash_job *job = INF_LIST_ITEM(hasher->waiting.first, struct inf_hash_job, link);

    if (job == NULL || hasher->running != NULL)
        return;
    inf_list_remove(&hasher->waiting, &job->link);
    hasher->running = job;
    uv_queue_work(hasher->loop, &job->work, run, on_run);
}

static int push(struct inf_hasher *hasher, const char *password, const char *hash, bool makes,
                inf_hasher_done done, void *arg, struct inf_error *err)
{
    struct inf_hash_job *job;

    if (hasher->closed)
        return inf_error_set(err, INF_ERR_UNAVAILABLE, "the server is stopping");
    if (hasher->count >= INF_HASHER_WAITING) {
        inf_error_set(err, INF_ERR_TOO_MANY, "more than [%d] passwords wait to be checked",
                      INF_HASHER_WAITING);
        err->retry_after_s = 1;
        return -1;
    }
    job = inf_alloc(1, sizeof *job);
    job->work.data = job;
    job->hasher = hasher;
    job->algorithm = hasher->algorithm;
    job->makes = makes;
    job->password = inf_strdup(password);
    job->hash = hash != NULL ? inf_strdup(hash) : NULL;
    job->done = done;
    job->arg = arg;
    hasher->count++;
    inf_list_append(&hasher->waiting, &job->link);
    start_next(hasher);
    return 0;
}

int inf_hasher_check(struct inf_hasher *hasher, const char *password, const char *hash,
                     inf_hasher_done done, void *arg, struct inf_error *err)
{
    return push(hasher, password, hash, false, done, arg, err);
}

int inf_hasher_make(struct inf_hasher *hasher, const char *password, inf_hasher_done done,
                    void *arg, struct inf_error *err)
{
    return push(hasher, password, NULL, true, done, arg, err);
}

void inf_hasher_close(struct inf_hasher *hasher)
{
    struct inf_hash_job *job;

    hasher->closed = true;
    while ((job = INF_LIST_ITEM(hasher->waiting.first, struct inf_hash_job, link)) != NULL) {
        struct inf_error err;

        inf_error_set(&err, INF_ERR_UNAVAILABLE, "the server is stopping");
        inf_list_remove(&hasher->waiting, &job->link);
        hasher->count--;
        job->done(job->arg, false, NULL, &err);
        free_job(job);
    }
}
