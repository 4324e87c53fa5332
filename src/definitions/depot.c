/* depot.c - one face for a bucket and a directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "depot.h"

#include "inferd/alloc.h"
#include "inferd/http_client.h"
#include <stdlib.h>

struct inf_depot {
    const struct inf_depot_settings *settings;
    struct uv_loop_s *loop;
    struct inf_http_trust trust;
    struct inf_http_client *client; /* NULL: a directory */
};

int inf_depot_open(struct uv_loop_s *loop, const struct inf_depot_settings *settings,
                   struct inf_depot **ret, struct inf_error *err)
{
    struct inf_depot *depot = inf_alloc(1, sizeof *depot);

    depot->settings = settings;
    depot->loop = loop;
    depot->trust = (struct inf_http_trust){.authorities = settings->authorities,
                                           .username = settings->access_key,
                                           .password = settings->secret_key,
                                           .signature = settings->signature,
                                           .proxy = "",
                                           .verify_certificate = true,
                                           .verify_host = true};
    if (settings->kind == INF_DEPOT_S3 &&
        inf_http_client_open(loop, &depot->trust, settings->name, &depot->client, err) != 0) {
        free(depot);
        return -1;
    }
    *ret = depot;
    return 0;
}

void inf_depot_close(struct inf_depot *depot)
{
    if (depot != NULL)
        inf_http_client_close(depot->client);
}

void inf_depot_free(struct inf_depot *depot)
{
    if (depot == NULL)
        return;
    inf_http_client_free(depot->client);
    free(depot);
}

struct inf_depot_job *inf_depot_ask(struct inf_depot *depot, const struct inf_depot_wish *wish)
{
    struct inf_depot_job *job = inf_alloc(1, sizeof *job);

    job->settings = depot->settings;
    job->verb = wish->verb;
    job->done = wish->done;
    job->arg = wish->arg;
    if (depot->client != NULL && wish->verb == INF_DEPOT_PUT &&
        wish->length > depot->settings->part_bytes)
        inf_bucket_parts_begin(depot->loop, depot->client, job, wish);
    else if (depot->client != NULL)
        inf_bucket_begin(depot->client, job, wish);
    else
        inf_directory_begin(depot->loop, job, wish);
    return job;
}

void inf_depot_cancel(struct inf_depot_job *job)
{
    if (job == NULL)
        return;
    if (job->request != NULL)
        inf_http_client_cancel(job->request);
    if (job->parts != NULL)
        inf_bucket_parts_cancel(job->parts);
    if (job->directory_job != NULL)
        inf_directory_cancel(job->directory_job);
    free(job);
}

void inf_depot_job_end(struct inf_depot_job *job, const struct inf_depot_result *result)
{
    job->done(job->arg, result);
    free(job);
}
