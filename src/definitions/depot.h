/* depot.h - where a cluster's definitions are besides on its nodes: a bucket or a directory.
 *
 * What is kept there has the definition's SHA-256 as its name, so that it can be checked, is the
 * same whoever put it, and never changes.
 *
 * Thread: loop only. Owns: its jobs until their end. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_DEPOT_H
#define INFERD_DEFINITIONS_DEPOT_H

#include "depot_settings.h"

struct uv_loop_s;
struct inf_depot;
struct inf_depot_job; /* on its way */

enum inf_depot_verb {
    INF_DEPOT_LOOK, /* is it there, and how long is it? */
    INF_DEPOT_GET,
    INF_DEPOT_PUT, /* also in the place of what is there */
    INF_DEPOT_DROP /* absent is fine */
};

struct inf_depot_result {
    bool fine;
    bool missing;           /* of LOOK and GET: it is not there, which is known for sure */
    int64_t length;         /* of LOOK, when it is there; -1: not told */
    const char *problem;    /* a clause, when not fine */
    int64_t retry_after_ms; /* then: the store asks to be left alone so long; 0: it does not */
    bool anew;              /* of GET: what is there cannot be gone on with from `from` */
};

#define INF_DEPOT_UNKNOWN_MAX (INT64_C(1) << 30) /* bytes of what comes without a length */

struct inf_depot_wish {
    enum inf_depot_verb verb;
    const char *name; /* 64 hexadecimal digits */
    int fd;         /* GET: written from `from` on; PUT: read from its beginning. Taken. Else -1 */
    int64_t from;   /* GET: so many bytes are in the file already */
    int64_t length; /* GET, PUT: of the whole; GET: -1 takes what is there, up to a bound */
    /* Runs once, later, unless the job is cancelled; the job is gone then. */
    void (*done)(void *arg, const struct inf_depot_result *result);
    void *arg;
};

/* settings: of the kind S3 or DIRECTORY, borrowed. */
int inf_depot_open(struct uv_loop_s *loop, const struct inf_depot_settings *settings,
                   struct inf_depot **ret, struct inf_error *err);
/* All jobs have to be cancelled before, or at their end. The loop runs to its end before
 * inf_depot_free. NULL is fine, in both. */
void inf_depot_close(struct inf_depot *depot);
void inf_depot_free(struct inf_depot *depot);
struct inf_depot_job *inf_depot_ask(struct inf_depot *depot, const struct inf_depot_wish *wish);
void inf_depot_cancel(struct inf_depot_job *job); /* NULL is fine */

/* ---- the two kinds, for depot.c ---- */

struct inf_http_client;
struct inf_http_request;
struct inf_http_result;
struct inf_bucket_parts;
struct inf_depot_job {
    const struct inf_depot_settings *settings;
    struct inf_http_request *request;        /* of a bucket */
    struct inf_bucket_parts *parts;          /* of a bucket, in its place */
    struct inf_directory_job *directory_job; /* of a directory */
    enum inf_depot_verb verb;
    void (*done)(void *arg, const struct inf_depot_result *result);
    void *arg;
};
/* Begins what the wish says; the job's done runs at its end. */
void inf_bucket_begin(struct inf_http_client *client, struct inf_depot_job *job,
                      const struct inf_depot_wish *wish);
/* PUT of what is longer than a part. */
void inf_bucket_parts_begin(struct uv_loop_s *loop, struct inf_http_client *client,
                            struct inf_depot_job *job, const struct inf_depot_wish *wish);
/* What has come to the bucket is removed from it again, if there is still time for that. */
void inf_bucket_parts_cancel(struct inf_bucket_parts *parts);
#define INF_BUCKET_PROBLEM 1024
/* Why an answer is not fine: who answered what. Returns ret. */
const char *inf_bucket_describe(const struct inf_depot_settings *settings,
                                const struct inf_http_result *result, char ret[INF_BUCKET_PROBLEM]);
void inf_directory_begin(struct uv_loop_s *loop, struct inf_depot_job *job,
                         const struct inf_depot_wish *wish);
/* The thread ends soon, and tells nobody. */
void inf_directory_cancel(struct inf_directory_job *job);
/* Tells, and frees the job. */
void inf_depot_job_end(struct inf_depot_job *job, const struct inf_depot_result *result);

#endif
