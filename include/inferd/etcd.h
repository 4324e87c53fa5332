/* etcd.h - a client of etcd's v3 API, by its JSON gateway: what cluster mode keeps its state in.
 *
 * Keys are texts below the prefix of the settings, which callers never see. Every answer has a
 * maximum, every call a time: [cluster.etcd.timeout] over all endpoints, of which one after the
 * other is asked until one answers. A request that may have been carried out is not sent twice,
 * unless repeating it changes nothing.
 *
 * Thread: a client belongs to one thread at a time and blocks it, so never the loop's: the store's
 *         pool work and the threads of this folder have one each. Only inf_etcd_interrupt may be
 *         called by any thread.
 * Errors: UNAVAILABLE, with the endpoint and the reason, when etcd cannot be asked or does not
 *         answer; INSUFFICIENT_STORAGE when its database is full. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ETCD_H
#define INFERD_ETCD_H

#include "inferd/buf.h"
#include "inferd/config.h"
#include "inferd/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inf_etcd;

/* Of one transaction; etcd's own bounds, as it is delivered, are 128 and 1.5 MiB. */
#define INF_ETCD_CHANGES_MAX 120
#define INF_ETCD_BYTES_MAX ((size_t)1 << 20)

/* ---- who is asked, as the settings cluster.etcd.* say ---- */
struct inf_etcd_settings {
    char **endpoints; /* URLs, in the order in which they are tried */
    size_t endpoint_count;
    char *user, *password;                 /* or NULL */
    char *authorities, *certificate, *key; /* paths of PEM files, or NULL */
    char *prefix;                          /* before every key */
    int64_t timeout_ms;
};
/* -1 with ILLEGAL_ARGUMENT, which names the setting, when one cannot be used; *ret is for
 * inf_etcd_settings_fini in any case. Reads files: at the start only. */
int inf_etcd_settings_read(const struct inf_config *config, struct inf_etcd_settings *ret,
                           struct inf_error *err);
void inf_etcd_settings_fini(struct inf_etcd_settings *settings); /* zeroed is fine; wipes */

/* Connects at the first call, not now. settings are borrowed until it is closed. */
struct inf_etcd *inf_etcd_new(const struct inf_etcd_settings *settings);
void inf_etcd_free(struct inf_etcd *etcd); /* NULL is fine */
/* Ends the call under way, and every later one, with UNAVAILABLE. Any thread. */
void inf_etcd_interrupt(struct inf_etcd *etcd);

/* Ends the call under way, if there is one, with UNAVAILABLE; the next one asks the next endpoint.
 * Any thread. */
void inf_etcd_nudge(struct inf_etcd *etcd);

/* ---- reading ---- */
struct inf_etcd_pair {
    char *key;        /* without the prefix; the pair's, as value is */
    char *value;      /* NUL-terminated; NULL: the key was deleted */
    size_t length;    /* of value */
    int64_t revision; /* of its last change */
    int64_t created;  /* revision in which it came to be */
};
struct inf_etcd_pairs {
    struct inf_etcd_pair *items; /* by key, ascending; of a watch: in the order of changes */
    size_t count, capacity;
    int64_t revision; /* of the whole store, when this was true */
};
void inf_etcd_pairs_fini(struct inf_etcd_pairs *pairs); /* zeroed is fine */
/* Both are copied; value NULL: the key is deleted. */
void inf_etcd_pairs_add(struct inf_etcd_pairs *pairs, const char *key, const char *value);
/* All keys that begin with `key`, as they were at one moment; repeated until all are there. ret is
 * for inf_etcd_pairs_fini also after a failure. */
int inf_etcd_list(struct inf_etcd *etcd, const char *key, struct inf_etcd_pairs *ret,
                  struct inf_error *err);
/* The one key; no item when it is not there. */
int inf_etcd_get(struct inf_etcd *etcd, const char *key, struct inf_etcd_pairs *ret,
                 struct inf_error *err);
/* The same of how it was at that revision; 0: now. -1, too, when etcd has forgotten it. */
int inf_etcd_get_at(struct inf_etcd *etcd, const char *key, int64_t revision,
                    struct inf_etcd_pairs *ret, struct inf_error *err);

/* ---- changing ---- */
struct inf_etcd_txn; /* changes that happen together, if what they rest on is still so */
struct inf_etcd_txn *inf_etcd_txn_new(const struct inf_etcd *etcd);
void inf_etcd_txn_free(struct inf_etcd_txn *txn);
/* The key's last change must be this revision; 0: it must not be there. */
void inf_etcd_txn_expect(struct inf_etcd_txn *txn, const char *key, int64_t revision);
/* The key must be the one that came to be at this revision, whatever has changed of it since. */
void inf_etcd_txn_expect_created(struct inf_etcd_txn *txn, const char *key, int64_t revision);
void inf_etcd_txn_put(struct inf_etcd_txn *txn, const char *key, const char *value, size_t length,
                      int64_t lease); /* 0: none */
/* below: all keys that begin with it. */
void inf_etcd_txn_delete(struct inf_etcd_txn *txn, const char *key, bool below);
/* Carried out twice it is as if it were once: what it expects sees to that. So it may be sent again
 * when it is not known whether it arrived. */
void inf_etcd_txn_repeatable(struct inf_etcd_txn *txn);
/* 1: done, at *ret_revision. 0: something expected is not so, and nothing was changed. -1 with err:
 * as err says; after UNAVAILABLE it may have been done all the same. */
int inf_etcd_txn_commit(struct inf_etcd *etcd, const struct inf_etcd_txn *txn,
                        int64_t *ret_revision, struct inf_error *err);

/* ---- leases: keys that go when their owner is silent for ttl_s seconds ---- */
int inf_etcd_grant(struct inf_etcd *etcd, int64_t ttl_s, int64_t *ret_lease, struct inf_error *err);
/* *ret_alive false: the lease is over, and its keys are gone. */
int inf_etcd_keep_alive(struct inf_etcd *etcd, int64_t lease, bool *ret_alive,
                        struct inf_error *err);
int inf_etcd_revoke(struct inf_etcd *etcd, int64_t lease, struct inf_error *err);

/* ---- watching ---- */
/* Calls changed with what changes below `key` from from_revision on, until something fails or it is
 * interrupted; never returns 0. CONFLICT: etcd has forgotten changes that old; list anew. 1: for a
 * while nothing has come; whether etcd is still there is to be asked. */
int inf_etcd_watch(struct inf_etcd *etcd, const char *key, int64_t from_revision,
                   void (*changed)(void *arg, const struct inf_etcd_pairs *changes), void *arg,
                   struct inf_error *err);

/* ---- following: a thread that lists, watches, and begins again when it has to ---- */
struct inf_etcd_follower;
struct inf_etcd_news {
    bool whole; /* these are all keys there are; otherwise: what has changed */
    const struct inf_etcd_pairs *pairs;
};
/* told runs on the follower's thread; lost, too, with the reason, each time that etcd is lost; the
 * next call of told means that it is there again. */
struct inf_etcd_follower *inf_etcd_follow(const struct inf_etcd_settings *settings, const char *key,
                                          void (*told)(void *arg, const struct inf_etcd_news *news),
                                          void (*lost)(void *arg, const struct inf_error *err),
                                          void *arg);
/* It has been silent when it should have spoken: its connection is given up for one to the next
 * endpoint. Any thread. */
void inf_etcd_refollow(struct inf_etcd_follower *follower);
/* Ends the thread and waits for it; neither function is called afterwards. NULL is fine. */
void inf_etcd_unfollow(struct inf_etcd_follower *follower);

#endif
